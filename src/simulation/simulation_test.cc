#include "simulation/simulation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rehearsal/proportion.h"
#include "simulation/campaign.h"
#include "simulation/compared_scenario.h"

namespace sluice::simulation {
namespace {

using testing::Ge;
using testing::HasSubstr;

constexpr int kParts = 4;
constexpr int kSeedsAPart = 250;
/// Of the comparison, by default: so many good versions it may take back.
constexpr double kAlpha = 0.01;
/// That a correct comparison fails a part of the campaign, in a million campaigns of other seeds.
constexpr double kImprobable = 1e-6 / kParts;

/// 1,000 seeds in four parts, so that they may run beside each other.
class Campaign : public testing::TestWithParam<int> {};

TEST_P(Campaign, BreaksNoInvariantAndIsNotEmpty) {
  CampaignOptions options;
  options.from = 1 + static_cast<std::uint64_t>(GetParam()) * kSeedsAPart;
  options.seeds = kSeedsAPart;
  const CampaignResult result = run_campaign(options);
  for (const SimulationResult& failure : result.failures) ADD_FAILURE() << describe_failure(failure, options.faults);
  EXPECT_EQ(result.runs, kSeedsAPart);
  for (const rollout::Outcome outcome : {rollout::Outcome::Succeeded, rollout::Outcome::RolledBack,
                                         rollout::Outcome::FailedBeforeTraffic, rollout::Outcome::Cancelled}) {
    EXPECT_THAT(result.outcomes.contains(outcome) ? result.outcomes.at(outcome) : 0, Ge(30))
        << rollout::to_string(outcome);
  }
  for (const Fault fault : all_faults()) {
    EXPECT_THAT(result.faults.contains(fault) ? result.faults.at(fault) : 0, Ge(20)) << to_string(fault);
  }
  for (const char* word : {"promote", "promote full", "hold", "rollback", "cancel"}) {
    EXPECT_THAT(result.words.contains(word) ? result.words.at(word) : 0, Ge(10)) << word;
  }
  EXPECT_THAT(result.releases.succeeded, Ge(5));
  EXPECT_THAT(result.releases.taken_back, Ge(10));
  const ComparisonTally& comparison = result.comparison;
  EXPECT_THAT(comparison.fair, Ge(20)) << "deployments with a comparison and a GREEN that was as good as BLUE";
  EXPECT_THAT(comparison.worse_rollbacks, Ge(20));
  EXPECT_LT(comparison.fair_rollbacks, rehearsal::improbable_count(comparison.fair, kAlpha, kImprobable))
      << "of " << comparison.fair;
  RecordProperty("events", std::to_string(result.events));
  RecordProperty("crashes", std::to_string(result.crashes));
  RecordProperty("simulated", format_duration(result.simulated));
}

INSTANTIATE_TEST_SUITE_P(Thousand, Campaign, testing::Range(0, kParts));

/// The scenario as it is drawn first: what is drawn beside it later leaves these runs as they are.
SimulationResult run_plain(std::uint64_t seed) {
  SimulationOptions options;
  options.scenario = random_scenario(Chance(seed, "scenario"));
  return run_simulation(seed, options);
}

TEST(Simulation, TheSameSeedGivesTheSameTrace) {
  for (const std::uint64_t seed : {3, 8, 21, 104}) {
    const SimulationResult first = run_simulation(seed);
    const SimulationResult second = run_simulation(seed);
    EXPECT_EQ(first.trace_hash, second.trace_hash) << "seed " << seed;
    EXPECT_EQ(first.events, second.events) << "seed " << seed;
  }
  EXPECT_NE(run_simulation(3).trace_hash, run_simulation(4).trace_hash);
}

TEST(Simulation, WithoutFaultsNothingGoesWrongThatIsNotInTheRevisions) {
  CampaignOptions options;
  options.seeds = 50;
  options.faults.clear();
  const CampaignResult result = run_campaign(options);
  for (const SimulationResult& failure : result.failures) ADD_FAILURE() << describe_failure(failure, options.faults);
  EXPECT_EQ(result.crashes, 0);
  EXPECT_TRUE(result.faults.empty());
}

// Its weights had gone ahead of a rollback that no journal had when the controller died; then a promote came, before
// the split was as the state wanted it.
TEST(Simulation, AWordThatWentDownWithTheControllerLeavesNoSplitBehind) {
  const SimulationResult run = run_plain(302497);
  EXPECT_FALSE(run.violation) << *run.violation;
}

// An alarm that BLUE explained held, and the write of the next step, which was under way, was repeated.
TEST(Simulation, AWriteThatIsUnderWayIsFinishedUnderABreachThatOnlyHolds) {
  const SimulationResult run = run_plain(410236);
  EXPECT_FALSE(run.violation) << *run.violation;
}

TEST(Comparison, TakesAMuchWorseGreenBackByNameUnderCrashes) {
  ComparisonTally sum;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulationOptions options;
    options.scenario = compared_scenario(0.2);
    options.faults = {Fault::SlowCall, Fault::LostReply, Fault::CrashAfterAppend, Fault::CrashAnytime};
    const SimulationResult run = run_simulation(seed, options);
    EXPECT_FALSE(run.violation) << *run.violation;
    EXPECT_EQ(run.comparison.fair, 0) << "seed " << seed;
    sum += run.comparison;
  }
  EXPECT_THAT(sum.worse, Ge(15)) << "some die before they have traffic";
  EXPECT_EQ(sum.worse_rollbacks, sum.worse);
}

TEST(Comparison, LeavesAGreenThatIsAsGoodAsBlueAlone) {
  int fair = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulationOptions options;
    options.scenario = compared_scenario(0.01);
    options.faults.clear();
    const SimulationResult run = run_simulation(seed, options);
    EXPECT_FALSE(run.violation) << *run.violation;
    fair += run.comparison.fair;
    EXPECT_EQ(run.comparison.fair_rollbacks, 0) << "seed " << seed;
    EXPECT_EQ(run.outcomes.at(rollout::Outcome::Succeeded), 2) << "seed " << seed;
  }
  EXPECT_EQ(fair, 20);
}

// The count can fail: a comparison that allows GREEN a tenth of BLUE's errors takes good versions back.
TEST(Comparison, TheCountNoticesOneThatIsTooStrict) {
  ComparisonTally sum;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulationOptions options;
    options.scenario = compared_scenario(0.01);
    options.faults.clear();
    for (PlannedDeployment& planned : options.scenario->services.front().deployments) {
      planned.request.plan.analysis->sequential.errors.ratio = 0.1;
      planned.request.plan.analysis->sequential.errors.floor = 0;
    }
    sum += run_simulation(seed, options).comparison;
  }
  EXPECT_THAT(sum.fair_rollbacks, Ge(rehearsal::improbable_count(sum.fair, kAlpha, kImprobable)));
}

TEST(Simulation, AFailureNamesTheCommandThatRepeatsIt) {
  SimulationResult run;
  run.seed = 7;
  run.violation = "BLUE stays warm: r1 is stopped";
  EXPECT_EQ(describe_failure(run, {Fault::Words, Fault::SlowCall}),
            "seed 7: BLUE stays warm: r1 is stopped. Repeat it with: "
            "sluice simulate --seeds 1 --from 7 --faults slow_calls,words");
}

TEST(Faults, AreReadByName) {
  EXPECT_EQ(parse_faults("all")->size(), all_faults().size());
  EXPECT_TRUE(parse_faults("none")->empty());
  EXPECT_EQ(*parse_faults("words,lost_replies"), (std::set{Fault::Words, Fault::LostReply}));
  for (const Fault fault : all_faults()) EXPECT_EQ(*parse_faults(to_string(fault)), std::set{fault});
  EXPECT_THAT(parse_faults("lost_replys").error().message, HasSubstr("did you mean 'lost_replies'?"));
}

TEST(Faults, OneThatIsOffLeavesTheOthersAsTheyAre) {
  std::vector<bool> with;
  std::vector<bool> without;
  Faults all(5, {all_faults().begin(), all_faults().end()});
  Faults fewer(5, {Fault::FailingCall, Fault::SlowCall, Fault::LostReply});
  for (int i = 0; i < 500; ++i) {
    (void)all.strikes(Fault::RepeatedEffect, 0.5);
    for (const Fault fault : {Fault::FailingCall, Fault::SlowCall, Fault::LostReply}) {
      with.push_back(all.strikes(fault, 0.3));
      without.push_back(fewer.strikes(fault, 0.3));
    }
  }
  EXPECT_EQ(with, without);
}

}  // namespace
}  // namespace sluice::simulation
