#include "simulation/scenario.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/rollout/stage_limits.h"

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;
using rollout::HookPoint;

constexpr Milliseconds kMargin{std::chrono::minutes{3}};
constexpr Milliseconds kEvidenceGrace{5'000};  ///< How long the controller waits beyond an extension.

rollout::Plan plain_plan(const rollout::ServiceKey& service, int port, const std::string& revision) {
  rollout::Plan plan;
  plan.service = service;
  plan.requested_by = "ana";
  plan.green.id = revision;
  plan.green.image = "127.0.0.1:5000/image@sha256:" + revision;
  plan.green.label = "sha-" + revision;
  plan.green.health = {"/health", 1s, 10s};
  plan.front_door = {fmt::format("127.0.0.1:{}", port), "", "/"};
  plan.strategy.hold_for = 20s;
  plan.strategy.drain = 2s;
  plan.strategy.drain_websockets = 2s;
  plan.release_within = 10s;
  return plan;
}

rollout::Strategy random_strategy(Chance& chance) {
  rollout::Strategy strategy;
  int percent = 0;
  const auto bake = [&] { return chance.happens(0.1) ? chance.between(20s, 40s) : chance.between(1s, 8s); };
  for (auto steps = chance.between(0, 3); steps > 0 && percent < 95; --steps) {
    percent = static_cast<int>(chance.between(percent + 1, 99));
    strategy.steps.push_back({*Weight::from_basis_points(percent * 100), bake()});
  }
  strategy.steps.push_back({Weight::full(), bake()});
  strategy.hold_for = chance.between(10s, 60s);
  strategy.drain = chance.between(500ms, 3s);
  strategy.drain_websockets = chance.between(500ms, 3s);
  return strategy;
}

std::vector<rollout::LifecycleHook> random_hooks(Chance& chance) {
  std::vector<rollout::LifecycleHook> hooks;
  constexpr std::array kPoints{HookPoint::BeforeInstall, HookPoint::AfterInstall, HookPoint::AfterAllowTestTraffic,
                               HookPoint::BeforeAllowTraffic, HookPoint::AfterAllowTraffic};
  for (const HookPoint point : kPoints) {
    if (!chance.happens(0.2)) continue;
    const auto dice = chance.between(0, 19);
    const std::string word = dice == 0 ? "fail" : dice == 1 ? "hang" : "pass";
    rollout::LifecycleHook hook{point, rollout::HookCommand{{word, "now"}}, 5s};
    if (word != "hang" && chance.happens(0.5)) hook.action = rollout::HookRequest{"http://hook/" + word};
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

std::vector<analysis::Alarm> random_alarms(Chance& chance) {
  std::vector<analysis::Alarm> alarms;
  const auto window = [&](analysis::Alarm alarm) {
    alarm.out_of = static_cast<int>(chance.between(1, 3));
    alarm.datapoints = static_cast<int>(chance.between(1, alarm.out_of));
    alarm.every = chance.between(1, 2) * 1000ms;
    const auto dice = chance.between(0, 9);
    if (dice == 0) alarm.missing = analysis::Missing::Breaching;
    if (dice >= 6) alarm.missing = analysis::Missing::NotBreaching;
    if (dice == 5) alarm.missing = analysis::Missing::Ignore;
    const bool gateable = alarm.threshold == analysis::Threshold::Absolute && alarm.then == analysis::Action::Rollback;
    if (gateable && chance.happens(0.3)) alarm.gate_on_blue = analysis::Action::Hold;
    alarms.push_back(std::move(alarm));
  };
  if (chance.happens(0.8)) window({.name = "http_5xx", .above = 0.05});
  if (chance.happens(0.4)) {
    window({.name = "error_log",
            .metric = analysis::Metric::ErrorLogRate,
            .above = 5,
            .threshold = analysis::Threshold::TimesBlue,
            .then = analysis::Action::Hold});
  }
  if (chance.happens(0.4)) window({.name = "p95", .metric = analysis::Metric::LatencyP95, .above = 500});
  if (chance.happens(0.4)) {
    window({.name = "health", .metric = analysis::Metric::FailedHealthChecks, .above = 0});
  }
  return alarms;
}

Quality random_quality(Chance& chance) {
  Quality quality;
  quality.starts_in = chance.between(100ms, 3s);
  const auto dice = chance.between(0, 99);
  if (dice < 14) quality.error_share = static_cast<double>(chance.between(1, 60)) / 100.0;
  if (dice >= 14 && dice < 22) quality.dies_after = chance.between(200ms, 20s);
  if (dice >= 22 && dice < 28) quality.never_healthy = true;
  if (dice >= 28 && dice < 31) quality.image_missing = true;
  if (dice >= 31 && dice < 36) quality.silent = true;
  if (dice >= 36 && dice < 41) quality.fails_smoke = true;
  if (dice >= 41 && dice < 47) quality.answers_in = chance.between(200ms, 2s);
  if (dice >= 47 && dice < 53) quality.log_errors = static_cast<double>(chance.between(1, 100)) / 100.0;
  return quality;
}

PlannedDeployment random_deployment(Chance& chance, const rollout::ServiceKey& key, int port,
                                    const std::string& revision) {
  PlannedDeployment planned;
  rollout::Plan plan = plain_plan(key, port, revision);
  plan.green.replicas = static_cast<int>(chance.between(1, 3));
  plan.green.health.within = chance.between(4s, 12s);
  plan.strategy = random_strategy(chance);
  plan.hooks = random_hooks(chance);
  if (chance.happens(0.3)) plan.release_command = {chance.happens(0.1) ? "fail" : "migrate"};
  if (chance.happens(0.5)) {
    plan.smoke.push_back({.name = "answers", .path = "/health", .retries = static_cast<int>(chance.between(0, 3))});
    if (chance.happens(0.3)) plan.smoke.push_back({.name = "chats", .method = "POST", .path = "/chat"});
  }
  plan.alarms = random_alarms(chance);
  if (chance.happens(0.7)) {
    const char* const address = chance.happens(0.1) ? "denied" : "webhook";
    plan.notify = {
        {rollout::SlackChannel{rollout::SecretFile{address}}, {"failed", "held", "rolled_back", "succeeded"}},
        {rollout::MetricNamespace{"Sluice", {}}, {}}};
  }
  plan.while_alarming = chance.happens(0.3);
  planned.request = {std::move(plan), chance.happens(0.3)};
  planned.quality = random_quality(chance);
  return planned;
}

PlannedService random_service(Chance& chance, int number, Milliseconds troubled_for) {
  PlannedService service;
  service.key = {"shop", "local", fmt::format("service{}", number)};
  service.requests_per_second = static_cast<int>(chance.between(1, 40)) * 10;
  const auto count = chance.between(1, 6);
  std::vector<Milliseconds> moments;
  for (int i = 0; i < count; ++i) moments.push_back(chance.between(Milliseconds{0}, troubled_for));
  moments.front() = chance.between(0ms, 5s);  // so that most runs have a BLUE early
  std::ranges::sort(moments);
  for (int i = 0; i < count; ++i) {
    PlannedDeployment planned =
        random_deployment(chance, service.key, 20'080 + number, fmt::format("r{}{:02}", number, i));
    planned.after = moments[static_cast<std::size_t>(i)];
    if (i == 0 && chance.happens(0.8)) planned.quality = {};
    if (i >= 2 && chance.happens(0.15)) {  // back to an old one
      const PlannedDeployment& old = service.deployments[static_cast<std::size_t>(chance.between(0, i - 1))];
      planned.request.plan.green = old.request.plan.green;
      planned.quality = old.quality;
    }
    service.deployments.push_back(std::move(planned));
  }
  return service;
}

}  // namespace

Scenario random_scenario(Chance chance) {
  Scenario scenario;
  scenario.troubled_for = chance.between(30s, 120s);
  const auto dice = chance.between(0, 9);
  const int services = dice < 6 ? 1 : dice < 9 ? 2 : 3;
  for (int i = 0; i < services; ++i) {
    scenario.services.push_back(random_service(chance, i, scenario.troubled_for));
  }
  return scenario;
}

Scenario short_scenario() {
  Scenario scenario;
  scenario.troubled_for = 25s;
  PlannedService service{{"shop", "local", "service0"}, 100, false, {}};
  for (int i = 0; i < 2; ++i) {
    PlannedDeployment planned;
    rollout::Plan plan = plain_plan(service.key, 20'080, fmt::format("r{}", i));
    plan.strategy.steps = {{*Weight::from_basis_points(1000), 3s}, {Weight::full(), 2s}};
    plan.hooks = {{HookPoint::BeforeAllowTraffic, rollout::HookCommand{{"pass"}}, 5s}};
    plan.release_command = {"migrate"};
    plan.smoke = {{.name = "answers", .path = "/health"}};
    plan.alarms = {{.name = "http_5xx", .above = 0.05, .every = 1s}};
    plan.notify = {{rollout::SlackChannel{rollout::SecretFile{"webhook"}}, {"succeeded"}}};
    planned.after = i * 15s;
    planned.request.plan = std::move(plan);
    service.deployments.push_back(std::move(planned));
  }
  scenario.services.push_back(std::move(service));
  return scenario;
}

Milliseconds longest_way(const rollout::Plan& plan) {
  Milliseconds sum = kMargin + plan.strategy.hold_for;
  for (const rollout::Stage& stage : rollout::forward_stages(plan)) {
    sum += rollout::stage_limit(plan, stage);
    if (stage.kind != rollout::StageKind::Bake) continue;
    sum += plan.strategy.steps[stage.index].bake;
    if (plan.analysis) sum += plan.analysis->enough.extension + kEvidenceGrace;
  }
  for (const rollout::Stage& stage : rollout::rollback_stages(true)) sum += rollout::stage_limit(plan, stage);
  return sum;
}

}  // namespace sluice::simulation
