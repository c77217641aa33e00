#include "application/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "simulation/scenario.h"
#include "simulation/simulated_functions.h"
#include "simulation/simulated_http.h"
#include "simulation/simulated_ids.h"
#include "simulation/simulated_image_scans.h"
#include "simulation/simulated_journal.h"
#include "simulation/simulated_metric_queries.h"
#include "simulation/simulated_notifier.h"
#include "simulation/simulated_period_metrics.h"
#include "simulation/simulated_processes.h"
#include "simulation/simulated_secrets.h"
#include "simulation/simulated_telemetry.h"
#include "simulation/simulated_witnesses.h"

namespace sluice::application {
namespace {

using namespace std::chrono_literals;
using rollout::Mode;
using rollout::Outcome;
using rollout::StageKind;
using simulation::Chance;
using testing::HasSubstr;

/// One service in a simulated world in which nothing goes wrong unless the test says so.
class ControllerTest : public testing::Test {
 protected:
  ControllerTest() { start(); }
  ~ControllerTest() override { die(); }

  void start() {
    controller_ =
        std::make_unique<Controller>(RolloutPorts{executor_, ids_, executor_, journal_, fleet_, router_, telemetry_,
                                                  service_log_, secrets_, notifier_, processes_, http_, metric_queries_,
                                                  period_metrics_, functions_, witnesses_, image_scans_},
                                     "ana (process 7)");
    ASSERT_TRUE(controller_->recover());
  }
  void die() {
    executor_.discard();
    controller_.reset();
  }

  static rollout::Plan plan(const std::string& revision) {
    rollout::Plan plan = simulation::short_scenario().services[0].deployments[0].request.plan;
    plan.green.id = revision;
    plan.green.label = "sha-" + revision;
    plan.strategy.hold_for = 60s;
    return plan;
  }
  Result<std::string> deploy(const rollout::Plan& wanted, bool supersede = false) {
    return deploy(wanted, ids_.next(), supersede);
  }
  /// The id, when it is accepted.
  Result<std::string> deploy(rollout::Plan wanted, const std::string& id, bool supersede = false) {
    wanted.deployment = id;
    TRY(controller_->deploy({DeployRequest{.plan = std::move(wanted), .supersede = supersede, .serving = {}}}));
    return id;
  }
  /// Until the condition holds; false when it does not within a while of simulated time.
  bool until(const std::function<bool()>& condition, Milliseconds within = 120s) {
    const TimePoint bound = executor_.now() + within;
    while (!condition()) {
      if (executor_.now() > bound) return false;
      (void)executor_.step();
    }
    return true;
  }
  bool until_outcome(const std::string& id, Outcome outcome) {
    return until([&] {
      const auto& all = journal_.summaries();
      const auto found = std::ranges::find(all, id, &ports::DeploymentSummary::deployment);
      return found != all.end() && found->outcome == outcome;
    });
  }
  bool until_stage(const std::string& id, StageKind kind) {
    return until([&] {
      const Deployment* deployment = controller_->find(id);
      if (deployment == nullptr) return false;
      const auto stage = rollout::current_stage(deployment->state);
      return stage && stage->kind == kind;
    });
  }
  /// The first revision serves.
  void serve_first() {
    const auto id = deploy(plan("r1"));
    ASSERT_TRUE(id);
    ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
  }
  /// What a word brings, once it is answered; `delayed` has why it is not yet.
  struct Answer {
    std::optional<Status> status;
    std::string delayed;
  };
  static std::shared_ptr<Answer> ask(const std::function<void(WordReply)>& say) {
    auto answer = std::make_shared<Answer>();
    say({[answer](const Status& status) { answer->status = status; },
         [answer](const Error& error) { answer->delayed = error.message; }});
    return answer;
  }
  bool hold(const std::string& id) {
    const auto answer = ask([&](WordReply reply) { controller_->hold(id, "ana", std::move(reply)); });
    return answer->status && *answer->status;
  }
  Weight green_share() const { return rollout::share_of(router_.find(key_)->split, rollout::Slot::B); }

  rollout::ServiceKey key_{"shop", "local", "service0"};
  simulation::Faults faults_{1, {}};
  simulation::Crashes crashes_{faults_, {}};
  simulation::Trace trace_{{}};
  simulation::SimulatedExecutor executor_{Chance(1, "time"), faults_, crashes_};
  simulation::World world_{executor_, faults_, crashes_, trace_, Chance(1, "world"), simulation::Sabotage::None,
                           nullptr,   {}};
  simulation::SimulatedJournal journal_{world_};
  simulation::SimulatedFleet fleet_{world_};
  simulation::SimulatedRouter router_{world_, fleet_};
  simulation::SimulatedServiceLog service_log_;
  simulation::SimulatedTelemetry telemetry_{world_, fleet_, router_, service_log_};
  simulation::SimulatedNotifier notifier_{world_};
  simulation::SimulatedProcesses processes_{world_};
  simulation::SimulatedHttp http_{world_, fleet_, router_};
  simulation::SimulatedSecrets secrets_;
  simulation::SimulatedMetricQueries metric_queries_;
  simulation::SimulatedPeriodMetrics period_metrics_;
  simulation::SimulatedFunctions functions_;
  simulation::SimulatedWitnesses witnesses_;
  simulation::SimulatedImageScans image_scans_;
  simulation::SimulatedIds ids_;
  std::unique_ptr<Controller> controller_;

  void SetUp() override { telemetry_.begin(key_, 100); }
};

/// A release of the service and of a stage that leads to it.
class ReleaseBehindAFrontDoor : public ControllerTest {
 protected:
  std::vector<std::string> release(const std::string& revision, Milliseconds last_bake) {
    rollout::Plan service = plan(revision);
    rollout::Plan door = plan(revision + "-door");
    door.service = door_;
    door.green.target = rollout::GatewayTarget{};
    door.front_door.host = "door.test";
    door.strategy.steps = {door.strategy.steps.back()};
    for (rollout::Plan* each : {&service, &door}) {
      each->deployment = ids_.next();
      each->alarms.clear();
      each->analysis.reset();
      each->strategy.steps.back().bake = last_bake;
    }
    rollout::join_in_release(ids_.next(), {&service, &door}, {{}, {key_.service}});
    std::vector<DeployRequest> requests{{.plan = service, .serving = {}}, {.plan = door, .serving = {}}};
    EXPECT_TRUE(controller_->deploy(std::move(requests)));
    return {service.deployment, door.deployment};
  }
  bool leads_to_green(const rollout::ServiceKey& service) const {
    return rollout::share_of(router_.find(service)->split, rollout::Slot::B) != Weight::none();
  }
  void SetUp() override {
    ControllerTest::SetUp();
    telemetry_.begin(door_, 100);
    for (const std::string& id : release("r1", 1s)) ASSERT_TRUE(until_outcome(id, Outcome::Succeeded));
    released_ = release("r2", 60s);
    const auto has_all = [this](const auto& key) { return router_.find(key)->split.slot_b == Weight::full(); };
    ASSERT_TRUE(until([&] { return has_all(key_) && has_all(door_); }));
  }
  void take_back() {
    (void)ask([&](WordReply reply) { controller_->roll_back(released_[0], "ana", "odd", std::move(reply)); });
  }

  rollout::ServiceKey door_{"shop", "local", "door"};
  std::vector<std::string> released_;
};

TEST_F(ReleaseBehindAFrontDoor, GoesBackBehindIt) {
  take_back();
  ASSERT_TRUE(until([&] { return !leads_to_green(door_); }));
  EXPECT_TRUE(leads_to_green(key_));
  for (const std::string& id : released_) EXPECT_TRUE(until_outcome(id, Outcome::RolledBack));
}

TEST_F(ReleaseBehindAFrontDoor, WaitsForItsFirstAttemptAlone) {
  const TimePoint asked = executor_.now();
  router_.refuse_until(asked + 10s);
  take_back();
  ASSERT_TRUE(until([&] { return !controller_->find(released_[0])->state.last_failure.empty(); }));
  EXPECT_LT(executor_.now() - asked, 1s) << "it has tried, too";
  for (const std::string& id : released_) EXPECT_TRUE(until_outcome(id, Outcome::RolledBack));
}

TEST_F(ControllerTest, ANewerDeploymentRollsAHeldOneBackAndBeginsThen) {
  serve_first();
  const auto held = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*held, StageKind::Bake));
  ASSERT_TRUE(hold(*held));
  ASSERT_TRUE(until([&] { return controller_->find(*held)->state.mode == Mode::Held; }));
  const auto newer = deploy(plan("r3"));
  ASSERT_TRUE(newer);
  EXPECT_TRUE(controller_->is_queued(*newer));
  EXPECT_TRUE(until_outcome(*held, Outcome::RolledBack));
  EXPECT_TRUE(until_outcome(*newer, Outcome::Succeeded));
  EXPECT_EQ(fleet_.running(key_, "r2"), 0);
}

TEST_F(ControllerTest, ADeploymentThatWaitsForAnotherBeginsThoughTheControllerDied) {
  serve_first();
  const auto held = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*held, StageKind::Bake));
  const auto newer = deploy(plan("r3"), true);
  ASSERT_TRUE(newer);
  ASSERT_TRUE(controller_->is_queued(*newer));
  die();
  start();
  EXPECT_TRUE(controller_->is_queued(*newer));
  EXPECT_TRUE(until_outcome(*held, Outcome::RolledBack));
  EXPECT_TRUE(until_outcome(*newer, Outcome::Succeeded));
}

TEST_F(ControllerTest, ASupersedeThatTheJournalTookAloneReachesTheOneBeforeItAfterACrash) {
  serve_first();
  const auto held = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*held, StageKind::Bake));
  rollout::Plan waiting = plan("r3");
  waiting.deployment = ids_.next();
  ASSERT_TRUE(journal_.enqueue({waiting, executor_.now()}));
  die();
  start();
  EXPECT_TRUE(until_outcome(*held, Outcome::RolledBack));
  EXPECT_TRUE(until_outcome(waiting.deployment, Outcome::Succeeded));
}

TEST_F(ControllerTest, ADeploymentThatWaitedInVainHasAnEndWithAReason) {
  serve_first();
  rollout::Plan waiting = plan("r1");  // it serves already
  waiting.deployment = ids_.next();
  die();
  ASSERT_TRUE(journal_.enqueue({waiting, executor_.now()}));
  start();
  ASSERT_TRUE(until_outcome(waiting.deployment, Outcome::FailedBeforeTraffic));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("serves"));
  EXPECT_FALSE(controller_->is_queued(waiting.deployment));
}

TEST_F(ControllerTest, AnIdThatIsKnownIsAnsweredWithoutANewDeploymentAndIsOfOneService) {
  const auto id = deploy(plan("r1"));
  ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
  EXPECT_EQ(deploy(plan("r2"), *id).value(), *id);
  EXPECT_EQ(journal_.records().size(), 1u);
  rollout::Plan other = plan("r3");
  other.service.service = "api";
  const auto mixed = deploy(other, *id);
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().kind, ErrorKind::Conflict);
  EXPECT_THAT(mixed.error().message, HasSubstr("service0"));
}

TEST_F(ControllerTest, AConflictNamesTheOwnerAndTheWayOut) {
  const auto id = deploy(plan("r1"));
  const auto second = deploy(plan("r2"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
  EXPECT_THAT(second.error().message, HasSubstr(*id));
  EXPECT_THAT(second.error().message, HasSubstr("by ana"));
  EXPECT_THAT(second.error().message, HasSubstr("--supersede"));
}

TEST_F(ControllerTest, WhatServesAlreadyIsNotDeployedAgain) {
  serve_first();
  const auto again = deploy(plan("r1"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::InvalidInput);
}

TEST_F(ControllerTest, AJournalThatRefusesDoesNotHoldUpTheWeightsOfARollback) {
  serve_first();
  world_.qualities["r2"].error_share = 0.5;
  rollout::Plan bad = plan("r2");
  bad.strategy.steps[0].bake = 2s;
  const auto id = deploy(bad);
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  ASSERT_GT(green_share(), Weight::none());
  const TimePoint refuses_until = executor_.now() + 30s;
  journal_.refuse_until(refuses_until, false);
  // Something else waits first in the line: the end of the bake.
  const auto answer = ask([&](WordReply reply) { controller_->hold(*id, "ana", std::move(reply)); });
  EXPECT_TRUE(until([&] { return green_share() == Weight::none(); }, 5s));
  EXPECT_EQ(controller_->find(*id)->state.mode, Mode::Forward) << "nothing of it is in the journal yet";
  EXPECT_FALSE(answer->status) << "nor is the hold";
  EXPECT_THAT(answer->delayed, HasSubstr("no space left"));
  EXPECT_TRUE(until_outcome(*id, Outcome::RolledBack));
  EXPECT_GE(executor_.now(), refuses_until);
}

TEST_F(ControllerTest, AWordIsAnsweredWhenItIsDurable) {
  serve_first();
  const auto id = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  const TimePoint refuses_until = executor_.now() + 2s;
  journal_.refuse_until(refuses_until, false);
  const auto answer = ask([&](WordReply reply) { controller_->cancel(*id, "ana", std::move(reply)); });
  EXPECT_FALSE(answer->status);
  EXPECT_THAT(answer->delayed, HasSubstr("no space left"));
  EXPECT_TRUE(until([&] { return green_share() == Weight::none(); }, 1s)) << "its weights wait for nobody";
  ASSERT_TRUE(until([&] { return answer->status.has_value(); }));
  EXPECT_GE(executor_.now(), refuses_until);
  EXPECT_TRUE(*answer->status);
  die();
  start();
  EXPECT_TRUE(until_outcome(*id, Outcome::Cancelled)) << "what was answered is not lost";
}

TEST_F(ControllerTest, AWordSaidWhileTheWorldIsBroughtBackComesAfterIt) {
  serve_first();
  const auto id = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  die();
  router_.set_split_by_hand(key_, {true, Weight::none()});
  start();
  const auto promoted = ask([&](WordReply reply) { controller_->promote(*id, "ana", true, std::move(reply)); });
  EXPECT_FALSE(promoted->status);
  EXPECT_THAT(promoted->delayed, HasSubstr("restarted"));
  ASSERT_TRUE(until([&] { return promoted->status.has_value(); }));
  EXPECT_TRUE(*promoted->status);
  EXPECT_GT(green_share(), Weight::none()) << "the split was brought back before";
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded));
}

TEST_F(ControllerTest, AWordWhoseSenseIsGoneWhenTheJournalTakesItIsRefusedInTheEnd) {
  serve_first();
  const auto id = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  journal_.refuse_until(executor_.now() + 2s, false);
  const auto cancelled = ask([&](WordReply reply) { controller_->cancel(*id, "ana", std::move(reply)); });
  const auto promoted = ask([&](WordReply reply) { controller_->promote(*id, "ben", false, std::move(reply)); });
  EXPECT_THAT(promoted->delayed, HasSubstr("no space left"));
  ASSERT_TRUE(until([&] { return cancelled->status && promoted->status; }));
  EXPECT_TRUE(*cancelled->status);
  ASSERT_FALSE(*promoted->status);
  EXPECT_THAT(promoted->status->error().message, HasSubstr("being rolled back"));
}

TEST_F(ControllerTest, ASlowVersionIsRolledBackByItsLatency) {
  serve_first();
  world_.qualities["r2"].answers_in = 1500ms;
  rollout::Plan slow = plan("r2");
  slow.alarms = {{.name = "p95",
                  .metric = analysis::Metric::LatencyP95,
                  .above = 1000,
                  .datapoints = 2,
                  .out_of = 3,
                  .every = 1s}};
  slow.strategy.steps[0].bake = 5s;
  const auto id = deploy(slow);
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("GREEN's p95 is "));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("allows 1s; BLUE "));
}

TEST_F(ControllerTest, ANoisyVersionIsHeldByItsLogAndItsFirstErrorLinesAreEvidence) {
  world_.qualities["r1"].log_errors = 0.02;
  serve_first();
  world_.qualities["r2"].log_errors = 0.9;
  rollout::Plan noisy = plan("r2");
  noisy.alarms = {{.name = "error_log",
                   .metric = analysis::Metric::ErrorLogRate,
                   .above = 5,
                   .threshold = analysis::Threshold::TimesBlue,
                   .every = 1s,
                   .then = analysis::Action::Hold}};
  const auto id = deploy(noisy);
  ASSERT_TRUE(until([&] { return controller_->find(*id)->state.mode == Mode::Held; }));
  const rollout::Cause& cause = controller_->find(*id)->state.hold->cause;
  EXPECT_THAT(cause.sentence, HasSubstr("error lines in "));
  EXPECT_THAT(cause.sentence, HasSubstr("; GREEN logged: ERROR: the bug"));
  EXPECT_THAT(cause.particulars.error_lines, testing::Contains(HasSubstr("ERROR: the bug")));
  (void)ask([&](WordReply reply) { controller_->roll_back(*id, "ana", "", std::move(reply)); });
  ASSERT_TRUE(until([&] { return !controller_->find(*id)->state.evidence.empty(); }));
  EXPECT_THAT(controller_->find(*id)->state.evidence, testing::Contains(HasSubstr("ERROR: the bug")));
}

TEST_F(ControllerTest, AnAlarmNamesTheWorstRouteAndTheFirstFailedRequests) {
  serve_first();
  world_.qualities["r2"].error_share = 0.5;
  const auto id = deploy(plan("r2"));
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  const rollout::Cause& cause = *controller_->find(*id)->state.cause;
  ASSERT_TRUE(cause.particulars.worst_route);
  EXPECT_EQ(cause.particulars.worst_route->green.route, "POST /chat");
  EXPECT_GT(cause.particulars.worst_route->blue.requests, cause.particulars.worst_route->green.requests);
  EXPECT_EQ(cause.particulars.request_ids.size(), analysis::kMostNamedRequests);
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("; worst route: POST /chat ("));
}

TEST_F(ControllerTest, TheComparisonNamesTheWorstRouteAndTheFirstFailedRequests) {
  serve_first();
  world_.qualities["r2"].error_share = 0.5;
  rollout::Plan compared = plan("r2");
  compared.alarms.clear();
  compared.analysis.emplace();
  compared.strategy.steps[0].bake = 30s;
  const auto id = deploy(compared);
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  const rollout::Cause& cause = *controller_->find(*id)->state.cause;
  EXPECT_EQ(cause.subject, "sequential errors");
  EXPECT_THAT(cause.sentence, HasSubstr("; worst route: POST /chat ("));
  EXPECT_THAT(cause.sentence, HasSubstr("; first failed requests: q"));
}

/// A plan that compares one metric of the user's own, and no alarm.
rollout::Plan with_metric(rollout::Plan plan, const analysis::SequentialMetric& test,
                          const analysis::MetricSource& source) {
  plan.alarms.clear();
  plan.analysis.emplace();
  plan.analysis->sequential.more = {test};
  plan.analysis->sources = {source};
  plan.strategy.steps[0].bake = 60s;
  return plan;
}
const analysis::SequentialMetric kEmptyAnswers{.name = "empty_answers", .floor = 0.01};

rollout::Witness witness(rollout::WitnessState state, TimePoint since = {}) {
  return {"shop-5xx", state, "3 datapoints were above 1", since};
}

rollout::Plan with_a_witness(rollout::Plan plan) {
  plan.witnesses = {"shop-5xx"};
  return plan;
}

TEST_F(ControllerTest, ANamedAlarmThatFiresStopsADeploymentBeforeItBegins) {
  serve_first();
  witnesses_.set(witness(rollout::WitnessState::Firing));
  const auto stopped = deploy(with_a_witness(plan("r2")));
  ASSERT_TRUE(stopped);
  ASSERT_TRUE(until_outcome(*stopped, Outcome::FailedBeforeTraffic));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("shop-5xx is in ALARM already"));
  rollout::Plan cure = with_a_witness(plan("r3"));
  cure.while_alarming = true;
  const auto id = deploy(cure);
  ASSERT_TRUE(id);
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded));
}

TEST_F(ControllerTest, ANamedAlarmThatIsNotThereStopsADeploymentBeforeItBegins) {
  serve_first();
  const auto id = deploy(with_a_witness(plan("r2")));
  ASSERT_TRUE(id);
  ASSERT_TRUE(until_outcome(*id, Outcome::FailedBeforeTraffic));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("there is no CloudWatch alarm shop-5xx"));
}

TEST_F(ControllerTest, ANamedAlarmTakesGreenBack) {
  serve_first();
  witnesses_.set(witness(rollout::WitnessState::Ok));
  const auto id = deploy(with_a_witness(plan("r2")));
  ASSERT_TRUE(id);
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  witnesses_.set(witness(rollout::WitnessState::Firing, executor_.now()));
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("3 datapoints were above 1"));
  EXPECT_EQ(green_share(), Weight::none());
}

TEST_F(ControllerTest, ANamedAlarmWithoutDataOrAnAnswerHoldsATrafficStepAtItsEnd) {
  serve_first();
  witnesses_.set(witness(rollout::WitnessState::NoData));
  const auto is_held = [&](const std::string& id) {
    return until([&] { return controller_->find(id) != nullptr && controller_->find(id)->state.mode == Mode::Held; });
  };
  const auto id = deploy(with_a_witness(plan("r2")));
  ASSERT_TRUE(id);
  ASSERT_TRUE(is_held(*id));
  EXPECT_THAT(controller_->find(*id)->state.hold->cause.sentence, HasSubstr("INSUFFICIENT_DATA"));
  (void)ask([&](WordReply reply) { controller_->roll_back(*id, "ana", "", std::move(reply)); });
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  witnesses_.set(witness(rollout::WitnessState::Ok));
  const auto unheard = deploy(with_a_witness(plan("r3")));
  ASSERT_TRUE(unheard);
  ASSERT_TRUE(until_stage(*unheard, StageKind::Bake));
  witnesses_.failure = Error{ErrorKind::Denied, "not you"};
  ASSERT_TRUE(is_held(*unheard));
  EXPECT_THAT(controller_->find(*unheard)->state.hold->cause.sentence, HasSubstr("cannot be asked: not you"));
}

TEST_F(ControllerTest, AStepThatEndsWhileNamedAlarmsAreNotAskedYetWaitsForThem) {
  serve_first();
  witnesses_.set(witness(rollout::WitnessState::Ok));
  const auto bakes_again = [&](const std::string& id) {
    EXPECT_TRUE(until_stage(id, StageKind::Bake));
    die();
    witnesses_.failure = Error{ErrorKind::NotFound, "not asked yet"};
    start();
    const auto& state = controller_->find(id)->state;
    EXPECT_TRUE(until([&] { return state.in_flight.has_value(); }));
    return state.in_flight->deadline;
  };
  const auto id = deploy(with_a_witness(plan("r2")));
  const TimePoint deadline = bakes_again(*id);
  EXPECT_TRUE(until([&] { return executor_.now() > deadline - 1s; }));
  EXPECT_EQ(controller_->find(*id)->state.mode, Mode::Forward);
  witnesses_.failure.reset();
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded));

  const auto unheard = deploy(with_a_witness(plan("r3")));
  (void)bakes_again(*unheard);
  ASSERT_TRUE(until([&] { return controller_->find(*unheard)->state.mode == Mode::Held; }));
  EXPECT_THAT(controller_->find(*unheard)->state.hold->cause.sentence, HasSubstr("cannot be asked: not asked yet"));
}

rollout::Plan with_a_scan_gate(rollout::Plan plan) {
  plan.scan_gate.emplace().within = 60s;
  return plan;
}
rollout::ImageScan scan(rollout::ScanProgress progress, std::vector<image::Vulnerability> found = {}) {
  return {.platform = "", .progress = progress, .reason = "the scan runs", .report = {std::move(found)}};
}
using Scans = std::vector<rollout::ImageScan>;
const image::Vulnerability kCritical{.id = "CVE-1",
                                     .severity = image::ScanSeverity::Critical,
                                     .package = "openssl",
                                     .installed_version = "3.0.11",
                                     .fixed_version = "",
                                     .target = ""};

TEST_F(ControllerTest, AnImageWithABlockedFindingIsRefusedBeforeAnythingStarts) {
  serve_first();
  image_scans_.answers = {Scans{scan(rollout::ScanProgress::Done, {kCritical})}};
  const auto id = deploy(with_a_scan_gate(plan("r2")));
  ASSERT_TRUE(id);
  ASSERT_TRUE(until_outcome(*id, Outcome::FailedBeforeTraffic));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("(1 CRITICAL): CVE-1 (CRITICAL) in openssl 3.0.11"));
  EXPECT_EQ(journal_.summaries().back().cause_kind, "scan");
  EXPECT_EQ(image_scans_.looks, 1u);
}

TEST_F(ControllerTest, AScanThatIsNotOverIsWaitedFor) {
  serve_first();
  image_scans_.answers = {Scans{scan(rollout::ScanProgress::Pending)}, Error{ErrorKind::Throttled, "slow down"},
                          Scans{scan(rollout::ScanProgress::Done)}};
  const auto id = deploy(with_a_scan_gate(plan("r2")));
  ASSERT_TRUE(id);
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded));
  EXPECT_EQ(image_scans_.looks, 3u);
  EXPECT_EQ(image_scans_.asked_for, plan("r2").green.image);
}

TEST_F(ControllerTest, AScanThatDoesNotEndInTimeIsRefused) {
  serve_first();
  image_scans_.answers = {Scans{scan(rollout::ScanProgress::Pending)}};
  const auto id = deploy(with_a_scan_gate(plan("r2")));
  ASSERT_TRUE(id);
  const TimePoint began = executor_.now();
  ASSERT_TRUE(until_outcome(*id, Outcome::FailedBeforeTraffic));
  EXPECT_GE(executor_.now() - began, 60s);
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("the scan runs. That was waited for as long as 'within'"));
}

TEST_F(ControllerTest, ARegistryThatRefusesToTellOfScansRefusesTheDeployment) {
  serve_first();
  image_scans_.answers = {Error{ErrorKind::Denied, "allow ecr:DescribeImageScanFindings"}};
  const auto id = deploy(with_a_scan_gate(plan("r2")));
  ASSERT_TRUE(id);
  ASSERT_TRUE(until_outcome(*id, Outcome::FailedBeforeTraffic));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("allow ecr:DescribeImageScanFindings"));
}

TEST_F(ControllerTest, ADeploymentThatWaitsForAScanCanBeCancelledAndTakenUpAgain) {
  serve_first();
  image_scans_.answers = {Scans{scan(rollout::ScanProgress::Pending)}};
  const auto id = deploy(with_a_scan_gate(plan("r2")));
  ASSERT_TRUE(until_stage(*id, StageKind::CheckScan));
  ASSERT_TRUE(until([&] { return image_scans_.looks > 1; }));
  die();
  start();
  const std::size_t looks = image_scans_.looks;
  ASSERT_TRUE(until([&] { return image_scans_.looks > looks + 1; }));
  (void)ask([&](WordReply reply) { controller_->cancel(*id, "ana", std::move(reply)); });
  EXPECT_TRUE(until_outcome(*id, Outcome::Cancelled));
}

TEST_F(ControllerTest, AMetricOfTheUsersOwnInTheLogRollsBack) {
  world_.qualities["r1"].log_events = 0.01;
  serve_first();
  world_.qualities["r2"].log_events = 0.5;
  const auto id = deploy(with_metric(plan("r2"), kEmptyAnswers, {.field = "answer_empty"}));
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  const rollout::Cause& cause = *controller_->find(*id)->state.cause;
  EXPECT_EQ(cause.subject, "sequential empty_answers");
  EXPECT_THAT(cause.sentence, HasSubstr("empty_answers is "));
  EXPECT_THAT(cause.sentence, HasSubstr("% on GREEN"));
}

TEST_F(ControllerTest, AMetricOfTheRoutersRollsBack) {
  serve_first();
  world_.qualities["r2"].error_share = 0.5;
  rollout::Plan refused =
      with_metric(plan("r2"), {.name = "refused", .floor = 0.01},
                  {.from = analysis::SourceKind::Router, .statuses = {{503, 503}}, .path = "/chat"});
  refused.analysis->sequential.errors.share = 0;
  const auto id = deploy(refused);
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  EXPECT_EQ(controller_->find(*id)->state.cause->subject, "sequential refused");
}

/// A store in which BLUE loses one cart in a hundred and GREEN one in `green`, a hundred requests a second each.
simulation::SimulatedMetricQueries::Answer carts(TimePoint start, double green) {
  return [start, green](const std::string& query, TimePoint at) -> Result<std::vector<analysis::CounterSample>> {
    const auto requests = static_cast<double>((at - start).count()) / 10;
    const bool is_green = query.find("green") != std::string::npos;
    const double share = query.starts_with("lost") ? 1 / (is_green ? green : 100) : 1;
    return std::vector{analysis::CounterSample{.value = std::floor(requests * share), .edge = {}}};
  };
}
const analysis::SequentialMetric kCarts{.name = "carts_lost", .every = 5s};
const analysis::MetricSource kStore{.from = analysis::SourceKind::Prometheus,
                                    .url = "http://metrics",
                                    .events = "lost{colour=\"$colour\"}",
                                    .requests = "all{colour=\"$colour\"}"};

TEST_F(ControllerTest, AMetricOfAPrometheusRollsBackByAggregates) {
  serve_first();
  metric_queries_.answer = carts(executor_.now(), 10);
  const auto id = deploy(with_metric(plan("r2"), kCarts, kStore));
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  EXPECT_EQ(controller_->find(*id)->state.cause->subject, "sequential carts_lost");
}

TEST_F(ControllerTest, AMetricOfAPrometheusThatIsNoWorseLetsGreenPass) {
  serve_first();
  metric_queries_.answer = carts(executor_.now(), 100);
  const auto id = deploy(with_metric(plan("r2"), kCarts, kStore));
  ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
}

TEST_F(ControllerTest, APrometheusThatDoesNotAnswerHoldsAtTheEndOfTheStep) {
  serve_first();
  const auto id = deploy(with_metric(plan("r2"), kCarts, kStore));
  ASSERT_TRUE(until([&] { return controller_->find(*id)->state.mode == Mode::Held; }));
  const rollout::Cause& cause = controller_->find(*id)->state.hold->cause;
  EXPECT_EQ(cause.kind, rollout::CauseKind::NoData);
  EXPECT_EQ(cause.subject, "metric carts_lost");
  EXPECT_THAT(cause.sentence, HasSubstr("nobody answers at http://metrics"));
  EXPECT_TRUE(*ask([&](WordReply reply) { controller_->promote(*id, "ana", false, std::move(reply)); })->status);
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded)) << "a person may pass over it";
}

TEST_F(ControllerTest, AMetricWhoseDataMayBeMissingHoldsNothing) {
  serve_first();
  analysis::MetricSource store = kStore;
  store.missing = analysis::Missing::Ignore;
  const auto id = deploy(with_metric(plan("r2"), kCarts, store));
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded));
}

/// No users at all: nothing but sluice's own requests says how GREEN is.
rollout::Plan with_probes(rollout::Plan plan) {
  plan = with_metric(std::move(plan), {.name = std::string(analysis::kProbesName), .floor = 0.0025},
                     {.from = analysis::SourceKind::Probes, .missing = analysis::Missing::Ignore});
  plan.probes =
      rollout::Probes{.rate = 5, .below = 1, .requests = {rollout::SmokeTest{.name = "chat", .path = "/chat"}}};
  plan.analysis->enough = {.requests = 50, .at_most_worse = 0.2, .extension = 60s};
  plan.strategy.steps[0].bake = 10s;
  return plan;
}

TEST_F(ControllerTest, AGoodVersionWithoutUsersPassesByProbes) {
  serve_first();
  telemetry_.begin(key_, 0);
  const auto id = deploy(with_probes(plan("r2")));
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded));
}

TEST_F(ControllerTest, ABadVersionWithoutUsersIsTakenBackByProbes) {
  serve_first();
  telemetry_.begin(key_, 0);
  rollout::Plan bad = with_probes(plan("r2"));
  bad.smoke.clear();
  world_.qualities["r2"].error_share = 0.7;
  const auto id = deploy(bad);
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  EXPECT_EQ(controller_->find(*id)->state.cause->subject, "sequential probes");
  EXPECT_THAT(controller_->find(*id)->state.cause->sentence, HasSubstr("of sluice's own requests"));
}

TEST_F(ControllerTest, AVersionWithoutUsersOrProbesIsHeld) {
  serve_first();
  telemetry_.begin(key_, 0);
  rollout::Plan silent = with_probes(plan("r2"));
  silent.probes.reset();
  const auto id = deploy(silent);
  ASSERT_TRUE(until([&] { return controller_->find(*id)->state.mode == Mode::Held; }));
  EXPECT_EQ(controller_->find(*id)->state.hold->cause.subject, "evidence");
}

TEST_F(ControllerTest, AnOutageOfBothHoldsAGatedAlarmUntilItIsGreensOwn) {
  serve_first();
  rollout::Plan gated = plan("r2");
  gated.alarms[0].gate_on_blue = analysis::Action::Hold;
  gated.strategy.steps[0].bake = 20s;
  const auto id = deploy(gated);
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  const TimePoint blue_until = executor_.now() + 6s;
  telemetry_.disturb(key_, rollout::Slot::A, blue_until, 0.5);
  telemetry_.disturb(key_, rollout::Slot::B, executor_.now() + 60s, 0.5);
  ASSERT_TRUE(until([&] { return controller_->find(*id)->state.mode == Mode::Held; }));
  EXPECT_LT(executor_.now(), blue_until);
  EXPECT_THAT(controller_->find(*id)->state.hold->cause.sentence, HasSubstr("BLUE's traffic explains it"));
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  EXPECT_GE(executor_.now(), blue_until);
}

TEST_F(ControllerTest, TelemetryThatStopsHoldsALatencyAlarm) {
  serve_first();
  rollout::Plan watched = plan("r2");
  watched.alarms = {{.name = "p95", .metric = analysis::Metric::LatencyP95, .above = 1000, .every = 1s}};
  const auto id = deploy(watched);
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  telemetry_.watch_nothing_until(executor_.now() + 60s);
  ASSERT_TRUE(until([&] { return controller_->find(*id)->state.mode == Mode::Held; }));
  EXPECT_THAT(controller_->find(*id)->state.hold->cause.sentence, HasSubstr("not watched"));
}

TEST_F(ControllerTest, ARouterThatDoesNotAnswerForAWhileFailsNoSmokeTest) {
  serve_first();
  const auto id = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*id, StageKind::SmokeGreen));
  router_.refuse_until(executor_.now() + 5s);
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded));
}

TEST_F(ControllerTest, ARouterThatDoesNotAnswerAtAllFailsTheSmokeTestsWithThatReason) {
  serve_first();
  const auto id = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*id, StageKind::SmokeGreen));
  router_.refuse_until(executor_.now() + 60s);
  ASSERT_TRUE(until_outcome(*id, Outcome::FailedBeforeTraffic));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("the router's socket refuses"));
}

TEST_F(ControllerTest, ADrainEndsAtItsLimit) {
  serve_first();
  rollout::Plan next = plan("r2");
  next.strategy.drain = 3s;
  next.strategy.drain_websockets = 4s;
  router_.never_drains();
  const auto id = deploy(next);
  ASSERT_TRUE(until_stage(*id, StageKind::DrainBlue));
  const TimePoint began = executor_.now();
  EXPECT_EQ(fleet_.running(key_, "r1"), 1);
  ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
  EXPECT_GE(executor_.now() - began, 4s) << "WebSockets have the longer limit";
  EXPECT_LE(executor_.now() - began, 5s);
  EXPECT_EQ(fleet_.running(key_, "r1"), 0);
}

TEST_F(ControllerTest, AMessageIsSentAgainUntilItArrivesAndHoldsNothingUp) {
  world_.sabotage = simulation::Sabotage::LoseMessages;
  const auto id = deploy(plan("r1"));
  ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
  const auto delivered = [&] { return !notifier_.delivered().empty(); };
  EXPECT_FALSE(until(delivered, 10s));
  EXPECT_FALSE(journal_.is_archived(*id));
  die();
  start();
  world_.sabotage = simulation::Sabotage::None;
  EXPECT_TRUE(until(delivered));
  EXPECT_TRUE(until([&] { return journal_.is_archived(*id); }));
  EXPECT_EQ(notifier_.delivered().size(), 1u);
}

TEST_F(ControllerTest, AHoldKeepsItsDeadlineOverARestart) {
  serve_first();
  const auto id = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*id, StageKind::StartGreen));
  ASSERT_TRUE(hold(*id));
  ASSERT_TRUE(until([&] { return controller_->find(*id)->state.mode == Mode::Held; }));
  const TimePoint deadline = controller_->find(*id)->state.hold->deadline;
  die();
  start();
  EXPECT_TRUE(until_outcome(*id, Outcome::FailedBeforeTraffic));
  EXPECT_GE(executor_.now(), deadline);
  EXPECT_LE(executor_.now(), deadline + 5s);
}

TEST_F(ControllerTest, BlueIsNotStoppedWhileNoReplicaOfGreenRuns) {
  serve_first();
  rollout::Plan next = plan("r2");
  next.strategy.drain = next.strategy.drain_websockets = 5s;
  router_.never_drains();
  world_.qualities["r2"].starts_in = 20s;
  next.green.health.within = 40s;
  const auto id = deploy(next);
  ASSERT_TRUE(until_stage(*id, StageKind::DrainBlue));
  while (fleet_.running(key_, "r2") > 0) fleet_.kill_revision(key_, "r2");
  ASSERT_TRUE(until_stage(*id, StageKind::RetireBlue));
  const bool stopped_early =
      until([&] { return fleet_.running(key_, "r1") == 0 && fleet_.running(key_, "r2") == 0; }, 15s);
  EXPECT_FALSE(stopped_early);
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded));
  EXPECT_EQ(fleet_.running(key_, "r2"), 1);
}

TEST_F(ControllerTest, WithOneReplicaGoneTheOthersServeOnWhileItCannotComeBack) {
  rollout::Plan three = plan("r1");
  three.green.replicas = 3;
  const auto id = deploy(three);
  ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
  world_.qualities["r1"].never_healthy = true;  // for what is started from now on
  fleet_.kill_one(0);
  EXPECT_FALSE(until([&] { return fleet_.running(key_, "r1") < 2; }, 60s));
}

TEST_F(ControllerTest, GreenThatItsTargetCannotKeepAliveIsRolledBackThoughItRuns) {
  serve_first();
  rollout::Plan next = plan("r2");
  next.strategy.steps[0].bake = 100s;
  const auto id = deploy(next);
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  fleet_.tell_of_crash_loop(key_, "r2", "it is in a crash loop: 3 tasks of it failed: exited 137");
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("GREEN: it is in a crash loop: 3 tasks of it failed"));
  EXPECT_EQ(green_share(), Weight::none());
}

TEST_F(ControllerTest, BlueThatItsTargetCannotKeepAliveTakesNoGreenBack) {
  serve_first();
  const auto id = deploy(plan("r2"));
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  fleet_.tell_of_crash_loop(key_, "r1", "it is in a crash loop: 3 tasks of it failed: exited 137");
  EXPECT_TRUE(until_outcome(*id, Outcome::Succeeded));
}

TEST_F(ControllerTest, WhatIsAboutToBeEndedIsNotStartedAgain) {
  serve_first();
  bool still = false;
  controller_->stop_keeping([&] { still = true; });
  ASSERT_TRUE(until([&] { return still; }));
  fleet_.kill_revision(key_, "r1");
  EXPECT_FALSE(until([&] { return fleet_.running(key_, "r1") > 0; }, 60s));
  EXPECT_EQ(deploy(plan("r2")).error().kind, ErrorKind::Conflict);
}

/// A plan whose GREEN needs a variable.
rollout::Plan with_variable(rollout::Plan plan) {
  plan.green.secrets["KEY"] = {rollout::SecretVariable{"MODEL_KEY"}, "f00d"};
  return plan;
}

TEST_F(ControllerTest, AReplicaThatCannotGetItsVariableIsNamedUntilSomebodyBringsIt) {
  secrets_.send("MODEL_KEY");
  const auto id = deploy(with_variable(plan("r1")));
  ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
  die();
  secrets_.forget_variables();
  fleet_.kill_revision(key_, "r1");
  start();
  ASSERT_TRUE(until([&] { return !controller_->problem(key_).empty(); }));
  EXPECT_THAT(controller_->problem(key_), HasSubstr("MODEL_KEY"));
  ASSERT_FALSE(controller_->recovery_problems().empty());
  EXPECT_THAT(controller_->recovery_problems().front(), HasSubstr("MODEL_KEY"));
  secrets_.send("MODEL_KEY");
  bool tried = false;
  controller_->try_again([&] { tried = true; });
  ASSERT_TRUE(until([&] { return tried; }, 20s));
  EXPECT_TRUE(controller_->recovery_problems().empty());
  EXPECT_EQ(controller_->problem(key_), "");
  EXPECT_EQ(fleet_.running(key_, "r1"), 1);
}

TEST_F(ControllerTest, GreenThatCannotComeBackForWantOfAVariableIsRolledBackWithThatReason) {
  serve_first();
  secrets_.send("MODEL_KEY");
  rollout::Plan next = with_variable(plan("r2"));
  next.strategy.steps[0].bake = 100s;
  const auto id = deploy(next);
  ASSERT_TRUE(until_stage(*id, StageKind::Bake));
  die();
  secrets_.forget_variables();
  start();
  fleet_.kill_revision(key_, "r2");
  ASSERT_TRUE(until_outcome(*id, Outcome::RolledBack));
  EXPECT_THAT(journal_.summaries().back().cause, HasSubstr("MODEL_KEY"));
  EXPECT_EQ(green_share(), Weight::none());
}

TEST_F(ControllerTest, AMessageWaitsForTheVariableThatHoldsItsAddress) {
  rollout::Plan told = plan("r1");
  told.notify = {{rollout::SlackChannel{rollout::SecretVariable{"SLACK_WEBHOOK"}}, {"succeeded"}}};
  const auto id = deploy(told);
  ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
  const auto delivered = [&] { return !notifier_.delivered().empty(); };
  EXPECT_FALSE(until(delivered, 10s));
  secrets_.send("SLACK_WEBHOOK");
  EXPECT_TRUE(until(delivered));
}

TEST_F(ControllerTest, WhoHasAMessageDoesNotGetItAgainWithThoseWhoHaveNot) {
  rollout::Plan told = plan("r1");
  const auto slack = [](const char* name) { return rollout::SlackChannel{rollout::SecretVariable{name}}; };
  told.notify = {{slack("ONE"), {"succeeded"}}, {slack("TWO"), {"succeeded"}}, {slack("THREE"), {"held"}}};
  secrets_.send("ONE");
  const auto id = deploy(told);
  ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
  EXPECT_FALSE(until([&] { return journal_.is_archived(*id); }, 30s));
  ASSERT_EQ(notifier_.delivered().size(), 1u);
  EXPECT_EQ(notifier_.delivered().begin()->second, 1);
  secrets_.send("TWO");
  EXPECT_TRUE(until([&] { return journal_.is_archived(*id); }));
  EXPECT_EQ(notifier_.delivered().begin()->second, 2);
}

TEST_F(ControllerTest, TheFiguresOfAnEndAreThoseOfTheEndHoweverLateTheyArrive) {
  rollout::Plan told = plan("r1");
  told.notify = {{rollout::SlackChannel{rollout::SecretVariable{"LATER"}}, {"succeeded"}},
                 {rollout::MetricNamespace{"Sluice", {}}, {}}};
  world_.sabotage = simulation::Sabotage::LoseMessages;
  const auto id = deploy(told);
  ASSERT_TRUE(until_outcome(*id, Outcome::Succeeded));
  EXPECT_FALSE(until([&] { return !notifier_.figures().empty(); }, 30s));
  die();
  world_.sabotage = simulation::Sabotage::None;
  start();
  ASSERT_TRUE(until([&] { return !notifier_.figures().empty(); }));
  secrets_.send("LATER");
  EXPECT_TRUE(until([&] { return journal_.is_archived(*id); }));
  ASSERT_EQ(notifier_.figures().size(), 1u) << "they are no matter of the other message's";
  const ports::DeploymentSummary end = journal_.summaries().back();
  EXPECT_EQ(notifier_.figures()[0].at, end.ended_at);
  EXPECT_EQ(notifier_.figures()[0].duration, *end.full_at - end.started_at);
  EXPECT_EQ(notifier_.figures()[0].succeeded, true);
}

TEST_F(ControllerTest, AReplicaThatNobodyKnowsIsStoppedInTheEnd) {
  serve_first();
  ports::FleetStart stray{key_, plan("r9").green, {}};
  executor_.run(ports::Executor::Lane::Ordinary, [&] { (void)fleet_.start(stray, {}); }, [] {});
  ASSERT_TRUE(until([&] { return fleet_.running(key_, "r9") == 1; }));
  EXPECT_TRUE(until([&] { return fleet_.running(key_, "r9") == 0; }));
  EXPECT_EQ(fleet_.running(key_, "r1"), 1);
}

}  // namespace
}  // namespace sluice::application
