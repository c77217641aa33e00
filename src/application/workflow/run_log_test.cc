#include "application/workflow/run_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace sluice::application {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class RunLog : public testing::Test {
 protected:
  RunLog() {
    std::string name = (fs::temp_directory_path() / "sluice-logs-XXXXXX").string();
    home_ = mkdtemp(name.data());
  }
  ~RunLog() override { fs::remove_all(home_); }

  void write(const std::string& path, const std::string& text) const {
    const fs::path file = home_ / "runs" / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  fs::path home_;
};

TEST_F(RunLog, IsJobByJobAndStepByStepTheLastLinesOfEach) {
  write("01a/test/02-run.log", "1\n2\n3\n");
  write("01a/test/01-checkout.log", "cloned\n");
  write("01a/lint/01-run.log", "");
  write("01a/test/summary.md", "# not a log\n");
  write("01a/artifacts/report/x.log", "not a step\n");
  const auto logs = read_run_log(home_, "01a", 2);
  ASSERT_TRUE(logs.has_value());
  ASSERT_EQ(logs->steps.size(), 3u);
  EXPECT_EQ(logs->run, "01a");
  EXPECT_EQ(logs->steps[0].job, "lint");
  EXPECT_THAT(logs->steps[0].lines, ElementsAre());
  EXPECT_EQ(logs->steps[1].step, "01-checkout");
  EXPECT_THAT(logs->steps[1].lines, ElementsAre("cloned"));
  EXPECT_EQ(logs->steps[2].job, "test");
  EXPECT_THAT(logs->steps[2].lines, ElementsAre("2", "3"));
}

TEST_F(RunLog, OfTheNewestRunIsMeantByRun) {
  write("01a/test/01-run.log", "old\n");
  write("01b/test/01-run.log", "new\n");
  write("last_number", "2\n");
  const auto logs = read_run_log(home_, "run", 10);
  ASSERT_TRUE(logs.has_value());
  EXPECT_EQ(logs->run, "01b");
  EXPECT_THAT(logs->steps.at(0).lines, ElementsAre("new"));
}

TEST_F(RunLog, OfARunThatIsNotThereIsNotFoundAndNothingOutsideIsRead) {
  write("01a/test/01-run.log", "x\n");
  for (const char* run : {"01b", "", "..", "../runs/01a", "/etc", "last_number"}) {
    const auto logs = read_run_log(home_, run, 10);
    ASSERT_FALSE(logs.has_value()) << run;
    EXPECT_EQ(logs.error().kind, ErrorKind::NotFound);
  }
  const auto none = read_run_log(home_ / "nowhere", "run", 10);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().message, "no workflow has run on this machine yet");
}

}  // namespace
}  // namespace sluice::application
