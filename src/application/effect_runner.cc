#include "application/effect_runner.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "base/json_text.h"

namespace sluice::application {
namespace {

using rollout::Colour;
using rollout::Plan;
using rollout::Revision;
using rollout::Slot;

constexpr Milliseconds kStopGrace{10'000};
constexpr int kEvidenceAnswers = 5;
constexpr int kEvidenceErrorLines = 5;
constexpr int kEvidenceLogLines = 10;
constexpr std::size_t kShownBytes = 400;

boost::json::object hook_body(const Plan& plan, const rollout::LifecycleHook& hook,
                              const EffectRunner::HookFacts& facts) {
  boost::json::object body{{"deployment", plan.deployment},
                           {"token", facts.token},
                           {"hook", std::string(rollout::to_string(hook.point))},
                           {"project", plan.service.project},
                           {"environment", plan.service.environment},
                           {"service", plan.service.service},
                           {"image", plan.green.image},
                           {"revision", plan.green.id},
                           {"label", plan.green.label}};
  if (!facts.version.empty()) body["version"] = facts.version;
  return body;
}

/// What GREEN is called in its target, for hooks that look at it before it has traffic; empty where it has no such
/// name.
std::string version_of(const std::vector<ports::Replica>& replicas) {
  return replicas.empty() ? std::string() : replicas.front().name;
}

ports::Dropped dropped_since(const Revision& blue, const Revision& green) {
  const auto has = [](const Revision& revision, const std::string& name) {
    return revision.env.contains(name) || revision.secrets.contains(name);
  };
  ports::Dropped dropped{.variables = {}, .command = !blue.command.empty() && green.command.empty()};
  for (const auto& [name, value] : blue.env) {
    if (!has(green, name)) dropped.variables.push_back(name);
  }
  for (const auto& [name, value] : blue.secrets) {
    if (!has(green, name)) dropped.variables.push_back(name);
  }
  return dropped;
}

std::string tail(const std::string& text) {
  return text.size() <= kShownBytes ? text : "…" + text.substr(text.size() - kShownBytes);
}

/// The environment of a hook's command: what names the deployment, and enough to find programs.
std::map<std::string, std::string> hook_environment(const Plan& plan, const std::string& token) {
  return {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
          {"LANG", "C.UTF-8"},
          {"SLUICE_DEPLOYMENT", plan.deployment},
          {"SLUICE_TOKEN", token},
          {"SLUICE_PROJECT", plan.service.project},
          {"SLUICE_ENVIRONMENT", plan.service.environment},
          {"SLUICE_SERVICE", plan.service.service},
          {"SLUICE_IMAGE", plan.green.image},
          {std::string(rollout::kRevisionVariable), plan.green.id},
          {"SLUICE_LABEL", plan.green.label}};
}

Milliseconds smoke_timeout(const rollout::SmokeTest& test) {
  using namespace std::chrono_literals;
  return test.within.value_or(Milliseconds{10s}) + Milliseconds{500ms};
}

}  // namespace

ports::RoutedService routed_service(const Plan& plan) {
  ports::RoutedService routed;
  routed.service = plan.service;
  routed.listen = plan.front_door.listen;
  routed.route = {plan.front_door.host, plan.front_door.path};
  routed.health = plan.green.health;
  routed.target = plan.green.target;
  return routed;
}

Slot slot_of(const Plan& plan, Colour colour) {
  return colour == Colour::Green ? plan.green_slot : rollout::other(plan.green_slot);
}

const Revision* revision_of(const Plan& plan, Colour colour) {
  if (colour == Colour::Green) return &plan.green;
  return plan.blue ? &*plan.blue : nullptr;
}

std::vector<ports::Endpoint> endpoints(const std::vector<ports::Replica>& replicas) {
  std::vector<ports::Endpoint> result;
  for (const ports::Replica& replica : replicas) {
    if (replica.running) result.push_back({replica.address, replica.port});
  }
  return result;
}

Result<ports::FleetStart> EffectRunner::with_secrets(const rollout::ServiceKey& service,
                                                     const Revision& revision) const {
  ports::FleetStart start{.service = service, .revision = revision, .secrets = {}};
  workflow::Masks masks;
  bool all_known = true;
  for (const auto& [name, reference] : revision.secrets) {
    if (!reference.value_from.empty()) {
      all_known = false;
      continue;
    }
    auto value = ports_.secrets.read(reference.source, revision.base_directory);
    if (!value) return with_context(std::move(value), fmt::format("secret {} of {}", name, service.service));
    masks.add(value->reveal());
    start.secrets.emplace_back(name, std::move(*value));
  }
  if (all_known) known_secrets_.learn(revision.id, std::move(masks));
  return start;
}

EffectResult EffectRunner::prepare_route(const Plan& plan) const {
  TRY(ports_.router.ensure(routed_service(plan)));
  return std::vector<std::string>{};
}

EffectResult EffectRunner::run_hook(const Plan& plan, std::size_t index, const std::string& token,
                                    std::stop_token stop) const {
  const rollout::LifecycleHook& hook = plan.hooks[index];
  std::string version;
  if (std::holds_alternative<rollout::LambdaTarget>(plan.green.target)) {
    TRY_ASSIGN(const auto green, ports_.fleet.observe(plan.service, plan.green.id));
    version = version_of(green);
  }
  struct Visitor {
    const EffectRunner& runner;
    const Plan& plan;
    const rollout::LifecycleHook& hook;
    const std::string& token;
    const std::string& version;
    const std::stop_token& stop;
    EffectResult operator()(const rollout::HookCommand& command) const {
      return runner.run_hook_command(plan, hook, command, {token, version}, stop);
    }
    EffectResult operator()(const rollout::HookRequest& request) const {
      return runner.run_hook_request(plan, hook, request, {token, version}, stop);
    }
    EffectResult operator()(const rollout::HookFunction& function) const {
      return runner.run_hook_function(plan, hook, function, {token, version}, stop);
    }
  };
  return std::visit(Visitor{*this, plan, hook, token, version, stop}, hook.action);
}

EffectResult EffectRunner::run_hook_command(const Plan& plan, const rollout::LifecycleHook& hook,
                                            const rollout::HookCommand& command, const HookFacts& facts,
                                            std::stop_token stop) const {
  ports::ProcessRequest request{.argv = command.argv, .env = hook_environment(plan, facts.token)};
  if (!facts.version.empty()) request.env->emplace("SLUICE_VERSION", facts.version);
  request.directory = plan.green.base_directory;
  request.timeout = hook.within;
  TRY_ASSIGN(const ports::ProcessResult result, ports_.processes.run(request, std::move(stop)));
  if (result.exit_code == 0) return std::vector<std::string>{};
  const std::string output = result.err.empty() ? result.out : result.err;
  return Error{ErrorKind::Failed,
               fmt::format("'{}' exited {}: {}", command.argv.front(), result.exit_code, tail(output))};
}

EffectResult EffectRunner::run_hook_request(const Plan& plan, const rollout::LifecycleHook& hook,
                                            const rollout::HookRequest& call, const HookFacts& facts,
                                            std::stop_token stop) const {
  ports::HttpRequest request{.method = "POST", .url = call.url, .body = to_json_text(hook_body(plan, hook, facts))};
  request.headers["content-type"] = "application/json";
  request.timeout = hook.within;
  TRY_ASSIGN(const ports::HttpResponse response, ports_.http.send(request, std::move(stop)));
  if (response.status >= 200 && response.status < 300) return std::vector<std::string>{};
  return Error{ErrorKind::Failed, fmt::format("{} answered {}: {}", call.url, response.status, tail(response.body))};
}

EffectResult EffectRunner::run_hook_function(const Plan& plan, const rollout::LifecycleHook& hook,
                                             const rollout::HookFunction& function, const HookFacts& facts,
                                             std::stop_token stop) const {
  boost::json::object body = hook_body(plan, hook, facts);
  // What CodeDeploy sends, so that code that was written for it begins; it names no deployment of CodeDeploy's.
  body["DeploymentId"] = plan.deployment;
  body["LifecycleEventHookExecutionId"] = facts.token;
  const ports::FunctionCall call{function.function, to_json_text(body), hook.within};
  TRY_ASSIGN(const rollout::FunctionAnswer answer, ports_.functions.invoke(plan.green.target, call, std::move(stop)));
  TRY(rollout::judge_hook(function.function, answer));
  return std::vector<std::string>{};
}

EffectResult EffectRunner::run_release_command(const Plan& plan, const std::string& token, std::stop_token stop) const {
  TRY_ASSIGN(const ports::FleetStart start, with_secrets(plan.service, plan.green));
  TRY(ports_.fleet.run_once(start, plan.release_command, token, plan.release_within, stop));
  return std::vector<std::string>{};
}

EffectResult EffectRunner::start_green(const Plan& plan, bool may_have_begun, std::stop_token stop) const {
  TRY_ASSIGN(ports::FleetStart start, with_secrets(plan.service, plan.green));
  start.may_have_begun = may_have_begun;
  if (plan.blue) start.dropped = dropped_since(*plan.blue, plan.green);
  TRY(ports_.fleet.start(start, stop));
  return std::vector<std::string>{};
}

EffectResult EffectRunner::attach_green(const Plan& plan) const {
  TRY_ASSIGN(const auto green, ports_.fleet.observe(plan.service, plan.green.id));
  if (endpoints(green).empty()) return Error{ErrorKind::Failed, "none of GREEN's replicas runs any more"};
  std::vector<ports::Replica> blue;
  if (plan.blue) {
    TRY_ASSIGN(blue, ports_.fleet.observe(plan.service, plan.blue->id));
  }
  TRY(ports_.router.set_endpoints(plan.service, plan.green_slot, endpoints(green), endpoints(blue)));
  return std::vector<std::string>{};
}

EffectResult EffectRunner::set_split(const Plan& plan, const rollout::TrafficSplit& split, std::stop_token stop) const {
  if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "a newer split was wanted before this one was written"};
  if (split == plan.before) return ports_.router.restore_split(routed_service(plan), split);
  Status written = ports_.router.set_split(plan.service, split);
  if (!written && written.error().kind == ErrorKind::NotFound) {  // it was restarted without what it had kept
    TRY(ports_.router.ensure(routed_service(plan)));
    written = ports_.router.set_split(plan.service, split);
  }
  TRY(std::move(written));
  return std::vector<std::string>{};
}

Result<ports::HttpResponse> EffectRunner::send(const ports::TrafficRouter::Entrance& entrance,
                                               const rollout::SmokeTest& test, std::stop_token stop) const {
  ports::HttpRequest request{.method = test.method, .url = entrance.url + test.path, .body = test.body};
  request.headers = test.headers;
  for (const auto& [name, value] : entrance.headers) request.headers[name] = value;
  request.timeout = smoke_timeout(test);
  return ports_.http.send(request, stop);
}

EffectRunner::SmokeAttempt EffectRunner::smoke(const Plan& plan, const rollout::SmokeTest& test, bool front_door,
                                               std::stop_token stop) const {
  const Slot slot = plan.green_slot;
  const std::string what = fmt::format("smoke test {}", test.name);
  auto entrance = ports_.router.entrance(plan.service, front_door ? nullptr : &slot);
  if (!entrance) return {.verdict = with_context(std::move(entrance), what)};
  auto response = send(*entrance, test, stop);
  if (!response) return {.verdict = with_context(std::move(response), what), .was_sent = true};
  return {.verdict = rollout::judge(test, {response->status, response->body, response->latency}), .was_sent = true};
}

Result<bool> EffectRunner::probe(const Plan& plan, const rollout::SmokeTest& test, Colour colour,
                                 std::stop_token stop) const {
  const Slot slot = slot_of(plan, colour);
  TRY_ASSIGN(const auto entrance, ports_.router.entrance(plan.service, &slot));
  const auto response = send(entrance, test, stop);
  if (response) return rollout::judge(test, {response->status, response->body, response->latency}).has_value();
  // Sent, and no answer in time, or none at all: the colour's fault.
  const ErrorKind kind = response.error().kind;
  if (kind == ErrorKind::TimedOut || kind == ErrorKind::UnknownOutcome) return false;
  return response.error();
}

Result<ports::OpenSessions> EffectRunner::open_sessions(const Plan& plan, Colour colour) const {
  return ports_.router.open_sessions(plan.service, slot_of(plan, colour));
}

EffectResult EffectRunner::retire(const Plan& plan, Colour colour) const {
  const Revision* revision = revision_of(plan, colour);
  if (revision == nullptr) return std::vector<std::string>{};
  const Slot slot = slot_of(plan, colour);
  const auto split = ports_.router.read_split(plan.service);
  const bool open = split && split->open;
  if (colour == Colour::Blue && !open) {  // a router without its memory: GREEN does not have the traffic
    return Error{ErrorKind::Unavailable, "the route is not open: GREEN does not have the traffic"};
  }
  if (split) {
    const Weight share = rollout::share_of(*split, slot);
    if (share != Weight::none()) {
      return Error{ErrorKind::Unavailable, fmt::format("the router still gives {} to {}", share.to_string(),
                                                       colour == Colour::Green ? "GREEN" : "BLUE")};
    }
    TRY_ASSIGN(const auto other, other_endpoints(plan, colour));
    if (split->open && other.empty()) {
      return Error{ErrorKind::Unavailable,
                   fmt::format("no replica of {} runs that could do without {}",
                               colour == Colour::Green ? "BLUE" : "GREEN", colour == Colour::Green ? "GREEN" : "BLUE")};
    }
    TRY(ports_.router.set_endpoints(plan.service, rollout::other(slot), other, {}));
    TRY(ports_.router.clear_slot(plan.service, slot, true));
  } else if (split.error().kind != ErrorKind::NotFound) {
    return split.error();
  }
  TRY(ports_.fleet.stop(plan.service, revision->id, kStopGrace));
  return std::vector<std::string>{};
}

EffectResult EffectRunner::collect_evidence(const Plan& plan, TimePoint since) const {
  std::vector<std::string> lines;
  const auto answers = ports_.telemetry.first_bad_answers(plan.service, plan.green_slot, since, kEvidenceAnswers);
  if (answers) {
    for (const ports::BadAnswer& answer : *answers) {
      lines.push_back(fmt::format("{} {} {} {} id {}", format_rfc3339(answer.at), answer.method, answer.path,
                                  answer.status, answer.request_id));
    }
  }
  // What may be shown of a log is known once the secrets are; after a restart nobody may have read them yet.
  const bool has_read = known_secrets_.hide(plan.green, "").has_value() ||
                        (with_secrets(plan.service, plan.green) && known_secrets_.hide(plan.green, "").has_value());
  if (!has_read) {
    lines.emplace_back("GREEN's log is not shown: its secrets cannot be read at present, so it might hold one");
    return lines;
  }
  const auto errors = ports_.service_log.first_error_lines(plan.service, plan.green.id, since, kEvidenceErrorLines);
  if (errors) {
    for (const ports::ErrorLine& line : *errors) {
      lines.push_back(fmt::format("{} {}: {}", format_rfc3339(line.at), line.replica,
                                  known_secrets_.hide(plan.green, line.text).value_or("")));
    }
  }
  const auto log = ports_.fleet.log_tail(plan.service, plan.green.id, kEvidenceLogLines);
  const bool has_a_log = !std::holds_alternative<rollout::GatewayTarget>(plan.green.target);
  if (!log && has_a_log) lines.push_back("GREEN's log is not shown: " + log.error().message);
  if (!log) return lines;
  for (const std::string& line : *log) lines.push_back(known_secrets_.hide(plan.green, line).value_or(""));
  return lines;
}

Result<std::vector<ports::Endpoint>> EffectRunner::other_endpoints(const Plan& plan, Colour colour) const {
  const Revision* other = revision_of(plan, colour == Colour::Green ? Colour::Blue : Colour::Green);
  if (other == nullptr) return std::vector<ports::Endpoint>{};
  TRY_ASSIGN(const auto replicas, ports_.fleet.observe(plan.service, other->id));
  return endpoints(replicas);
}

}  // namespace sluice::application
