#include "application/workflow/interrupted_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::application {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ports::RunStepRecord step(const std::string& job, int number, std::optional<workflow::Outcome> outcome = {}) {
  return {.job = job, .step = number, .name = "Make it", .outcome = outcome};
}

TEST(InterruptedRun, SaysWhichStepRan) {
  ports::RunRecord run;
  run.steps = {step("test", 1, workflow::Outcome::Success), step("test", 2)};
  const InterruptedRun interrupted = interrupted_run(run);
  EXPECT_EQ(interrupted.sentence, "the controller died while its job test ran its step 2 (Make it)");
  EXPECT_THAT(interrupted.deployments, IsEmpty());
}

TEST(InterruptedRun, SaysHowFarItCameWhenNoStepRan) {
  ports::RunRecord run;
  EXPECT_EQ(interrupted_run(run).sentence, "the controller died before its first step");
  run.steps = {step("test", 1, workflow::Outcome::Success)};
  EXPECT_EQ(interrupted_run(run).sentence, "the controller died after step 1 (Make it) of its job test");
}

TEST(InterruptedRun, FollowsTheDeploymentsOfTheStepThatDecidesIt) {
  ports::RunRecord run;
  run.steps = {step("deploy", 3)};
  run.steps.back().decides = true;
  EXPECT_THAT(interrupted_run(run).deployments, IsEmpty()) << "it had not asked for any";
  run.steps.back().deployments = {"d1", "d2"};
  EXPECT_THAT(interrupted_run(run).deployments, ElementsAre("d1", "d2"));
}

TEST(InterruptedRun, FollowsNothingWhenSomethingElseWasStillToCome) {
  ports::RunRecord run;
  run.steps = {step("deploy", 3)};
  run.steps.back().deployments = {"d1"};
  const InterruptedRun interrupted = interrupted_run(run);
  EXPECT_THAT(interrupted.deployments, IsEmpty());
  EXPECT_THAT(interrupted.sentence, HasSubstr("the deployment d1"));
  run.steps.back().decides = true;
  run.steps.push_back(step("other", 1));
  EXPECT_THAT(interrupted_run(run).deployments, IsEmpty()) << "two steps ran";
}

}  // namespace
}  // namespace sluice::application
