// How AWS AppConfig's names look.
// Source: `Id` and `DeploymentStrategyId` of AppConfig's API reference.
#include <algorithm>

#include "core/config/form.h"

namespace sluice::config {
namespace {

using Problem = std::optional<std::string>;

constexpr std::string_view kPredefined = "AppConfig.";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// Empty: `what` and `example` say it all.
Problem fine_if(bool fine) { return fine ? Problem() : Problem(""); }

Problem check_id(std::string_view text) {
  const bool fits = text.size() >= 4 && text.size() <= 7;
  return fine_if(fits && std::ranges::all_of(text, [](char c) { return is_digit(c) || is_lower(c); }));
}

Problem check_strategy(std::string_view text) {
  if (!text.starts_with(kPredefined)) return check_id(text);
  const std::string_view name = text.substr(kPredefined.size());
  const bool fits = name.size() >= 9 && name.size() <= 40;
  return fine_if(fits && std::ranges::all_of(name, [](char c) { return is_digit(c) || is_lower(c) || is_upper(c); }));
}

}  // namespace

namespace form {
const Form kAppConfigId{"appconfig_id", "an id of AppConfig", "abc1234", "^[a-z0-9]{4,7}$", check_id};
const Form kDeploymentStrategy{
    "deployment_strategy", "the id of a deployment strategy of AppConfig, or the name of a predefined one",
    "AppConfig.Linear50PercentEvery30Seconds", "^([a-z0-9]{4,7}|AppConfig\\.[A-Za-z0-9]{9,40})$", check_strategy};
}  // namespace form

}  // namespace sluice::config
