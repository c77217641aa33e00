#include "core/analysis/json_line.h"

#include <boost/json.hpp>

namespace sluice::analysis {
namespace {

constexpr std::size_t kDeepestJson = 16;

}  // namespace

std::optional<boost::json::value> parse_json_line(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kDeepestJson;
  boost::system::error_code failed;
  boost::json::value value = boost::json::parse(text, failed, {}, options);
  if (failed || !value.is_object()) return std::nullopt;
  return value;
}

}  // namespace sluice::analysis
