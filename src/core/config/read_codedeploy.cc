#include "core/config/read_codedeploy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/nearest_name.h"
#include "core/analysis/alarm.h"
#include "core/config/service_kind.h"
#include "core/rollout/target.h"

namespace sluice::config {
namespace {

using rollout::CodeDeployMoves;
using yaml::Node;

/// Between the end of a bake and its verdict, besides what the figures need: polls, and a controller that is killed.
constexpr Milliseconds kJudgement = std::chrono::seconds{30};

/// What the configuration's name says, or `every` and the steps of one of the user's own.
std::optional<CodeDeployMoves> read_moves(Reader& reader, const Node& aws, const Service& service,
                                          const std::string& name) {
  Milliseconds every{0};
  const bool says_every = reader.read(&aws, "every", every);
  const Position at = reader.get(&aws, "deployment_config")->begin;
  if (const auto known = rollout::predefined_moves(name)) {
    if (says_every) reader.report(reader.get(&aws, "every")->begin, fmt::format("'every' is said by {}", name));
    return known;
  }
  if (name.starts_with("CodeDeployDefault.")) {
    const auto near = nearest_name(name, rollout::kPredefinedMoves);
    reader.report(at, fmt::format("CodeDeploy has no configuration {} for ECS{}", name,
                                  near ? fmt::format(": did you mean {}?", *near)
                                       : fmt::format(": there are {}", fmt::join(rollout::kPredefinedMoves, ", "))));
    return std::nullopt;
  }
  CodeDeployMoves moves = rollout::nearest_moves(shares_of_steps(service.strategy));
  if (moves.share < 100 && !says_every) {
    reader.report(at, fmt::format("say 'every' beside the configuration {}: the minutes between its increments", name));
    return std::nullopt;
  }
  if (every % std::chrono::minutes{1} != Milliseconds{0}) {
    reader.report(reader.get(&aws, "every")->begin, "'every' is in whole minutes, as CodeDeploy has it");
  }
  moves.interval = moves.share < 100 ? every : Milliseconds{0};
  return moves;
}

void check_moves(Reader& reader, const Service& service, const std::string& name, const CodeDeployMoves& moves) {
  const std::vector<int> wanted = shares_of_steps(service.strategy);
  const std::vector<int> there = rollout::shares_of(moves);
  if (wanted != there) {
    reader.report(service.at,
                  fmt::format("the steps of '{}' are {}, and CodeDeploy moves by {} ({}): it has two increments (a "
                              "canary), equal ones, or all at once. Write the steps {}, or use engine: sluice",
                              service.name, rollout::describe_shares(wanted), name, rollout::describe_shares(there),
                              rollout::describe_shares(there)));
    return;
  }
  const Milliseconds judged = judged_after(service);
  for (const rollout::TrafficStep& step : service.strategy.steps) {
    const bool is_last = &step == &service.strategy.steps.back();
    if (is_last || step.bake == Milliseconds{0} || step.bake + judged <= moves.interval) continue;
    const Milliseconds most = moves.interval - judged;
    reader.report(
        service.at,
        fmt::format("the bake of {} at {} of '{}' is judged {} after its end, and CodeDeploy moves on {} after "
                    "{} came: bake at most {}, or choose a longer interval",
                    format_duration(step.bake), step.weight.to_string(), service.name, format_duration(judged),
                    format_duration(moves.interval), step.weight.to_string(),
                    format_duration(std::max(most, Milliseconds{0}))));
  }
}

void check_holds(Reader& reader, const Service& service) {
  for (const analysis::Alarm& alarm : service.alarms) {
    const bool holds = alarm.then == analysis::Action::Hold;
    if (!holds && alarm.missing != analysis::Missing::Hold) continue;
    reader.report(service.at,
                  fmt::format("the alarm '{}' of '{}' has '{}: hold': CodeDeploy goes on by its own clock, and "
                              "nothing is held there. Write {}",
                              alarm.name, service.name, holds ? "then" : "missing",
                              holds ? "'then: rollback'"
                                    : "'missing: breaching' (losing the figures takes it back), "
                                      "'not_breaching' or 'ignore'"));
  }
}

}  // namespace

Milliseconds judged_after(const Service& service) {
  const auto timing = rollout::telemetry_timing(service.target);
  const Milliseconds extension = service.analysis ? service.analysis->enough.extension : Milliseconds{0};
  return timing.delay + timing.grain + extension + kJudgement;
}

std::vector<int> shares_of_steps(const rollout::Strategy& strategy) {
  std::vector<int> shares;
  for (const rollout::TrafficStep& step : strategy.steps) shares.push_back(step.weight.basis_points() / 100);
  return shares;
}

void read_codedeploy(Reader& reader, const Node& node, Service& service) {
  auto& ecs = std::get<rollout::EcsTarget>(service.target);
  const Node* const aws = reader.get(&node, "aws");
  if (aws == nullptr) return;
  std::string engine;
  reader.read(aws, "engine", engine);
  if (engine != "codedeploy") {
    for (const std::string_view key : kAwsOfEngines) {
      if (key != "engine") refuse(reader, *aws, key, "is for 'engine: codedeploy'");
    }
    return;
  }
  refuse(reader, *aws, "test", "is not for 'engine: codedeploy': the deployment group has a test listener of its own");
  rollout::CodeDeployEngine result;
  const bool says_application = reader.read(aws, "application", result.application);
  const bool says_group = reader.read(aws, "deployment_group", result.deployment_group);
  const bool says_configuration = reader.read(aws, "deployment_config", result.configuration);
  for (const std::string_view key : {"application", "deployment_group", "deployment_config"}) {
    const bool is_missing = aws->find(key) == nullptr && !reader.has_bad_member(*aws);
    if (is_missing) reader.report(aws->begin, fmt::format("'{}' is missing in 'aws' with 'engine: codedeploy'", key));
  }
  const bool is_whole = says_application && says_group && says_configuration;
  if (!is_whole || service.strategy.steps.empty()) return;
  check_holds(reader, service);
  const auto moves = read_moves(reader, *aws, service, result.configuration);
  if (!moves) return;
  check_moves(reader, service, result.configuration, *moves);
  result.moves = *moves;
  result.blue_needed = service.strategy.steps.back().bake + judged_after(service);
  ecs.codedeploy = std::move(result);
}

}  // namespace sluice::config
