#include "core/workflow/cron.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <span>
#include <vector>

#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

constexpr int kShortestIntervalMinutes = 5;

constexpr std::string_view kMonths[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::string_view kDays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct Part {
  std::string_view name;
  int least;
  int most;
  std::span<const std::string_view> names;  ///< The first stands for `least`.
};
constexpr std::array<Part, 5> kParts{{{"minute", 0, 59, {}},
                                      {"hour", 0, 23, {}},
                                      {"day of the month", 1, 31, {}},
                                      {"month", 1, 12, kMonths},
                                      {"day of the week", 0, 6, kDays}}};

using Moments = std::bitset<60>;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const std::size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words = split(line, ' ');
  std::erase(words, std::string_view());
  return words;
}

std::optional<int> number_of(std::string_view text, const Part& part) {
  for (std::size_t i = 0; i < part.names.size(); ++i) {
    if (equal_without_case(part.names[i], text)) return part.least + static_cast<int>(i);
  }
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number >= part.least && number <= part.most ? std::optional(number) : std::nullopt;
}

/// Adds what `*`, `3`, `1-5` or any of them with `/step` stand for.
std::optional<std::string> read_item(std::string_view item, const Part& part, Moments& moments) {
  const auto wrong = [&] { return fmt::format("'{}' is no {} ({} to {})", item, part.name, part.least, part.most); };
  int step = 1;
  std::string_view range = item;
  const std::size_t slash = item.find('/');
  if (slash != std::string_view::npos) {
    range = item.substr(0, slash);
    const std::string_view text = item.substr(slash + 1);
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), step);
    if (text.empty() || error != std::errc{} || stop != text.data() + text.size() || step < 1) return wrong();
  }
  int first = part.least;
  int last = part.most;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    const auto from = number_of(range.substr(0, dash), part);
    const auto to = dash == std::string_view::npos ? from : number_of(range.substr(dash + 1), part);
    if (!from || !to) return wrong();
    if (*to < *from) return fmt::format("the range '{}' runs backwards", item);
    first = *from;
    last = dash == std::string_view::npos && slash != std::string_view::npos ? part.most : *to;
  }
  for (int moment = first; moment <= last; moment += std::min(step, 60)) moments.set(static_cast<std::size_t>(moment));
  return std::nullopt;
}

bool come_too_fast(const Moments& minutes) {
  int last = -1;
  for (int minute = 0; minute < 60; ++minute) {
    if (!minutes.test(static_cast<std::size_t>(minute))) continue;
    if (last >= 0 && minute - last < kShortestIntervalMinutes) return true;
    last = minute;
  }
  return false;
}

}  // namespace

std::optional<std::string> cron_mistake(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() != kParts.size()) {
    return fmt::format("a cron line has five fields (minute, hour, day of the month, month, day of the week), not {}",
                       words.size());
  }
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    Moments moments;
    for (const std::string_view item : split(words[i], ',')) {
      if (auto mistake = read_item(item, kParts[i], moments)) return mistake;
    }
    if (i == 0 && come_too_fast(moments)) {
      return fmt::format("a schedule may come at most every {} minutes", kShortestIntervalMinutes);
    }
  }
  return std::nullopt;
}

}  // namespace sluice::workflow
