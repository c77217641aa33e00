#include "adapters/slack/notifier.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <mutex>

#include "adapters/curl/http_client.h"
#include "support/one_shot_server.h"

namespace sluice::slack {
namespace {

constexpr const char* kSecretPath = "/services/T000/B000/s3cr3t";

/// A webhook on this machine that answers what the test says.
class SlackNotifier : public testing::Test {
 protected:
  /// The answer before may still be on its way out of the server's thread.
  void answer_with(std::string response) {
    const std::scoped_lock lock(mutex_);
    response_ = std::move(response);
  }
  Status send(const ports::Message& message = {.subject = "subject", .text = "text"}) {
    return notifier_.send({{}, Secret(server_.url() + kSecretPath)}, message);
  }
  ErrorKind kind_for(const std::string& head, const std::string& body = "") {
    answer_with("HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const Status status = send();
    EXPECT_FALSE(status.has_value()) << head;
    message_ = status.error().message;
    EXPECT_EQ(message_.find("s3cr3t"), std::string::npos) << message_;
    return status.error().kind;
  }
  std::string request() {
    const std::scoped_lock lock(mutex_);
    return request_;
  }

  std::string message_;

 private:
  std::mutex mutex_;
  std::string request_;
  std::string response_ = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  test::OneShotServer server_{[this](int connection, const std::string& request) {
    const std::scoped_lock lock(mutex_);
    request_ = request;
    if (::write(connection, response_.data(), response_.size()) < 0) ADD_FAILURE() << "cannot answer";
  }};
  curl::HttpClient http_;
  Notifier notifier_{http_};
};

TEST_F(SlackNotifier, PostsTheMessageToTheWebhook) {
  const Status status = send({.subject = "rolled back", .text = "a <b>", .tone = ports::Message::Tone::Bad});
  ASSERT_TRUE(status.has_value()) << status.error().message;
  const std::string sent = request();
  EXPECT_TRUE(sent.starts_with("POST " + std::string(kSecretPath) + " HTTP/1.1\r\n")) << sent;
  EXPECT_NE(sent.find("Content-Type: application/json"), std::string::npos);
  const auto body = boost::json::parse(sent.substr(sent.find("\r\n\r\n") + 4));
  EXPECT_EQ(body.at("text").as_string(), "*rolled back*");
  EXPECT_EQ(body.at_pointer("/attachments/0/blocks/0/text/text").as_string(), "a &lt;b&gt;");
}

TEST_F(SlackNotifier, TellsWhatMayBeRepeatedFromWhatMayNot) {
  EXPECT_EQ(kind_for("429 Too Many Requests\r\nRetry-After: 30"), ErrorKind::Throttled);
  EXPECT_EQ(message_, "Slack takes no more messages now: it asks to wait 30 s");
  EXPECT_EQ(kind_for("500 Internal Server Error", "rollup_error"), ErrorKind::Unavailable);
  EXPECT_EQ(kind_for("503 Service Unavailable"), ErrorKind::Unavailable);
  EXPECT_EQ(kind_for("403 Forbidden", "action_prohibited"), ErrorKind::Denied);
  EXPECT_EQ(kind_for("404 Not Found", "no_service"), ErrorKind::NotFound);
  EXPECT_EQ(message_, "the Slack webhook or its channel is gone: 404 (no_service); make a new webhook");
  EXPECT_EQ(kind_for("410 Gone", "channel_is_archived"), ErrorKind::NotFound);
  EXPECT_EQ(kind_for("400 Bad Request", "invalid_payload"), ErrorKind::InvalidInput);
  EXPECT_EQ(kind_for("302 Found\r\nLocation: https://slack.com/"), ErrorKind::InvalidInput);
  EXPECT_EQ(kind_for("500 Oops", "<html><body>s3cr3t</body>"), ErrorKind::Unavailable) << "no body of others is shown";
}

TEST_F(SlackNotifier, ALostAnswerIsAnUnknownOutcome) {
  answer_with("");
  const Status status = send();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::UnknownOutcome);
  EXPECT_EQ(status.error().message.find("s3cr3t"), std::string::npos) << status.error().message;
}

TEST(SlackNotifierAddress, IsNeverShown) {
  curl::HttpClient http;
  Notifier notifier(http);
  // Port 1 of this machine: nobody answers.
  for (const char* address : {"http://127.0.0.1:1/s3cr3t", "s3cr3t", "http://s3cr3t:x/", ""}) {
    const Status status = notifier.send({{}, Secret(address)}, {.subject = "s"});
    ASSERT_FALSE(status.has_value()) << address;
    EXPECT_EQ(status.error().message.find("s3cr3t"), std::string::npos) << status.error().message;
  }
  EXPECT_EQ(notifier.send({{}, Secret("http://127.0.0.1:1/")}, {.subject = "s"}).error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(notifier.send({{}, Secret("hooks.slack.com/x")}, {.subject = "s"}).error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace sluice::slack
