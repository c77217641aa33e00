// The first line is a pattern, the second a name: the pattern is refused or decides in bounded time, and `**` added to
// its end never makes it fit less.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/workflow/glob.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view pattern = text.substr(0, end);
  const std::string_view name = text.substr(std::min(end + 1, text.size()));
  const auto glob = sluice::workflow::Glob::parse(pattern);
  if (!glob) {
    if (glob.error().offset > pattern.size()) std::abort();
    return 0;
  }
  if (!glob->matches(name)) return 0;
  const auto wider = sluice::workflow::Glob::parse(std::string(pattern) + "**");
  // A pattern that ends in `*` or `/*` becomes another one; `x***` is `x**`.
  if (wider && !wider->matches(name)) std::abort();
  return 0;
}
