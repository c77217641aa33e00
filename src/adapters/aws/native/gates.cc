#include "adapters/aws/native/gates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string_view>

#include "adapters/aws/json_member.h"

namespace sluice::aws::native {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 2> kStages = {"PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"};
constexpr std::string_view kHooks = "lifecycleHooks";

json::object pause_of(Milliseconds patience) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(patience).count();
  return {{"targetType", "PAUSE"},
          {"lifecycleStages", json::array(kStages.begin(), kStages.end())},
          {"timeoutConfiguration", {{"timeoutInMinutes", minutes}, {"action", "ROLLBACK"}}}};
}

Status check_is_a_gate(const json::object& pause) {
  for (const std::string& stage : texts_in(pause, "lifecycleStages")) {
    if (std::ranges::find(kStages, stage) != kStages.end()) continue;
    return Error{ErrorKind::Conflict,
                 fmt::format("it has a pause hook of its own at {}: ECS does not tell which hook waits, and sluice "
                             "would answer it. Take it out of its deploymentConfiguration; checks before the traffic "
                             "are 'hooks' of sluice.yaml, or a Lambda hook",
                             stage)};
  }
  return {};
}

}  // namespace

Result<json::object> with_gates(const json::object& configuration, const rollout::NativeEngine& engine) {
  json::object result = configuration;
  const rollout::NativeMoves& moves = engine.moves;
  const std::string_view strategy = strategy_of(moves);
  result["strategy"] = strategy;
  result["bakeTimeInMinutes"] = 0;
  result.erase("canaryConfiguration");  // each is refused with another strategy than its own
  result.erase("linearConfiguration");
  if (strategy == "CANARY") {
    result["canaryConfiguration"] = {{"canaryPercent", static_cast<double>(moves.share)},
                                     {"canaryBakeTimeInMinutes", 0}};
  } else if (strategy == "LINEAR") {
    result["linearConfiguration"] = {{"stepPercent", static_cast<double>(moves.share)}, {"stepBakeTimeInMinutes", 0}};
  }
  json::array hooks;
  for (const json::object* const hook : objects_in(configuration, kHooks)) {
    if (text_member(*hook, "targetType") != "PAUSE") {
      hooks.push_back(*hook);
      continue;
    }
    TRY(check_is_a_gate(*hook));
  }
  hooks.push_back(pause_of(engine.patience));
  result[kHooks] = std::move(hooks);
  return result;
}

}  // namespace sluice::aws::native
