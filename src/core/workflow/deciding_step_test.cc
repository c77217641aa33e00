#include "core/workflow/deciding_step.h"

#include <gtest/gtest.h>

#include <memory>

#include "core/workflow/workflow.h"

namespace sluice::workflow {
namespace {

TEST(EndsWithDeploy, IsTrueOfAScriptWhoseLastCommandWaitsForADeployment) {
  EXPECT_TRUE(ends_with_deploy("sluice deploy web --image sha-1"));
  EXPECT_TRUE(ends_with_deploy("set -e\necho go\nsluice deploy \\\n  web \\\n  --wait\n\n# done\n"));
  EXPECT_TRUE(ends_with_deploy("  sluice deploy"));
}

TEST(EndsWithDeploy, IsFalseOfWhatEndsInAnotherWay) {
  for (const char* script :
       {"", "echo", "sluice deploy web\necho done", "sluice deploy web || true", "sluice deploy web &",
        "sluice deploy web; true", "sluice deploy web --detach", "sluice deploy -d web",
        "if true; then\n  sluice deploy web\nfi", "sluice deployments", "echo sluice deploy web"}) {
    EXPECT_FALSE(ends_with_deploy(script)) << script;
  }
}

/// A run of two jobs, of which the second comes to its last step.
class DecidesRun : public testing::Test {
 protected:
  DecidesRun() {
    const ParsedWorkflow parsed = parse_workflow(R"(
on: push
jobs:
  test: {runs-on: any, steps: [{run: make}]}
  deploy: {needs: test, runs-on: any, steps: [{run: make image}, {run: sluice deploy web}]}
)",
                                                 "w.yml");
    plan_->workflow = parsed.workflow.value();
    state_.plan = plan_;
    state_.jobs.resize(2);
    state_.jobs[0].phase = JobState::Phase::Done;
    state_.jobs[0].result = Outcome::Success;
    state_.jobs[1].phase = JobState::Phase::Running;
    state_.jobs[1].legs.resize(1);
    step_.leg = {1, 0};
    step_.step = 1;
    step_.work = ScriptWork{"sluice deploy web", "", ""};
  }
  bool decides() const { return decides_run(state_, step_); }

  std::shared_ptr<RunPlan> plan_ = std::make_shared<RunPlan>();
  RunState state_;
  StartStep step_;
};

TEST_F(DecidesRun, TheLastStepOfTheLastJobDoes) { EXPECT_TRUE(decides()); }

TEST_F(DecidesRun, AStepBeforeTheLastDoesNot) {
  step_.step = 0;
  EXPECT_FALSE(decides());
}

TEST_F(DecidesRun, NoneDoesWhileAnotherJobGoesOnOrHasFailed) {
  state_.jobs[0].phase = JobState::Phase::Running;
  EXPECT_FALSE(decides());
  state_.jobs[0].phase = JobState::Phase::Done;
  state_.jobs[0].result = Outcome::Failure;
  EXPECT_FALSE(decides());
  state_.jobs[0].result = Outcome::Skipped;
  EXPECT_TRUE(decides());
}

TEST_F(DecidesRun, NoneDoesWhileAnotherLegGoesOn) {
  state_.jobs[1].legs.resize(2);
  EXPECT_FALSE(decides());
  state_.jobs[1].legs[1].phase = LegState::Phase::Done;
  state_.jobs[1].legs[1].result = Outcome::Success;
  EXPECT_TRUE(decides());
}

TEST_F(DecidesRun, NoneDoesWhenAPostRunFollowsOrItsFailureDoesNotCount) {
  state_.jobs[1].legs[0].posts = {0};
  EXPECT_FALSE(decides());
  state_.jobs[1].legs[0].posts.clear();
  plan_->workflow.jobs[1].steps[1].continue_on_error = Field{};
  EXPECT_FALSE(decides());
}

TEST_F(DecidesRun, NoneDoesInAJobThatHasFailed) {
  state_.jobs[1].legs[0].status = Outcome::Failure;
  EXPECT_FALSE(decides());
}

}  // namespace
}  // namespace sluice::workflow
