#include "adapters/github/notifier.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <functional>
#include <mutex>

#include "adapters/curl/http_client.h"
#include "adapters/github/issue_text.h"
#include "support/one_shot_server.h"

namespace sluice::github {
namespace {

namespace json = boost::json;

/// Issues of one repository on this machine, kept as GitHub keeps them, newest first.
class GitHub : public testing::Test {
 protected:
  struct Kept {
    std::string state;
    std::string title;
    std::string body;
    std::vector<std::string> comments;
    bool is_pull_request = false;
  };

  Status send(const ports::Message& message) {
    return notifier_.send({rollout::GitHubRepository{"octo-org/shop", {}}, Secret("t0ken")}, message);
  }
  static ports::Message rolled_back(const std::string& id = "t-9") {
    return {
        .id = id,
        .subject = "web was rolled back",
        .text = "GREEN answers 5xx",
        .about = {
            .kind = "rolled_back", .incident = "01kaq0", .ended = {}, .began = *parse_rfc3339("2026-01-02T03:04:05Z")}};
  }
  static ports::Message succeeded() {
    ports::Message message = rolled_back("t-3");
    message.about.kind = "succeeded";
    message.about.ended = {"01kaq9", "01kaq0"};
    return message;
  }
  ErrorKind kind_for(const std::string& head, const std::string& body = "{}") {
    refusal_ = "HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    const Status status = send(rolled_back());
    refusal_.clear();
    EXPECT_FALSE(status) << head;
    EXPECT_EQ(status.error().message.find("t0ken"), std::string::npos);
    return status.error().kind;
  }

  std::mutex mutex_;
  std::vector<Kept> issues_;
  std::vector<std::string> requests_;
  std::string refusal_;
  bool loses_the_next_post_ = false;

 private:
  void answer(int connection, const std::string& request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    std::string text = refusal_;
    const bool is_post = request.starts_with("POST ");
    if (text.empty()) {
      const std::string body = json::serialize(handle(request));
      text = std::string("HTTP/1.1 ") + (is_post ? "201 Created" : "200 OK") +
             "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    if (is_post && loses_the_next_post_) {
      loses_the_next_post_ = false;
      return;
    }
    if (::write(connection, text.data(), text.size()) < 0) ADD_FAILURE() << "cannot answer";
  }
  json::value handle(const std::string& request) {
    const std::string path = request.substr(0, request.find(" HTTP/1.1"));
    const std::size_t number_at = path.find("/issues/");
    const bool is_post = path.starts_with("POST ");
    const json::value body = is_post ? json::parse(request.substr(request.find("\r\n\r\n") + 4)) : json::value();
    if (number_at == std::string::npos) return is_post ? create(body) : list(path);
    Kept& issue = issues_.at(std::strtoul(path.c_str() + number_at + 8, nullptr, 10) - 1);
    if (is_post) issue.comments.emplace_back(body.at("body").as_string());
    json::array comments;
    for (const std::string& comment : issue.comments) comments.push_back(json::object{{"body", comment}});
    return is_post ? comments.back() : json::value(comments);
  }
  json::value create(const json::value& body) {
    issues_.push_back(
        {"open", std::string(body.at("title").as_string()), std::string(body.at("body").as_string()), {}});
    return json::object{{"number", issues_.size()}};
  }
  json::value list(const std::string& path) {
    constexpr std::size_t kPage = 100;
    const std::size_t page = std::strtoul(path.c_str() + path.find("&page=") + 6, nullptr, 10);
    json::array found;
    std::size_t seen = 0;
    for (std::size_t i = issues_.size(); i-- > 0;) {
      if (path.find("state=open") != std::string::npos && issues_[i].state != "open") continue;
      if (seen++ / kPage + 1 != page) continue;
      json::object issue{{"number", i + 1}, {"body", issues_[i].body}};
      if (issues_[i].is_pull_request) issue["pull_request"] = json::object{};
      found.push_back(std::move(issue));
    }
    return found;
  }

  test::OneShotServer server_{[this](int connection, const std::string& request) { answer(connection, request); }};
  curl::HttpClient http_;
  Notifier notifier_{[this](const std::string& name) {
                       return name == "GITHUB_API_URL" ? std::optional(server_.url() + "/") : std::nullopt;
                     },
                     http_};
};

TEST_F(GitHub, OpensOneIssueForAnIncident) {
  const Status status = send(rolled_back());
  ASSERT_TRUE(status) << status.error().message;
  ASSERT_EQ(issues_.size(), 1u);
  EXPECT_EQ(issues_[0].title, "web was rolled back");
  EXPECT_NE(
      requests_[0].find("GET /repos/octo-org/shop/issues?state=all&sort=created&direction=desc&per_page=100&page=1&"
                        "since=2026-01-02T02:54:05Z HTTP/1.1"),
      std::string::npos)
      << requests_[0];
  EXPECT_NE(requests_[0].find("Authorization: Bearer t0ken\r\n"), std::string::npos);
  EXPECT_NE(requests_[0].find("User-Agent: sluice\r\n"), std::string::npos);
  ASSERT_TRUE(send(rolled_back()));
  EXPECT_EQ(issues_.size(), 1u) << "the same message again";
  EXPECT_TRUE(issues_[0].comments.empty());
}

TEST_F(GitHub, OpensNoSecondOneAfterALostAnswer) {
  loses_the_next_post_ = true;
  const Status lost = send(rolled_back());
  EXPECT_EQ(lost.error().kind, ErrorKind::UnknownOutcome);
  ASSERT_TRUE(send(rolled_back()));
  EXPECT_EQ(issues_.size(), 1u);
}

TEST_F(GitHub, AnotherMessageAboutTheIncidentIsACommentOnce) {
  ASSERT_TRUE(send(rolled_back("t-1")));
  loses_the_next_post_ = true;
  EXPECT_FALSE(send(rolled_back("t-2")));
  ASSERT_TRUE(send(rolled_back("t-2")));
  ASSERT_EQ(issues_.size(), 1u);
  EXPECT_EQ(issues_[0].comments.size(), 1u);
}

TEST_F(GitHub, ASuccessCommentsOnWhatIsOpenAndClosesNothing) {
  issues_.push_back({"open", "t", "by a person", {}});
  ASSERT_TRUE(send(rolled_back()));
  for (int i = 0; i < 150; ++i) issues_.push_back({"open", "p", incident_mark("01kaq0"), {}, true});
  ASSERT_TRUE(send(succeeded()));
  ASSERT_TRUE(send(succeeded()));
  EXPECT_EQ(issues_[1].comments.size(), 1u) << "it is behind a page of pull requests";
  EXPECT_EQ(issues_[1].state, "open");
  EXPECT_TRUE(issues_[0].comments.empty());
  issues_[1] = {"closed", "t", issues_[1].body, {}};
  ASSERT_TRUE(send(succeeded()));
  EXPECT_TRUE(issues_[1].comments.empty()) << "a person has closed it";
}

TEST_F(GitHub, ASuccessOpensNothing) {
  ASSERT_TRUE(send(succeeded()));
  EXPECT_TRUE(issues_.empty());
}

TEST_F(GitHub, TellsWhatMayBeRepeatedFromWhatMayNot) {
  EXPECT_EQ(kind_for("429 Too Many Requests\r\nRetry-After: 60"), ErrorKind::Throttled);
  EXPECT_EQ(kind_for("403 Forbidden\r\nX-RateLimit-Remaining: 0"), ErrorKind::Throttled);
  EXPECT_EQ(kind_for("403 Forbidden\r\nRetry-After: 60"), ErrorKind::Throttled);
  EXPECT_EQ(kind_for("403 Forbidden\r\nX-RateLimit-Remaining: 17", R"({"message":"Resource not accessible"})"),
            ErrorKind::Denied);
  EXPECT_EQ(kind_for("401 Unauthorized"), ErrorKind::Denied);
  EXPECT_EQ(kind_for("404 Not Found"), ErrorKind::NotFound);
  EXPECT_EQ(kind_for("410 Gone"), ErrorKind::NotFound);
  EXPECT_EQ(kind_for("422 Unprocessable"), ErrorKind::InvalidInput);
  EXPECT_EQ(kind_for("502 Bad Gateway", "<html>"), ErrorKind::Unavailable);
  EXPECT_EQ(kind_for("200 OK", "<html>"), ErrorKind::Unavailable);
  EXPECT_EQ(kind_for("200 OK", "{}"), ErrorKind::Unavailable) << "no list";
  EXPECT_TRUE(issues_.empty());
}

}  // namespace
}  // namespace sluice::github
