#include "simulation/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "application/controller.h"
#include "simulation/compared_scenario.h"
#include "simulation/comparison_checker.h"
#include "simulation/end_checker.h"
#include "simulation/release_checker.h"
#include "simulation/release_scenario.h"
#include "simulation/saboteur.h"
#include "simulation/simulated_ports.h"
#include "simulation/troublemaker.h"
#include "simulation/world_checker.h"

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;

constexpr int kDeployAttempts = 6;
/// How long the world is watched after everything has ended: what was left over is collected in this time.
constexpr Milliseconds kSettling{90'000};

Scenario drawn_scenario(std::uint64_t seed) {
  Scenario scenario = random_scenario(Chance(seed, "scenario"));
  add_comparisons(scenario, Chance(seed, "comparisons"));
  add_releases(scenario, Chance(seed, "releases"));
  return scenario;
}

class Run {
 public:
  Run(std::uint64_t seed, const SimulationOptions& options)
      : options_(options),
        faults_(seed, options.faults),
        crashes_(faults_, options.crash_point),
        trace_(options.trace),
        executor_(Chance(seed, "time"), faults_, crashes_),
        world_{executor_, faults_, crashes_, trace_, Chance(seed, "world"), options.sabotage, nullptr, {}},
        scenario_(options.scenario ? *options.scenario : drawn_scenario(seed)),
        chance_(seed, "run") {
    result_.seed = seed;
    for (const PlannedService& service : scenario_.services) services_.push_back(service.key);
    world_.observer = &world_checker_;
    began_ = executor_.now();
  }

  SimulationResult run();

 private:
  void begin();
  void start_controller();
  void bury_controller();
  /// What a person starts at once, with the ids that it has.
  struct Start {
    std::vector<application::DeployRequest> requests;
    int attempt = 1;
  };
  Start plan_release(const PlannedRelease& planned);
  void plan(const PlannedDeployment& planned);
  void deploy_later(Start start, Milliseconds later);
  void deploy(Start start);
  void stop_faults();
  bool all_ended() const;
  void check_accepted();
  void check_obeyed(const std::string& deployment, std::string_view event_type);
  void finish();

  SimulationOptions options_;
  Faults faults_;
  Crashes crashes_;
  Trace trace_;
  SimulatedExecutor executor_;
  World world_;
  Scenario scenario_;
  Chance chance_;
  std::vector<rollout::ServiceKey> services_;
  TimePoint began_;

  SimulatedPorts ports_{world_};

  std::unique_ptr<application::Controller> controller_;
  Violations violations_;
  StateChecker state_checker_{ports_.journal, violations_};
  WorldChecker world_checker_{
      {world_, ports_.fleet, ports_.router, ports_.journal, [this] { return std::as_const(controller_).get(); }},
      state_checker_,
      violations_};
  ReleaseChecker release_checker_{ports_.journal, state_checker_, violations_};
  ComparisonChecker comparison_checker_{world_, ports_.telemetry, violations_};
  std::unique_ptr<Troublemaker> troublemaker_;
  Saboteur saboteur_{
      {world_, ports_.fleet, ports_.router, ports_.journal, [this] { return std::as_const(controller_).get(); }}};

  int waiting_deployments_ = 0;        ///< Planned ones that were neither started nor given up.
  std::vector<std::string> accepted_;  ///< Ids that `deploy` answered.
  Milliseconds longest_way_{0};
  bool quiet_ = false;
  long inspected_ = -1;  ///< Lines of the trace at the last inspection.
  SimulationResult result_;
};

SimulationResult Run::run() {
  begin();
  std::optional<TimePoint> bound;
  std::optional<TimePoint> ended_at;
  while (!violations_.first()) {
    const auto progress = executor_.step();
    ++result_.events;
    if (progress == SimulatedExecutor::Progress::ControllerDied) bury_controller();
    // Whatever changes the world is in the trace.
    if (std::exchange(inspected_, trace_.lines()) != trace_.lines()) world_checker_.inspect();
    if (!quiet_ && executor_.now() >= began_ + scenario_.troubled_for) {
      stop_faults();
      bound = executor_.now() + 2 * longest_way_ + kSettling;
    }
    if (!quiet_) continue;
    if (!all_ended()) {
      ended_at.reset();
      if (executor_.now() < *bound) continue;
      EndChecker({world_, ports_.fleet, ports_.router, ports_.journal}, state_checker_, violations_)
          .check_bound(services_);
      if (!violations_.first()) {
        violations_.add(executor_.now(), "everything comes to its end", "no controller recovers, or a person waits");
      }
      break;
    }
    if (!ended_at) ended_at = executor_.now();
    if (executor_.now() < *ended_at + kSettling) continue;
    EndChecker({world_, ports_.fleet, ports_.router, ports_.journal}, state_checker_, violations_).check(services_);
    check_accepted();
    release_checker_.check_ends(executor_.now());
    break;
  }
  finish();
  return result_;
}

void Run::begin() {
  for (const PlannedService& service : scenario_.services) {
    std::optional<Chance> chance;
    if (service.scattered) chance = Chance(result_.seed, "traffic of " + service.key.service);
    ports_.telemetry.begin(service.key, service.requests_per_second, chance);
    for (const PlannedDeployment& planned : service.deployments) {
      plan(planned);
      ++waiting_deployments_;
      executor_.in_world(began_ + planned.after, [this, &planned] {
        Start start{.requests = {planned.request}};
        start.requests.front().plan.deployment = ports_.ids.next();
        deploy(std::move(start));
      });
    }
  }
  for (const PlannedRelease& release : scenario_.releases) {
    Milliseconds whole{0};
    for (const PlannedDeployment& member : release.members) {
      plan(member);
      whole += longest_way(member.request.plan);
    }
    longest_way_ = std::max(longest_way_, whole);
    ++waiting_deployments_;
    executor_.in_world(began_ + release.after, [this, &release] { deploy(plan_release(release)); });
  }
  troublemaker_ = std::make_unique<Troublemaker>(
      Troublemaker::Stage{world_, ports_.fleet, ports_.router, ports_.telemetry, ports_.journal,
                          [this] { return controller_.get(); },
                          [this](const std::string& id, std::string_view type) { check_obeyed(id, type); }},
      Chance(result_.seed, "trouble"), services_);
  troublemaker_->begin();
  saboteur_.begin();
  executor_.in_world(began_, [this] { start_controller(); });
}

void Run::start_controller() {
  if (controller_) return;
  world_.note("a controller starts");
  controller_ = std::make_unique<application::Controller>(ports_.all(), "sluice");
  // Lent: the run outlives its controllers.
  controller_->add_observer({std::shared_ptr<void>(), &state_checker_});
  controller_->add_observer({std::shared_ptr<void>(), &world_checker_});
  controller_->add_observer({std::shared_ptr<void>(), &comparison_checker_});
  controller_->add_observer({std::shared_ptr<void>(), &release_checker_});
  if (const Status recovered = controller_->recover(); !recovered) {
    world_.note("it cannot recover: " + recovered.error().message);
    throw ControllerDied{};
  }
}

void Run::bury_controller() {
  if (!controller_) return;
  world_.note("the controller dies");
  ++result_.crashes;
  executor_.discard();
  controller_.reset();
  const bool soon = chance_.happens(0.7);
  executor_.in_world(executor_.now() + (soon ? chance_.between(5ms, 500ms) : chance_.between(500ms, 15s)),
                     [this] { start_controller(); });
}

void Run::plan(const PlannedDeployment& planned) {
  world_.qualities[planned.request.plan.green.id] = planned.quality;
  longest_way_ = std::max(longest_way_, longest_way(planned.request.plan));
}

Run::Start Run::plan_release(const PlannedRelease& planned) {
  Start start;
  std::vector<rollout::Plan*> plans;
  for (const PlannedDeployment& member : planned.members) start.requests.push_back(member.request);
  for (application::DeployRequest& request : start.requests) {
    request.plan.deployment = ports_.ids.next();
    plans.push_back(&request.plan);
  }
  rollout::join_in_release(plans.front()->deployment, plans, planned.depend_on);
  return start;
}

void Run::deploy_later(Start start, Milliseconds later) {
  executor_.in_world(executor_.now() + later, [this, start = std::move(start)]() mutable { deploy(std::move(start)); });
}

/// A person starts a deployment; when somebody else has the service, tries again, in the end with --supersede. An
/// answer that the controller's death has swallowed is asked for again under the same id.
void Run::deploy(Start start) {
  const auto again = [&](Milliseconds later) {
    if (start.attempt >= kDeployAttempts && !options_.scenario) {
      --waiting_deployments_;
      return;
    }
    ++start.attempt;
    deploy_later(start, later);
  };
  if (!controller_) return again(chance_.between(500ms, 3s));
  std::vector<application::DeployRequest> requests = start.requests;
  std::string names;
  for (application::DeployRequest& request : requests) {
    request.supersede = request.supersede || start.attempt > 3;
    names += fmt::format("{}{} as {}", names.empty() ? "" : ", ", request.plan.green.id, request.plan.deployment);
  }
  try {
    const auto accepted = controller_->deploy(std::move(requests));
    if (accepted) {
      world_.note(fmt::format("ana deploys {}", names));
      for (const auto& request : start.requests) accepted_.push_back(request.plan.deployment);
      --waiting_deployments_;
      return;
    }
    world_.note(fmt::format("ana cannot deploy {}: {}", names, accepted.error().message));
    if (accepted.error().kind == ErrorKind::InvalidInput) {
      --waiting_deployments_;
      return;
    }
  } catch (const ControllerDied&) {
    again(chance_.between(500ms, 3s));
    throw;
  }
  again(chance_.between(1s, 10s));
}

void Run::stop_faults() {
  quiet_ = true;
  faults_.stop();
  ports_.journal.refuse_until(executor_.now(), true);
  ports_.router.refuse_until(executor_.now());
  world_.note("the faults stop");
}

bool Run::all_ended() const {
  if (!controller_ || waiting_deployments_ > 0) return false;
  const auto& records = ports_.journal.records();
  if (!std::ranges::all_of(records, [&](const auto& entry) { return ports_.journal.is_archived(entry.first); }))
    return false;
  return std::ranges::none_of(accepted_, [&](const auto& id) { return controller_->is_queued(id); });
}

/// What was promised to a person is begun, whatever died meanwhile, or given up with a reason.
void Run::check_accepted() {
  for (const std::string& id : accepted_) {
    if (ports_.journal.records().contains(id)) continue;
    violations_.add(executor_.now(), "what was accepted begins", fmt::format("{} never began", id));
  }
}

/// What a person hears to be done is durable: no crash takes it back.
void Run::check_obeyed(const std::string& deployment, std::string_view event_type) {
  const auto is_it = [&](const SimulatedJournal::Record& record) {
    return record.text.find(fmt::format("\"type\":\"{}\",\"by\":\"ben\"", event_type)) != std::string::npos;
  };
  if (std::ranges::any_of(ports_.journal.records().at(deployment), is_it)) return;
  violations_.add(executor_.now(), "a word that was answered is durable",
                  fmt::format("{} has no {}", deployment, event_type));
}

void Run::finish() {
  executor_.discard();
  controller_.reset();
  result_.simulated = executor_.now() - began_;
  result_.trace_hash = trace_.hash();
  result_.deployments = static_cast<int>(ports_.journal.records().size());
  for (const auto& [id, records] : ports_.journal.records()) result_.records += static_cast<long>(records.size());
  for (const auto& summary : ports_.journal.summaries()) ++result_.outcomes[summary.outcome];
  result_.faults = faults_.injected();
  result_.words = troublemaker_->words();
  result_.comparison = comparison_checker_.tally();
  result_.releases = {release_checker_.succeeded(), release_checker_.taken_back()};
  result_.crash_point_reached = crashes_.exact_happened();
  result_.violation = violations_.first();
}

}  // namespace

SimulationResult run_simulation(std::uint64_t seed, const SimulationOptions& options) {
  return Run(seed, options).run();
}

}  // namespace sluice::simulation
