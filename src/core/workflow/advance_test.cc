#include "core/workflow/advance.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "core/workflow/json.h"
#include "core/workflow/matrix.h"

namespace sluice::workflow {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

/// Carries out the effects of a run by looking at the scripts: `fail` fails, `out k=v`, `env k=v` and `mask v` speak,
/// `wait` does not end by itself. The log tells what was wanted, in its order.
class Machine {
 public:
  explicit Machine(std::string_view text, void (*adapt)(RunPlan&) = nullptr) {
    ParsedWorkflow parsed = parse_workflow(text, "w.yml");
    EXPECT_TRUE(parsed.workflow) << (parsed.findings.empty() ? "" : to_string(parsed.findings.front()));
    auto plan = std::make_shared<RunPlan>();
    if (parsed.workflow) plan->workflow = *std::move(parsed.workflow);
    plan->github = Object{{"ref", Value("refs/heads/main")}, {"event_name", Value("push")}};
    plan->jobs_at_once = 100;
    if (adapt != nullptr) adapt(*plan);
    state_ = make_run(plan);
    world_.hash_files = [](LegId, const std::vector<std::string>& patterns) -> Result<std::string> {
      return "hash-of-" + patterns.front();
    };
  }

  /// Runs on until nothing more can happen by itself.
  Machine& run(RunEvent first = RunStarted{}) {
    events_.push_back(std::move(first));
    while (!events_.empty()) {
      const RunEvent event = std::move(events_.front());
      events_.pop_front();
      Advanced next = advance(std::move(state_), event, now_, world_);
      state_ = std::move(next.state);
      for (const RunEffect& effect : next.effects) carry_out(effect);
    }
    return *this;
  }

  Machine& pass(std::chrono::minutes span) {
    now_ += span;
    return run(TimePassed{});
  }

  Machine& finish(LegId leg, std::size_t step, Outcome outcome) {
    StepResult result;
    result.outcome = outcome;
    return run(StepFinished{leg, step, result});
  }

  const std::vector<std::string>& log() const { return log_; }
  const RunState& state() const { return state_; }
  Outcome result() const { return result_of(state_); }
  bool refuse_legs = false;

 private:
  void say(std::string line) { log_.push_back(std::move(line)); }
  const std::string& name(LegId leg) const { return state_.jobs[leg.job].legs[leg.leg].name; }

  void carry_out(const RunEffect& effect) {
    std::visit(
        Overloaded{
            [&](const StartLeg& start) {
              say("start " + start.name);
              if (refuse_legs) {
                events_.push_back(LegNotStarted{start.leg, "the disk is full"});
              } else {
                events_.push_back(
                    LegStarted{start.leg, Object{{"workspace", Value("/w")}}, Object{{"os", Value("Linux")}}});
              }
            },
            [&](const StartStep& start) { start_step(start); },
            [&](const SkipStep& skip) { say(fmt::format("{}: skip {}", name(skip.leg), skip.name)); },
            [&](const StopStep& stop) {
              say("stop " + name(stop.leg));
              const LegState& leg = state_.jobs[stop.leg.job].legs[stop.leg.leg];
              if (leg.current >= leg.steps.size() || leg.steps[leg.current].phase != StepState::Phase::Running) return;
              StepResult result;
              result.outcome = Outcome::Cancelled;
              events_.push_back(StepFinished{stop.leg, leg.current, result});
            },
            [&](const FinishLeg& finish) { say(fmt::format("{} {}", to_string(finish.result), name(finish.leg))); },
            [&](const EnterGroup& enter) {
              say(fmt::format("enter {}{}", enter.group, enter.cancel_in_progress ? " cancelling" : ""));
              events_.push_back(GroupEntered{enter.leg});
            },
            [&](const LeaveGroup&) { say("leave group"); },
            [&](const FinishJob& finish) {
              say(fmt::format("job {} {}", state_.plan->workflow.jobs[finish.job].id, to_string(finish.result)));
            },
            [&](const Report& report) { say("report: " + report.message); },
            [&](const FinishRun& finish) { say(fmt::format("run {}", to_string(finish.result))); },
        },
        effect);
  }

  void start_step(const StartStep& start) {
    const auto* script = std::get_if<ScriptWork>(&start.work);
    std::string text = script != nullptr ? script->script : std::get<ActionWork>(start.work).uses;
    std::string env;
    for (const auto& [key, value] : start.env) env += fmt::format(" {}={}", key, value);
    say(fmt::format("{}: {}{}{}", name(start.leg), start.post ? "post " : "", text, env));
    if (text == "wait") return;
    StepResult result;
    if (text.starts_with("fail")) result.outcome = Outcome::Failure;
    const std::size_t space = text.find(' ');
    const std::size_t equals = text.find('=');
    if (text.starts_with("out ")) result.outputs.emplace_back(text.substr(4, equals - 4), text.substr(equals + 1));
    if (text.starts_with("env ")) result.env.emplace_back(text.substr(4, equals - 4), text.substr(equals + 1));
    if (text.starts_with("mask ")) result.masks.push_back(text.substr(space + 1));
    result.wants_post = script == nullptr && !start.post;
    events_.push_back(StepFinished{start.leg, start.step, result});
  }

  RunState state_;
  RunWorld world_;
  TimePoint now_{};
  std::deque<RunEvent> events_;
  std::vector<std::string> log_;
};

std::string job(std::string_view id, std::string_view more, std::string_view steps) {
  return fmt::format("  {}: {{runs-on: x{}{}, steps: [{}]}}\n", id, more.empty() ? "" : ", ", more, steps);
}

TEST(Advance, RunsJobsAsTheirNeedsAllow) {
  Machine machine("on: push\njobs:\n" + job("deploy", "needs: [lint, test]", "{run: c}") + job("lint", "", "{run: a}") +
                  job("test", "", "{run: b}"));
  machine.run();
  EXPECT_THAT(machine.log(), ElementsAre("start lint", "start test", "lint: a", "test: b", "success lint",
                                         "job lint success", "success test", "job test success", "start deploy",
                                         "deploy: c", "success deploy", "job deploy success", "run success"));
}

TEST(Advance, SkipsWhatNeedsAFailedOrSkippedJobUnlessItsIfSaysOtherwise) {
  Machine machine("on: push\njobs:\n" + job("a", "", "{run: fail}") + job("b", "needs: a", "{run: b}") +
                  job("c", "needs: b", "{run: c}") + job("d", "needs: b, if: always()", "{run: d}") +
                  job("e", "needs: c, if: failure()", "{run: e}") +
                  job("f", "needs: a, if: \"!cancelled()\"", "{run: f}") +
                  job("g", "needs: a, if: \"needs.a.result == 'failure'\"", "{run: g}"));
  machine.run();
  EXPECT_THAT(machine.log(), Contains("job b skipped"));
  EXPECT_THAT(machine.log(), Contains("job c skipped"));
  EXPECT_THAT(machine.log(), Contains("d: d"));
  EXPECT_THAT(machine.log(), Contains("e: e")) << "failure() looks at all ancestors";
  EXPECT_THAT(machine.log(), Contains("f: f"));
  EXPECT_THAT(machine.log(), Contains("job g skipped")) << "without a status function success() is needed too";
  EXPECT_EQ(machine.result(), Outcome::Failure);
}

TEST(Advance, PassesOutputsFromStepToJobToJob) {
  Machine machine(
      "on: push\njobs:\n" +
      job("a", "outputs: {v: \"${{ steps.s.outputs.x }}-${{ steps.s.outcome }}\"}", "{id: s, run: out x=1}") +
      job("b", "needs: a", "{run: \"got ${{ needs.a.outputs.v }} ${{ needs.a.result }}\"}"));
  machine.run();
  EXPECT_THAT(machine.log(), Contains("b: got 1-success success"));
}

TEST(Advance, KeepsSecretsOutOfOutputs) {
  Machine machine("on: push\njobs:\n" +
                      job("a", "outputs: {v: \"${{ steps.s.outputs.x }}\", w: \"${{ secrets.KEY }}\"}",
                          "{run: mask hidden-value}, {id: s, run: out x=a hidden-value b}") +
                      job("b", "needs: a", "{run: \"got ${{ needs.a.outputs.v }}${{ needs.a.outputs.w }}.\"}"),
                  [](RunPlan& plan) { plan.secrets.set("KEY", Value("secret-key")); });
  machine.run();
  EXPECT_THAT(machine.log(), Contains("b: got ."));
  EXPECT_THAT(machine.log(), Contains("report: the output 'v' is left out: it may hold a secret"));
  EXPECT_THAT(machine.log(), Contains("report: the output 'w' is left out: it may hold a secret"));
}

TEST(Advance, LayersVariablesFromWorkflowToStep) {
  Machine machine(
      "on: push\nenv: {A: w, B: w, C: w, D: w}\njobs:\n" +
      job("a", "env: {B: j, C: j, D: j}",
          "{run: env C=e}, {run: env D=e}, {run: \"${{ env.A }}${{ env.B }}${{ env.C }}${{ env.D }}\", env: {D: s}, "
          "if: \"env.D == 's'\"}"));
  machine.run();
  EXPECT_THAT(machine.log(), Contains("a: wjes A=w B=j C=e D=s"));
}

TEST(Advance, SkipsStepsAfterAFailureButThoseThatAsk) {
  Machine machine("on: push\njobs:\n" + job("a", "",
                                            "{run: fail}, {run: b}, {run: c, if: always()}, {run: d, if: failure()}, "
                                            "{run: e, if: cancelled()}, {run: f, if: \"success() || failure()\"}"));
  machine.run();
  EXPECT_THAT(machine.log(), ElementsAre("start a", "a: fail", "a: skip Run b", "a: c", "a: d", "a: skip Run e", "a: f",
                                         "failure a", "job a failure", "run failure"));
}

TEST(Advance, ContinuesOnErrorOfAStepAndOfAJob) {
  Machine machine("on: push\njobs:\n" +
                  job("a", "",
                      "{id: s, run: fail, continue-on-error: true}, {run: \"got ${{ steps.s.outcome }} ${{ "
                      "steps.s.conclusion }}\"}") +
                  job("b", "continue-on-error: true", "{run: fail}") +
                  job("c", "needs: [a, b]", "{run: \"${{ needs.b.result }}\"}"));
  machine.run();
  EXPECT_THAT(machine.log(), Contains("a: got failure success"));
  EXPECT_THAT(machine.log(), Contains("c: success"));
  EXPECT_EQ(machine.result(), Outcome::Success);
}

TEST(Advance, FailsAStepWhoseExpressionHasNoValue) {
  Machine machine("on: push\njobs:\n" + job("a", "", "{run: \"${{ fromJSON('{') }}\"}, {run: b}"));
  machine.run();
  EXPECT_THAT(machine.log(), Contains(HasSubstr("report: w.yml:3:")));
  EXPECT_THAT(machine.log(), Contains("a: skip Run b"));
  EXPECT_EQ(machine.result(), Outcome::Failure);
}

TEST(Advance, RunsAMatrixAndCancelsSiblingsOfAFailedLeg) {
  Machine machine("on: push\njobs:\n" + job("a", "strategy: {matrix: {n: [1, 2, 3]}, max-parallel: 2}",
                                            "{run: \"${{ matrix.n == 2 && 'fail' || 'wait' }}\"}, {run: \"cleanup ${{ "
                                            "strategy.job-index }}\", if: always()}"));
  machine.run();
  EXPECT_THAT(machine.log(), ElementsAre("start a (1)", "start a (2)", "a (1): wait", "a (2): fail", "a (2): cleanup 1",
                                         "failure a (2)", "stop a (1)", "cancelled a (3)", "a (1): cleanup 0",
                                         "cancelled a (1)", "job a failure", "run failure"));
}

TEST(Advance, LetsSiblingsRunOnWithoutFailFast) {
  Machine machine("on: push\njobs:\n" +
                  job("a", "outputs: {x: \"${{ matrix.n }}\"}, strategy: {fail-fast: false, matrix: {n: [1, 2]}}",
                      "{run: \"${{ matrix.n == 1 && 'fail' || 'ok' }}\"}"));
  machine.run();
  EXPECT_THAT(machine.log(), Contains("success a (2)"));
  EXPECT_EQ(machine.state().jobs[0].result, Outcome::Failure);
}

TEST(Advance, CancelsAndStillRunsWhatIsAlwaysWanted) {
  Machine machine("on: push\njobs:\n" +
                  job("a", "", "{run: wait}, {run: b}, {run: c, if: cancelled()}, {run: d, if: failure()}") +
                  job("b", "needs: a", "{run: x}") + job("c", "needs: a, if: always()", "{run: y}") +
                  job("d", "if: always()", "{run: wait}"));
  machine.run();
  machine.run(RunCancelled{});
  EXPECT_THAT(machine.log(), Contains("stop a"));
  EXPECT_THAT(machine.log(), Contains("a: c"));
  EXPECT_THAT(machine.log(), Contains("a: skip Run d"));
  EXPECT_THAT(machine.log(), Contains("job a cancelled"));
  EXPECT_THAT(machine.log(), Contains("job b cancelled"));
  EXPECT_THAT(machine.log(), Contains("c: y"));
  EXPECT_THAT(machine.log(), Not(Contains("stop d"))) << "its if holds even now";
  machine.finish({3, 0}, 0, Outcome::Success);
  EXPECT_EQ(machine.log().back(), "run cancelled");
}

TEST(Advance, CancelsAJobThatRunsTooLongAndEndsItAfterItsGrace) {
  Machine machine("on: push\njobs:\n" +
                  job("a", "timeout-minutes: 2", "{run: wait}, {run: wait, if: always()}, {run: never, if: always()}"));
  machine.run();
  EXPECT_EQ(next_deadline(machine.state()), TimePoint{} + std::chrono::minutes(2));
  machine.pass(std::chrono::minutes(2));
  EXPECT_THAT(machine.log(), Contains(HasSubstr("ran longer than its timeout-minutes")));
  EXPECT_EQ(next_deadline(machine.state()), TimePoint{} + std::chrono::minutes(2) + kCancelGrace);
  machine.pass(kCancelGrace);
  EXPECT_THAT(machine.log(), Contains("a: skip Run never"));
  EXPECT_EQ(machine.log().back(), "run cancelled");
}

TEST(Advance, LimitsJobsAtOnce) {
  Machine machine(
      "on: push\njobs:\n" + job("a", "", "{run: wait}") + job("b", "", "{run: wait}") + job("c", "", "{run: wait}"),
      [](RunPlan& plan) { plan.jobs_at_once = 2; });
  machine.run();
  EXPECT_THAT(machine.log(), ElementsAre("start a", "start b", "a: wait", "b: wait"));
  machine.finish({0, 0}, 0, Outcome::Success);
  EXPECT_THAT(machine.log(), Contains("c: wait"));
}

TEST(Advance, HoldsAConcurrencyGroupWhileAJobRuns) {
  Machine machine("on: push\njobs:\n" +
                  job("a", "concurrency: {group: \"g-${{ github.ref }}\", cancel-in-progress: true}", "{run: x}"));
  machine.run();
  EXPECT_THAT(machine.log(), ElementsAre("enter g-refs/heads/main cancelling", "start a", "a: x", "leave group",
                                         "success a", "job a success", "run success"));
}

TEST(Advance, CancelsAJobThatLosesItsGroup) {
  Machine machine("on: push\njobs:\n" + job("a", "concurrency: g", "{run: wait}"));
  machine.run();
  machine.run(GroupLost{{0, 0}});
  EXPECT_EQ(machine.log().back(), "run cancelled");
}

TEST(Advance, RunsPostsInReverseOrderAtTheEnd) {
  Machine machine("on: push\njobs:\n" +
                  job("a", "", "{uses: actions/checkout@v4}, {uses: actions/cache@v4, with: {k: v}}, {run: fail}"));
  machine.run();
  EXPECT_THAT(machine.log(), ElementsAre("start a", "a: actions/checkout@v4", "a: actions/cache@v4", "a: fail",
                                         "a: post actions/cache@v4", "a: post actions/checkout@v4", "failure a",
                                         "job a failure", "run failure"));
}

TEST(Advance, FailsJobsThatThisMachineCannotRunAndSaysWhy) {
  Machine machine("on: push\njobs:\n  a: {uses: ./.github/workflows/x.yml}\n" +
                  job("b", "container: node", "{run: x}") + "  c: {runs-on: windows-latest, steps: [{run: x}]}\n" +
                  job("d", "strategy: {matrix: \"${{ fromJSON('[]') }}\"}", "{run: x}"));
  machine.run();
  EXPECT_THAT(machine.log(), Contains("report: sluice run cannot call the workflow './.github/workflows/x.yml' yet"));
  EXPECT_THAT(machine.log(), Contains("report: sluice run cannot run a job inside a container on this machine yet: a "
                                      "runner in ECS can ('runners' in sluice.yaml, and its name in 'runs-on')"));
  EXPECT_THAT(machine.log(), Contains(HasSubstr("'windows-latest' asks for a machine")));
  EXPECT_THAT(machine.log(), Contains("report: the matrix is a mapping, not array"));
  for (const JobState& each : machine.state().jobs) EXPECT_EQ(each.result, Outcome::Failure);
}

TEST(Advance, FailsAJobThatCannotBeStarted) {
  Machine machine("on: push\njobs:\n" + job("a", "", "{run: x}"));
  machine.refuse_legs = true;
  machine.run();
  EXPECT_THAT(machine.log(),
              ElementsAre("start a", "report: the disk is full", "failure a", "job a failure", "run failure"));
}

TEST(Advance, RunsOnlyTheJobThatWasAskedForAndItsNeeds) {
  Machine machine(
      "on: push\njobs:\n" + job("a", "", "{run: x}") + job("b", "needs: a", "{run: y}") + job("c", "", "{run: z}"),
      [](RunPlan& plan) { plan.only_job = "B"; });
  machine.run();
  EXPECT_THAT(machine.log(), Contains("b: y"));
  EXPECT_THAT(machine.log(), Not(Contains("start c")));
  EXPECT_EQ(machine.result(), Outcome::Success);
}

TEST(Advance, IgnoresWhatNoLongerFits) {
  Machine machine("on: push\njobs:\n" + job("a", "", "{run: wait}, {run: wait}"));
  machine.run();
  machine.finish({0, 0}, 1, Outcome::Failure).finish({7, 0}, 0, Outcome::Failure).finish({0, 3}, 0, Outcome::Failure);
  machine.run(LegStarted{{0, 0}, {}, {}}).run(GroupEntered{{0, 0}});
  EXPECT_EQ(machine.log().back(), "a: wait");
  EXPECT_EQ(machine.state().jobs[0].legs[0].current, 0u);
}

std::string legs_of(std::string_view json) {
  const auto legs = expand_matrix(*parse_json(json));
  if (!legs) return legs.error().message;
  std::string out;
  for (const Object& leg : *legs) out += to_compact_json(Value(leg)) + "\n";
  return out;
}

// The example of GitHub's documentation ("Expanding or adding matrix configurations").
TEST(Matrix, MergesAndAddsAsTheDocumentationSays) {
  EXPECT_EQ(legs_of(R"({"fruit": ["apple", "pear"], "animal": ["cat", "dog"], "include": [{"color": "green"},
      {"color": "pink", "animal": "cat"}, {"fruit": "apple", "shape": "circle"}, {"fruit": "banana"},
      {"fruit": "banana", "animal": "cat"}]})"),
            R"({"fruit":"apple","animal":"cat","color":"pink","shape":"circle"}
{"fruit":"apple","animal":"dog","color":"green","shape":"circle"}
{"fruit":"pear","animal":"cat","color":"pink"}
{"fruit":"pear","animal":"dog","color":"green"}
{"fruit":"banana"}
{"fruit":"banana","animal":"cat"}
)");
}

TEST(Matrix, ExcludesByAPartOfTheValues) {
  EXPECT_EQ(legs_of(R"({"os": ["a", "b"], "n": [1, 2], "exclude": [{"os": "a"}, {"n": "2"}]})"),
            "{\"os\":\"b\",\"n\":1}\n");
  EXPECT_EQ(legs_of(R"({"include": [{"x": 1}, {"y": 2}]})"), "{\"x\":1}\n{\"y\":2}\n");
}

TEST(Matrix, RefusesWhatIsNoMatrix) {
  EXPECT_THAT(legs_of(R"({"os": "a"})"), HasSubstr("'os' is a list, not a string"));
  EXPECT_THAT(legs_of(R"({"os": ["a"], "exclude": [{"os": "a"}]})"), HasSubstr("no combination left"));
  std::string many = "[0";
  for (int i = 1; i < 17; ++i) many += "," + std::to_string(i);
  EXPECT_THAT(legs_of("{\"a\": " + many + "], \"b\": " + many + "]}"), HasSubstr("more than 256"));
}

}  // namespace
}  // namespace sluice::workflow
