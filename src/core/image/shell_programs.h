// Which programs a short shell command runs, as far as one can tell without running it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::image {

/// The programs that stand in command position of a script like `curl -f http://localhost/ || exit 1`, each once, in
/// their order. Left out: what the shell has built in, keywords, variable assignments, and names that are only known
/// when it runs (`$TOOL`). Where a part cannot be told (here documents, functions, `case`), programs may be missing
/// from the answer; a name that is in the answer is run or could be.
std::vector<std::string> programs_in_script(std::string_view script);

}  // namespace sluice::image
