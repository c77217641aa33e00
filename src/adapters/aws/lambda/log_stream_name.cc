#include "adapters/aws/lambda/log_stream_name.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace sluice::aws::lambda {
namespace {

constexpr std::string_view kDate = "####/##/##/";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool begins_with_a_date(std::string_view text) {
  return text.size() >= kDate.size() && std::ranges::equal(text.substr(0, kDate.size()), kDate, [](char c, char form) {
           return form == '#' ? is_digit(c) : c == form;
         });
}

}  // namespace

std::string version_of_stream(std::string_view stream, std::string_view function) {
  if (!begins_with_a_date(stream)) return {};
  stream.remove_prefix(kDate.size());
  const std::size_t open = stream.find('[');
  const std::size_t close = stream.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  const std::string_view name = stream.substr(0, open);
  const std::string_view version = stream.substr(open + 1, close - open - 1);
  const bool is_ours = name.empty() || name == function;
  if (!is_ours || !std::ranges::all_of(version, is_digit)) return {};
  return std::string(version);
}

std::string stream_prefix(TimePoint day, std::string_view function, std::string_view version, bool is_own) {
  return fmt::format("{:%Y/%m/%d}/{}[{}]", std::chrono::floor<std::chrono::days>(day), is_own ? function : "", version);
}

}  // namespace sluice::aws::lambda
