#include "application/workflow/run_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace sluice::application {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using workflow::Outcome;

class StoppedClock final : public ports::Clock {
 public:
  TimePoint now() const override { return now_; }
  TimePoint now_{Milliseconds{1'800'000'000'000}};
};

/// Keeps what the recorder writes, and refuses on demand.
class KeptRecords final : public ports::RunJournal {
 public:
  Status begin(const ports::RunRecord&) override { return {}; }
  Status put(const std::string& run, const ports::RunJobRecord& job) override {
    return keep(run + " " + job.job + (job.outcome ? " " + std::string(to_string(*job.outcome)) : ""));
  }
  Status put(const std::string& run, const ports::RunStepRecord& step) override {
    return keep(run + " " + step.job + "." + std::to_string(step.step) + (step.decides ? " decides" : "") +
                (step.outcome ? " " + std::string(to_string(*step.outcome)) + step.message : ""));
  }
  Status step_deploys(const std::string&, const std::string&, int, const std::vector<std::string>&) override {
    return {};
  }
  Status end(const ports::RunEnd&, const ports::PipelineMessage*) override { return {}; }
  Result<ports::RunRecord> load(const std::string&) override { return ports::RunRecord{}; }
  Result<std::vector<std::string>> unended() override { return std::vector<std::string>{}; }
  Result<std::vector<ports::RunRecord>> history(int) override { return std::vector<ports::RunRecord>{}; }
  Result<std::vector<ports::PipelineMessage>> messages() override { return std::vector<ports::PipelineMessage>{}; }
  Status message_done(const std::string&) override { return {}; }

  Status keep(std::string line) {
    if (refuses) return Error{ErrorKind::Unavailable, "disk full"};
    lines.push_back(std::move(line));
    return {};
  }
  bool refuses = false;
  std::vector<std::string> lines;
};

class RunRecorderTest : public testing::Test {
 protected:
  StoppedClock clock_;
  KeptRecords journal_;
  RunRecorder recorder_{journal_, clock_, "r1"};
};

TEST_F(RunRecorderTest, WritesEachStepBeforeAndAfterItsWork) {
  recorder_.on_update(JobBegins{"test", "Test"});
  recorder_.on_update(StepBegins{"test", 1, "Make", "log", true});
  EXPECT_THAT(journal_.lines, ElementsAre("r1 test", "r1 test.1 decides"));
  recorder_.on_update(OutputLine{"test", 1, ports::Stream::Out, "a line"});
  recorder_.on_update(StepEnds{"test", 1, Outcome::Failure, ": exit code 1", Milliseconds{5}});
  recorder_.on_update(StepSkipped{"test", 2, "Never"});
  recorder_.on_update(JobEnds{"test", Outcome::Failure, Milliseconds{6}});
  recorder_.on_update(JobEnds{"deploy", Outcome::Skipped, Milliseconds{0}});
  EXPECT_THAT(std::vector(journal_.lines.begin() + 2, journal_.lines.end()),
              ElementsAre("r1 test.1 decides failure: exit code 1", "r1 test.2 skipped", "r1 test failure",
                          "r1 deploy skipped"));
}

TEST_F(RunRecorderTest, WhatTheJournalRefusesIsWrittenInOrderWhenItTakesAgain) {
  journal_.refuses = true;
  recorder_.on_update(JobBegins{"test", "Test"});
  recorder_.on_update(StepBegins{"test", 1, "Make", "log"});
  EXPECT_FALSE(recorder_.flush());
  journal_.refuses = false;
  recorder_.on_update(StepEnds{"test", 1, Outcome::Success, "", Milliseconds{5}});
  EXPECT_THAT(journal_.lines, ElementsAre("r1 test", "r1 test.1", "r1 test.1 success"));
  EXPECT_TRUE(recorder_.flush());
}

}  // namespace
}  // namespace sluice::application
