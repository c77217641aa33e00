// What a step writes: command files, command lines, and text with masks in it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/workflow/command.h"
#include "core/workflow/file_command.h"
#include "core/workflow/masks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto assignments = sluice::workflow::parse_assignments(text);
  if (assignments) {
    for (const auto& [name, value] : *assignments) {
      if (name.empty()) std::abort();
    }
  }
  sluice::workflow::parse_path_lines(text);
  sluice::workflow::CommandReader reader;
  sluice::workflow::Masks masks;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    const auto command = reader.read(line);
    if (command && command->name == "add-mask") masks.add(command->data);
    const std::string masked = masks.apply(line);
    if (masks.hits(line) ? masked.find("***") == std::string::npos : masked != line) std::abort();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
