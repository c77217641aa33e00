#include "adapters/aws/service_log.h"

#include <gtest/gtest.h>

#include "contract/service_log_contract.h"
#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using namespace std::chrono_literals;

const rollout::ServiceKey kService{"shop", "staging", "web"};
constexpr Milliseconds kDelay = 2min;

/// CloudWatch Logs with the lines that the test says, and a log that asks it.
struct Logs {
  test::MovedClock clock{*parse_rfc3339("2026-01-02T03:04:05Z")};
  std::mutex mutex;
  std::map<std::string, std::vector<LogEvent>> lines;  ///< By revision; of another one there is no log.
  std::optional<Error> failure;
  std::optional<TimePoint> most;  ///< Not more than until then is read at once.
  struct Asked {
    std::set<std::string> revisions;
    TimePoint from{};
    TimePoint until{};
  };
  std::vector<Asked> asked;
  LogSource source = [this](const rollout::ServiceKey&, const std::set<std::string>& revisions, TimePoint from,
                            TimePoint until, const std::stop_token&) { return answer(revisions, from, until); };
  ServiceLog log{{.errors = source, .utilization = source}, kDelay, clock};

  Result<RevisionLines> answer(const std::set<std::string>& revisions, TimePoint from, TimePoint until) {
    const std::lock_guard lock(mutex);
    asked.push_back({revisions, from, until});
    if (failure) return *failure;
    RevisionLines told{.until = most ? std::min(*most, until) : until};
    for (const std::string& revision : revisions) {
      const auto found = lines.find(revision);
      if (found == lines.end()) {
        told.lines.emplace(revision, Error{ErrorKind::NotFound, "it has the log driver splunk"});
      } else {
        told.lines.emplace(revision, found->second);
      }
    }
    return told;
  }
  void complain(const std::string& revision, int count) {
    const std::lock_guard lock(mutex);
    for (int i = 0; i < count; ++i) lines[revision].push_back({clock.now(), "web/web/0f1e", "ERROR no"});
  }
  TimePoint minute(int ago) const {
    return std::chrono::floor<std::chrono::minutes>(clock.now()) - std::chrono::minutes(ago);
  }
  std::int64_t count(const std::string& revision) {
    std::int64_t sum = 0;
    const auto slots = log.read(kService, revision, TimePoint{});
    for (const ports::LogSlot& slot : slots.value_or(std::vector<ports::LogSlot>{})) sum += slot.error_lines;
    return sum;
  }
  bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return condition();
  }
};

class AwsServiceLogWorld final : public contract::ServiceLogWorld {
 public:
  ports::ServiceLog& log() override { return logs_.log; }
  rollout::ServiceKey service() override { return kService; }
  std::string revision() override {
    logs_.complain("rev-1", 0);
    logs_.lines["rev-1"];
    return "rev-1";
  }
  void complain(int lines) override { logs_.complain("rev-1", lines); }
  TimePoint now() override { return logs_.clock.now(); }
  bool until(const std::function<bool()>& condition) override {
    for (int i = 0; i < 10 && !condition(); ++i) {
      logs_.clock.move(1min);
      (void)logs_.log.look(kService, "rev-1", {});
    }
    return condition();
  }

 private:
  Logs logs_;
};

TEST(AwsServiceLog, AsksOnceForAMinuteThatHasBecomeKnown) {
  Logs logs;  // 03:04:05: what ended by 03:02 is asked for at first
  logs.lines["rev-1"];
  ASSERT_TRUE(logs.log.look(kService, "rev-1", {}));
  ASSERT_EQ(logs.asked.size(), 1U);
  EXPECT_EQ(logs.asked[0].until, logs.minute(2));
  EXPECT_EQ(logs.asked[0].from, logs.minute(2) - kLogMinutesKept);
  logs.clock.move(30s);
  EXPECT_TRUE(logs.log.read(kService, "rev-1", TimePoint{}));
  logs.clock.move(6s);  // 03:04:41
  (void)logs.log.read(kService, "rev-1", TimePoint{});
  ASSERT_TRUE(logs.eventually([&] {
    const std::lock_guard lock(logs.mutex);
    return logs.asked.size() == 2;
  }));
  EXPECT_EQ(logs.asked[1].until, logs.minute(1));
  EXPECT_EQ(logs.asked[1].from, logs.minute(2) - kLogMayChange);
}

TEST(AwsServiceLog, AsksForThePastOfARevisionThatIsNew) {
  Logs logs;
  logs.complain("green", 3);
  logs.lines["blue"];
  logs.clock.move(10min);
  ASSERT_TRUE(logs.log.look(kService, "blue", {}));
  EXPECT_EQ(logs.log.read(kService, "green", TimePoint{}).error().kind, ErrorKind::NotFound);
  logs.clock.move(kLogSoon);
  ASSERT_TRUE(logs.eventually([&] { return logs.count("green") == 3; }));
  EXPECT_EQ(logs.count("blue"), 0);
  EXPECT_EQ(logs.asked.back().revisions, (std::set<std::string>{"blue", "green"}));
}

TEST(AwsServiceLog, SaysWhyTheLogOfARevisionIsNotRead) {
  Logs logs;
  ASSERT_TRUE(logs.log.look(kService, "rev-1", {}));
  const auto read = logs.log.read(kService, "rev-1", TimePoint{});
  EXPECT_EQ(read.error().message, "it has the log driver splunk");
}

TEST(AwsServiceLog, GoesOnWhereItHadToStop) {
  Logs logs;
  logs.complain("rev-1", 2);
  logs.clock.move(10min);
  logs.most = logs.minute(12);
  ASSERT_TRUE(logs.log.look(kService, "rev-1", {}));
  EXPECT_EQ(logs.count("rev-1"), 0);
  EXPECT_EQ(logs.log.read(kService, "rev-1", TimePoint{})->back().start, logs.minute(12) - 100ms);
  {
    const std::lock_guard lock(logs.mutex);
    logs.most.reset();
  }
  logs.clock.move(kLogSoon);
  EXPECT_TRUE(logs.eventually([&] { return logs.count("rev-1") == 2; }));
}

TEST(AwsServiceLog, KeepsWhatItKnowsWhileNobodyAnswers) {
  Logs logs;
  logs.complain("rev-1", 2);
  logs.clock.move(10min);
  ASSERT_TRUE(logs.log.look(kService, "rev-1", {}));
  logs.failure = Error{ErrorKind::Unavailable, "down"};
  logs.clock.move(1min);
  EXPECT_EQ(logs.log.look(kService, "rev-1", {}).error().message, "down");
  EXPECT_EQ(logs.count("rev-1"), 2);
  EXPECT_EQ(logs.log.read(kService, "rev-2", TimePoint{}).error().message, "down");
}

TEST(AwsServiceLog, LooksAtUtilizationAndSaysWhyThereIsNone) {
  Logs logs;
  EXPECT_EQ(logs.log.look_at_utilization(kService, "rev-1", {}).error().message, "it has the log driver splunk");
  logs.lines["rev-1"].push_back(
      {logs.minute(3), "FargateTelemetry-1",
       R"({"Type":"Task","CpuUtilized":64.0,"CpuReserved":256.0,"MemoryUtilized":1,"MemoryReserved":2})"});
  ASSERT_TRUE(logs.log.look_at_utilization(kService, "rev-1", {}));
  const auto slots = logs.log.read_utilization(kService, "rev-1", logs.minute(3));
  ASSERT_TRUE(slots) << slots.error().message;
  EXPECT_EQ(slots->front().cpu, (analysis::Utilization{.reserved = 10'000, .used = 2'500}));
}

}  // namespace
}  // namespace sluice::aws

namespace sluice::contract {

INSTANTIATE_TEST_SUITE_P(Aws, ServiceLogContract,
                         testing::Values(ServiceLogWorldFactory{
                             "Aws", [] { return std::make_unique<aws::AwsServiceLogWorld>(); }}));

}  // namespace sluice::contract
