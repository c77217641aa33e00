#include "adapters/podman/container_log.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace sluice::podman {
namespace {

constexpr std::streamoff kReadBytesALine = 1024;
constexpr std::streamoff kLeastReadBytes = 64 << 10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<RawLogLine> split_log_line(std::string_view line) {
  const auto stream = line.find(' ');
  const auto kind = stream == std::string_view::npos ? stream : line.find(' ', stream + 1);
  if (kind == std::string_view::npos || kind + 1 >= line.size()) return std::nullopt;
  const bool is_kind = line[kind + 1] == 'F' || line[kind + 1] == 'P';
  if (!is_kind || (kind + 2 < line.size() && line[kind + 2] != ' ')) return std::nullopt;
  return RawLogLine{.time = line.substr(0, stream),
                    .is_part = line[kind + 1] == 'P',
                    .text = line.substr(std::min(line.size(), kind + 3))};
}

std::optional<TimePoint> parse_log_time(std::string_view text) {
  constexpr std::size_t kSeconds = std::string_view("2026-11-26T02:31:33").size();
  if (text.size() <= kSeconds) return std::nullopt;
  auto time = parse_rfc3339(std::string(text.substr(0, kSeconds)) + "Z");
  if (!time) return std::nullopt;
  std::size_t at = kSeconds;
  if (text[at] == '.') {
    int factor = 100;
    for (++at; at < text.size() && is_digit(text[at]); ++at, factor /= 10)
      *time += Milliseconds{(text[at] - '0') * factor};
  }
  const std::string_view zone = text.substr(at);
  if (zone == "Z") return *time;
  const bool fits = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && is_digit(zone[1]) && is_digit(zone[2]) &&
                    zone[3] == ':' && is_digit(zone[4]) && is_digit(zone[5]);
  if (!fits) return std::nullopt;
  const std::chrono::minutes offset{((zone[1] - '0') * 10 + zone[2] - '0') * 60 + (zone[4] - '0') * 10 + zone[5] - '0'};
  return zone[0] == '+' ? *time - offset : *time + offset;
}

std::vector<LogLine> parse_log(std::string_view text, bool cut) {
  std::vector<LogLine> lines;
  bool open = false;  // The last line was a part and goes on.
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (std::exchange(cut, false)) continue;
    const auto raw = split_log_line(line);
    if (!raw) continue;
    if (open) {
      lines.back().text += raw->text;
    } else {
      lines.push_back({std::string(raw->time), std::string(raw->text)});
    }
    open = raw->is_part;
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
