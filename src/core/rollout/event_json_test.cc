#include "core/rollout/event_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "core/rollout/advance.h"

namespace sluice::rollout {
namespace {

using testing::HasSubstr;

Plan full_plan() {
  Plan plan;
  plan.deployment = "01kaq0000000000000000000aa";
  plan.service = {"mangaassist", "local", "orchestrator"};
  plan.requested_by = "ana";
  plan.green.id = "r2";
  plan.green.secrets["KEY"] = {SecretFile{"secrets/key"}, "ab12"};
  plan.blue = Revision{};
  plan.green_slot = Slot::B;
  plan.before = {true, Weight::none()};
  plan.front_door = {"127.0.0.1:20080", "chat.example.com", "/api"};
  plan.strategy.steps = {{*Weight::parse("10%"), Milliseconds{5000}}, {Weight::full(), Milliseconds{1000}}};
  plan.hooks = {{HookPoint::AfterInstall, HookRequest{"http://127.0.0.1:9/validate"}}};
  plan.release_command = {"python", "-m", "app.migrate"};
  plan.smoke = {SmokeTest{.name = "health", .path = "/health"}};
  plan.alarms = {analysis::Alarm{.name = "http_5xx", .above = 0.01, .gate_on_blue = analysis::Action::Hold},
                 analysis::Alarm{.name = "error_log",
                                 .metric = analysis::Metric::ErrorLogRate,
                                 .above = 5,
                                 .threshold = analysis::Threshold::TimesBlue}};
  plan.notify = {
      {SlackChannel{SecretVariable{"SLACK_WEBHOOK"}}, {"held", "rolled_back"}},
      {SnsTopic{"arn:aws:sns:eu-west-1:123456789012:told", "arn:aws:iam::123456789012:role/r"}, {"failed"}},
      {EventBus{"default", {"eu-west-1", ""}}, {"failed"}},
      {PagerDutyService{AwsSecret{"pager", "key", {"eu-west-1", ""}}, "https://events.eu.pagerduty.com"}, {}},
      {GitHubRepository{"octo-org/shop", AwsParameter{"/token", {"", "role"}}}, {"rolled_back"}},
      {MetricNamespace{"Sluice", {"eu-west-1", "role"}}, {}}};
  plan.committed_at = TimePoint{Milliseconds{1'767'323'045'678}};
  plan.while_alarming = true;
  plan.witnesses = {"shop-5xx", "Shop: \"queue\" is full"};
  plan.scan_gate = ScanGate{.block = {image::ScanSeverity::Critical, image::ScanSeverity::Unknown},
                            .allow = {"CVE-2024-1234"},
                            .within = std::chrono::minutes{2}};
  plan.analysis.emplace().sequential.errors.ratio = 1.7;
  plan.analysis->sequential.more = {analysis::SequentialMetric{.name = "carts", .then = analysis::Action::Hold}};
  plan.analysis->sources = {analysis::MetricSource{.from = analysis::SourceKind::Router,
                                                   .statuses = {{400, 499}},
                                                   .path = "/chat",
                                                   .missing = analysis::Missing::Ignore}};
  plan.probes = Probes{.rate = 2.5, .below = 7, .requests = {SmokeTest{.name = "chat", .path = "/chat"}}};
  plan.analysis->enough.extension = std::chrono::minutes{3};
  plan.release = Release{.id = "01kaq0000000000000000000aa",
                         .members = {{"01kaq0000000000000000000aa.2", "rag", {}, 0, 2},
                                     {"01kaq0000000000000000000aa", "orchestrator", {"rag"}, 1, 3}},
                         .rounds = 4,
                         .patience = std::chrono::hours{2}};
  return plan;
}

std::vector<Event> one_of_each() {
  const analysis::Particulars particulars{
      .worst_route =
          analysis::WorstRoute{analysis::Concern::Latency,
                               {.route = "POST /chat", .requests = 9, .errors = 2, .timed = 9, .milliseconds = 1.5},
                               {.route = "POST /chat"}},
      .request_ids = {"7A"},
      .error_lines = {"ERROR no catalogue"}};
  const CheckResult check{"http_5xx", analysis::Verdict::Breaching, "GREEN answered 5xx to 20%", true, particulars};
  return {Started{full_plan()},
          EffectSucceeded{"t-1", {"a line", "another"}},
          EffectFailed{"t-2", Error{ErrorKind::UnknownOutcome, "the reply was lost"}},
          ChecksJudged{"t-3", {check}},
          AlarmBreached{check},
          AlarmCleared{"http_5xx"},
          GreenLost{"replica 1 exited 3 times"},
          SplitDrifted{{true, Weight::full()}},
          DeadlineReached{},
          Recovered{},
          PromoteRequested{"ana", true},
          HoldRequested{"ana"},
          RollbackRequested{"ana", "looks odd"},
          CancelRequested{"ana"},
          Superseded{"ben", "01k"},
          MessageDelivered{"t-4"},
          MessageAbandoned{"t-5", "404"},
          AnalysisDecided{analysis::DecisionKind::Rollback, "sequential errors", "GREEN answers 5xx to 6%", 5.7, 4.6,
                          particulars},
          BaselineMeasured{{{"p95", {.requests = 930, .bad = 2, .value = 12.5}}, {"quiet", {}}}},
          ReleaseTakenBack{"rag", CauseKind::Alarm, "GREEN answers 5xx to 6%"}};
}

TEST(EventJson, EveryTypeOfEventIsReadAsItWasWritten) {
  const std::vector<Event> events = one_of_each();
  ASSERT_EQ(events.size(), std::variant_size_v<Event>);
  for (const Event& event : events) {
    const Result<Event> read = read_event(to_text(event));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_TRUE(*read == event) << to_text(event);
  }
}

TEST(EventJson, RefusesANewerSchemaAndWhatItDoesNotKnow) {
  EXPECT_THAT(read_event(R"({"v":13,"type":"recovered"})").error().message, HasSubstr("newer than 12"));
  EXPECT_THAT(read_event(R"({"v":1,"type":"exploded"})").error().message, HasSubstr("'exploded'"));
  EXPECT_THAT(read_event(R"({"v":1,"type":"recovered","extra":1})").error().message, HasSubstr("extra"));
  for (const char* text : {"", "{", "[]", "null", R"({"type":"recovered"})", R"({"v":"1","type":"recovered"})"}) {
    EXPECT_FALSE(read_event(text).has_value()) << text;
  }
}

/// The plan's record without what schema 12 says of rounds, and as `change` makes it.
Result<Event> read_with_member(void (*change)(boost::json::object&)) {
  boost::json::value record = boost::json::parse(to_text(Started{full_plan()}));
  for (boost::json::value& member : record.at("plan").at("release").at("members").as_array()) {
    change(member.as_object());
  }
  return read_event(boost::json::serialize(record));
}

TEST(EventJson, AMemberOfAReleaseBeforeSchema12HasAllOfItsRounds) {
  const auto read = read_with_member([](boost::json::object& member) {
    member.erase("first_round");
    member.erase("last_round");
  });
  ASSERT_TRUE(read.has_value()) << read.error().message;
  for (const ReleaseMember& member : std::get<Started>(*read).plan.release->members) {
    EXPECT_EQ(member.first_round, 0);
    EXPECT_EQ(member.last_round, 3);
  }
}

TEST(EventJson, RefusesAMemberOfAReleaseWhoseRoundsAreTooFewForItsSteps) {
  for (const auto change : {+[](boost::json::object& member) { member["first_round"] = 3; },
                            +[](boost::json::object& member) { member["last_round"] = 0; },
                            +[](boost::json::object& member) { member["first_round"] = -1; }}) {
    EXPECT_FALSE(read_with_member(change).has_value());
  }
}

TEST(EventJson, APromoteOfTheFirstSchemaPassesOverBothAsItDidThen) {
  const auto read = read_event(R"({"v":1,"type":"promote_requested","by":"ana","full":false})");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(std::get<PromoteRequested>(*read), (PromoteRequested{"ana", false, PassesOver::Everything}));
}

// Journals written by released versions, one file each: `RFC3339-time event` a line. A file is never rewritten.
std::optional<State> replayed(const std::string& name) {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/golden/journal/" + name);
  EXPECT_TRUE(file.is_open()) << name;
  std::optional<State> state;
  for (std::string line; std::getline(file, line);) {
    const std::size_t space = line.find(' ');
    const Result<TimePoint> at = parse_rfc3339(std::string_view(line).substr(0, space));
    const Result<Event> event = read_event(std::string_view(line).substr(space + 1));
    if (!at.has_value() || !event.has_value()) {
      ADD_FAILURE() << (event.has_value() ? "" : event.error().message) << "\n" << line;
      return std::nullopt;
    }
    state = (state ? advance(*state, *event, *at) : start(std::get<Started>(*event), *at)).state;
  }
  return state;
}

TEST(GoldenJournal, OfTheFirstSchemaReplaysToItsOutcome) {
  const std::optional<State> state = replayed("schema_1_rolled_back.journal");
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->outcome, Outcome::RolledBack);
  EXPECT_EQ(state->cause->subject, "http_5xx");
  EXPECT_EQ(state->intended, state->plan.before);
  EXPECT_EQ(state->evidence, (std::vector<std::string>{"GET /api/v1/chat 500 id 7A"}));
  EXPECT_TRUE(state->messages.empty());
  const analysis::Alarm& alarm = state->plan.alarms.at(0);
  EXPECT_EQ(alarm.threshold, analysis::Threshold::Absolute) << "as there was no other";
  EXPECT_EQ(alarm.gate_on_blue, analysis::Action::Rollback);
}

TEST(GoldenJournal, OfTheThirdSchemaReplaysAGatedAlarmToItsOutcome) {
  const std::optional<State> state = replayed("schema_3_gated.journal");
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->outcome, Outcome::RolledBack);
  EXPECT_EQ(state->cause->sentence, "GREEN answered 5xx to 50% of requests (40 of 80)") << "not the one that held";
  EXPECT_TRUE(state->messages.empty());
  EXPECT_EQ(state->plan.alarms.at(0).threshold, analysis::Threshold::TimesBlue);
  EXPECT_EQ(state->plan.alarms.at(1).gate_on_blue, analysis::Action::Hold);
  EXPECT_EQ(state->plan.alarms.at(2).metric, analysis::Metric::LatencyP95);
}

}  // namespace
}  // namespace sluice::rollout
