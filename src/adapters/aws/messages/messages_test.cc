#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/aws/messages/cloudwatch.h"
#include "adapters/aws/messages/detail.h"
#include "adapters/aws/messages/event_bridge.h"
#include "adapters/aws/messages/sns.h"
#include "support/aws_surroundings.h"

namespace sluice::aws::messages {
namespace {

namespace json = boost::json;
using test::Answer;
using test::AwsSurroundings;
using test::contains;

const std::string kTopic = "arn:aws:sns:eu-north-1:123456789012:told";

ports::Message rolled_back() {
  return {.id = "t-9",
          .subject = "wéb in live:\nsha-1 was rolled back",
          .text = "GREEN answers 5xx to 6%\xff",
          .tone = ports::Message::Tone::Bad,
          .about = {.kind = "rolled_back",
                    .incident = "01kaq0",
                    .ended = {},
                    .began = *parse_rfc3339("2026-01-02T03:04:05Z"),
                    .project = "shop",
                    .environment = "live",
                    .service = "web",
                    .label = "sha-1"}};
}

/// AWS, as it answers every request.
struct Region {
  Answer answer;
  AwsSurroundings around{[this](const std::string&) { return answer; }};
  ClientPool clients{test::at_once(), around.with_keys()};
  explicit Region(Answer given) : answer(std::move(given)) {}
};

TEST(MessageDetail, HasAllMembersAlways) {
  const json::object full = detail_of(rolled_back());
  EXPECT_EQ(full.at("version"), kDetailVersion);
  EXPECT_EQ(full.at("id"), "01kaq0/t-9");
  EXPECT_EQ(full.at("text"), "GREEN answers 5xx to 6%\xEF\xBF\xBD");
  EXPECT_EQ(full.at("began"), "2026-01-02T03:04:05.000Z");
  const json::object empty = detail_of({});
  EXPECT_TRUE(empty.at("began").is_null());
  EXPECT_EQ(empty.size(), full.size());
}

TEST(MessageToSns, IsTextForPeopleAndJsonForPrograms) {
  const json::object input = publish_input(kTopic, rolled_back());
  EXPECT_EQ(input.at("Subject"), "w?b in live: sha-1 was rolled back");
  EXPECT_EQ(input.at("MessageStructure"), "json");
  const json::value message = json::parse(input.at("Message").as_string());
  EXPECT_TRUE(contains(std::string(message.at("email").as_string()), "GREEN answers 5xx"));
  EXPECT_EQ(json::parse(message.at("default").as_string()), json::value(detail_of(rolled_back())));
  EXPECT_FALSE(input.contains("MessageGroupId"));
  const json::object fifo = publish_input(kTopic + ".fifo", rolled_back());
  EXPECT_EQ(fifo.at("MessageDeduplicationId"),
            publish_input(kTopic + ".fifo", rolled_back()).at("MessageDeduplicationId"));
  ports::Message long_one = rolled_back();
  long_one.subject = "\n" + std::string(200, 'x');
  EXPECT_EQ(publish_input(kTopic, long_one).at("Subject").as_string().size(), 100u);
}

TEST(MessageToSns, GoesToTheRegionOfTheTopicOnce) {
  Region region({200, "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"});
  Sns sns(region.clients);
  const Status sent = sns.send({rollout::SnsTopic{kTopic, ""}, {}}, rolled_back());
  ASSERT_TRUE(sent) << sent.error().message;
  ASSERT_EQ(region.around.requests().size(), 1u);
  const std::string request = region.around.requests()[0];
  EXPECT_TRUE(contains(request, "/eu-north-1/sns/aws4_request")) << request;
  EXPECT_TRUE(contains(request,
                       "MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.DataType=String&"
                       "MessageAttributes.entry.1.Value.StringValue=rolled_back"))
      << request;
  region.answer.lost = true;
  EXPECT_EQ(sns.send({rollout::SnsTopic{kTopic, ""}, {}}, rolled_back()).error().kind, ErrorKind::UnknownOutcome);
  EXPECT_EQ(region.around.requests().size(), 2u) << "it may have arrived";
}

TEST(MessageToAnEventBus, HasItsSourceAndType) {
  const json::object entry = put_events_input("default", rolled_back()).at("Entries").at(0).as_object();
  EXPECT_EQ(entry.at("Source"), "sluice");
  EXPECT_EQ(entry.at("DetailType"), "Sluice Deployment Rolled Back");
  EXPECT_EQ(detail_type("failed_before_traffic"), "Sluice Deployment Failed Before Traffic");
  EXPECT_EQ(detail_type("pipeline_failed"), "Sluice Pipeline Failed");
}

TEST(MessageToAnEventBus, IsRefusedInAnAnswerOf200) {
  const auto kind = [](const char* code) {
    const std::string body =
        std::string(R"({"FailedEntryCount":1,"Entries":[{"ErrorCode":")") + code + R"(","ErrorMessage":"m"}]})";
    Region region({200, body});
    EventBridge events(region.clients);
    return events.send({rollout::EventBus{"default", {"eu-west-1", ""}}, {}}, rolled_back()).error().kind;
  };
  EXPECT_EQ(kind("ThrottlingException"), ErrorKind::Throttled);
  EXPECT_EQ(kind("InternalFailure"), ErrorKind::Unavailable);
  EXPECT_EQ(kind("NotAuthorizedForSourceException"), ErrorKind::Denied);
  EXPECT_EQ(kind("MalformedDetail"), ErrorKind::InvalidInput);
  Region taken({200, R"({"FailedEntryCount":0,"Entries":[{"EventId":"1"}]})"});
  EventBridge events(taken.clients);
  EXPECT_TRUE(events.send({rollout::EventBus{"default", {"eu-west-1", ""}}, {}}, rolled_back()));
}

rollout::EndFigures slow_rollback() {
  return {.at = *parse_rfc3339("2026-01-02T03:04:05.678Z"),
          .succeeded = false,
          .rolled_back = true,
          .duration = Milliseconds{61'500},
          .recovery = Milliseconds{2'250},
          .lead = {}};
}

/// `name value unit` of each datum.
std::vector<std::string> data_of(const json::object& input) {
  std::vector<std::string> data;
  for (const json::value& datum : input.at("MetricData").as_array()) {
    data.push_back(fmt::format("{} {} {}", std::string_view(datum.at("MetricName").as_string()),
                               datum.at("Value").as_double(), std::string_view(datum.at("Unit").as_string())));
  }
  return data;
}

TEST(MetricsOfAnEnd, AreCountsAndSecondsWithTheDimensionsOfTheServiceAndTheEndsTime) {
  const json::object input = put_metric_data_input("Sluice", rolled_back().about, slow_rollback());
  EXPECT_EQ(input.at("Namespace"), "Sluice");
  EXPECT_EQ(data_of(input),
            (std::vector<std::string>{"DeploymentSuccess 0 Count", "Rollbacks 1 Count",
                                      "DeploymentDuration 61.5 Seconds", "TimeToRecovery 2.25 Seconds"}));
  for (const json::value& datum : input.at("MetricData").as_array()) {
    EXPECT_EQ(datum.at("Timestamp"), parse_rfc3339("2026-01-02T03:04:05Z")->time_since_epoch().count() / 1000);
    EXPECT_EQ(
        json::serialize(datum.at("Dimensions")),
        R"([{"Name":"Project","Value":"shop"},{"Name":"Environment","Value":"live"},{"Name":"Service","Value":"web"}])");
  }
}

TEST(MetricsOfAnEnd, LeaveOutWhatThereIsNot) {
  rollout::EndFigures figures{.at = *parse_rfc3339("2026-01-02T03:04:05Z"), .duration = Milliseconds{1'000}};
  EXPECT_EQ(data_of(put_metric_data_input("Sluice", rolled_back().about, figures)),
            (std::vector<std::string>{"Rollbacks 0 Count", "DeploymentDuration 1 Seconds"}))
      << "a cancelled deployment is neither a success nor a failure";
  figures.succeeded = true;
  figures.lead = Milliseconds{90'000};
  EXPECT_EQ(data_of(put_metric_data_input("Sluice", rolled_back().about, figures)),
            (std::vector<std::string>{"DeploymentSuccess 1 Count", "Rollbacks 0 Count", "DeploymentDuration 1 Seconds",
                                      "LeadTime 90 Seconds"}));
}

TEST(MetricsOfAnEnd, GoToCloudWatchInOneRequest) {
  Region region({200, "{}"});
  CloudWatch cloudwatch(region.clients);
  ports::Message message = rolled_back();
  const ports::Recipient to{rollout::MetricNamespace{"Sluice", {"eu-west-1", ""}}, {}};
  EXPECT_EQ(cloudwatch.send(to, message).error().kind, ErrorKind::InvalidInput) << "it has no figures";
  message.figures = slow_rollback();
  const Status sent = cloudwatch.send(to, message);
  ASSERT_TRUE(sent) << sent.error().message;
  ASSERT_EQ(region.around.requests().size(), 1u);
  EXPECT_TRUE(contains(region.around.requests()[0], "/eu-west-1/monitoring/aws4_request"))
      << region.around.requests()[0];
  region.answer = {400, R"({"__type":"ThrottlingException","message":"Rate exceeded"})"};
  EXPECT_EQ(cloudwatch.send(to, message).error().kind, ErrorKind::Throttled);
  region.answer.lost = true;
  EXPECT_EQ(cloudwatch.send(to, message).error().kind, ErrorKind::UnknownOutcome);
}

}  // namespace
}  // namespace sluice::aws::messages
