#include "adapters/pagerduty/notifier.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <mutex>

#include "adapters/curl/http_client.h"
#include "support/one_shot_server.h"

namespace sluice::pagerduty {
namespace {

namespace json = boost::json;

constexpr const char* kKey = "0123456789abcdef0123456789abcdef";

ports::Message rolled_back() {
  return {.id = "t-9",
          .subject = "web in live: sha-1 was rolled back",
          .text = "GREEN answers 5xx to 6%\n\x1b[31ma line\xff",
          .tone = ports::Message::Tone::Bad,
          .about = {.kind = "rolled_back",
                    .incident = "01kaq0",
                    .ended = {},
                    .project = "shop",
                    .environment = "live",
                    .service = "web",
                    .label = "sha-1"}};
}

/// The Events API on this machine; it answers what the test says.
class PagerDuty : public testing::Test {
 protected:
  Status send(const ports::Message& message, const std::string& key = kKey) {
    return notifier_.send({rollout::PagerDutyService{{}, server_.url()}, Secret(key)}, message);
  }
  /// The answer before may still be on its way out of the server's thread.
  void answer_with(std::string answer) {
    const std::scoped_lock lock(mutex_);
    answer_ = std::move(answer);
  }
  Error refused(const std::string& head, const std::string& body = "") {
    answer_with("HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const Status status = send(rolled_back());
    EXPECT_FALSE(status) << head;
    EXPECT_EQ(status.error().message.find(kKey), std::string::npos) << status.error().message;
    return status.error();
  }
  std::vector<json::value> events() {
    const std::scoped_lock lock(mutex_);
    std::vector<json::value> all;
    for (const std::string& request : requests_) {
      EXPECT_TRUE(request.starts_with("POST /v2/enqueue HTTP/1.1\r\n")) << request;
      all.push_back(json::parse(request.substr(request.find("\r\n\r\n") + 4)));
    }
    return all;
  }

 private:
  std::string answer_ = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}";
  std::mutex mutex_;
  std::vector<std::string> requests_;
  test::OneShotServer server_{[this](int connection, const std::string& request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    if (::write(connection, answer_.data(), answer_.size()) < 0) ADD_FAILURE() << "cannot answer";
  }};
  curl::HttpClient http_;
  Notifier notifier_{http_};
};

TEST_F(PagerDuty, TriggersTheAlertOfTheIncident) {
  const Status status = send(rolled_back());
  ASSERT_TRUE(status) << status.error().message;
  ASSERT_EQ(events().size(), 1u);
  const json::value event = events()[0];
  EXPECT_EQ(event.at("routing_key").as_string(), kKey);
  EXPECT_EQ(event.at("event_action").as_string(), "trigger");
  EXPECT_EQ(event.at("dedup_key").as_string(), "01kaq0");
  EXPECT_EQ(event.at_pointer("/payload/summary").as_string(), "web in live: sha-1 was rolled back");
  EXPECT_EQ(event.at_pointer("/payload/severity").as_string(), "error");
  EXPECT_EQ(event.at_pointer("/payload/source").as_string(), "sluice shop/live");
  EXPECT_EQ(event.at_pointer("/payload/custom_details/what").as_string(),
            "GREEN answers 5xx to 6%\n[31ma line\xEF\xBF\xBD");
}

TEST_F(PagerDuty, ResolvesTheAlertsThatASuccessEnds) {
  ports::Message message = rolled_back();
  message.about.kind = "succeeded";
  message.about.ended = {"01kaq9", "01kaq0"};
  ASSERT_TRUE(send(message));
  ASSERT_EQ(events().size(), 2u);
  for (const json::value& event : events()) EXPECT_EQ(event.at("event_action").as_string(), "resolve");
  EXPECT_EQ(events()[1].at("dedup_key").as_string(), "01kaq0");
}

TEST_F(PagerDuty, IsCriticalWhenTheRollbackIsStuckAndAWarningWhenItIsHeld) {
  const auto severity = [](const char* kind) {
    ports::Message message = rolled_back();
    message.about.kind = kind;
    const json::value body = json::parse(trigger_body(Secret(kKey), message));
    return std::string(body.at_pointer("/payload/severity").as_string());
  };
  EXPECT_EQ(severity("rollback_stuck"), "critical");
  EXPECT_EQ(severity("held"), "warning");
  EXPECT_EQ(severity("failed_before_traffic"), "warning");
}

TEST_F(PagerDuty, TellsWhatMayBeRepeatedFromWhatMayNot) {
  EXPECT_EQ(refused("429 Too Many Requests\r\nRetry-After: 3").kind, ErrorKind::Throttled);
  EXPECT_EQ(refused("500 Oops").kind, ErrorKind::Unavailable);
  EXPECT_EQ(refused("403 Forbidden").kind, ErrorKind::Denied);
  EXPECT_EQ(refused("404 Not Found", "<html>").kind, ErrorKind::NotFound);
  const Error invalid =
      refused("400 Bad Request", std::string(R"({"status":"invalid event","message":"Event object is invalid",)") +
                                     R"("errors":["routing_key )" + kKey + R"( is wrong"]})");
  EXPECT_EQ(invalid.kind, ErrorKind::InvalidInput);
  EXPECT_NE(invalid.message.find("Event object is invalid; routing_key *** is wrong"), std::string::npos)
      << invalid.message;
  answer_with("");
  const Status lost = send(rolled_back());
  EXPECT_EQ(lost.error().kind, ErrorKind::UnknownOutcome);
}

TEST_F(PagerDuty, RefusesWhatIsNoRoutingKeyAtOnce) {
  const Status status = send(rolled_back(), "short");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::InvalidInput);
  EXPECT_TRUE(events().empty());
}

}  // namespace
}  // namespace sluice::pagerduty
