#include "adapters/podman/container_log.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace sluice::podman {
namespace {

constexpr std::streamoff kReadBytesALine = 1024;
constexpr std::streamoff kLeastReadBytes = 64 << 10;

}  // namespace

std::vector<LogLine> parse_log(std::string_view text, bool cut) {
  std::vector<LogLine> lines;
  bool open = false;  // The last line was a part and goes on.
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (std::exchange(cut, false)) continue;
    const auto stream = line.find(' ');
    const auto kind = stream == std::string_view::npos ? stream : line.find(' ', stream + 1);
    if (kind == std::string_view::npos || kind + 1 >= line.size()) continue;
    const bool part = line[kind + 1] == 'P';
    const std::string_view said = line.substr(std::min(line.size(), kind + 3));
    if (open) {
      lines.back().text += said;
    } else {
      lines.push_back({std::string(line.substr(0, stream)), std::string(said)});
    }
    open = part;
  }
  return lines;
}

std::vector<LogLine> log_tail(const std::string& path, int most) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || most <= 0) return {};
  const std::streamoff size = file.tellg();
  const std::streamoff length = std::min(size, std::max(kLeastReadBytes, kReadBytesALine * most));
  file.seekg(size - length);
  std::string text(static_cast<std::size_t>(length), '\0');
  file.read(text.data(), length);
  auto lines = parse_log(text, length < size);
  if (lines.size() > static_cast<std::size_t>(most)) lines.erase(lines.begin(), lines.end() - most);
  return lines;
}

}  // namespace sluice::podman
