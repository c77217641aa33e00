// What the AWS adapter is surrounded by in tests: a real HTTP server on this machine that answers as the test says, a
// home folder of its own, real programs, and a clock that the test moves.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client.h"
#include "adapters/aws/surroundings.h"
#include "adapters/curl/http_client.h"
#include "adapters/posix/clock.h"
#include "adapters/posix/files.h"
#include "adapters/posix/processes.h"
#include "support/one_shot_server.h"

namespace sluice::test {

class MovedClock final : public ports::Clock {
 public:
  explicit MovedClock(TimePoint start) : now_(start) {}
  TimePoint now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void move(Milliseconds span) {
    const std::lock_guard lock(mutex_);
    now_ += span;
  }

 private:
  mutable std::mutex mutex_;
  TimePoint now_;
};

struct Answer {
  int status = 200;
  std::string body;
  std::map<std::string, std::string> headers = {};
  bool lost = false;  ///< The connection ends without an answer.
};

class AwsSurroundings {
 public:
  /// Gets a whole request, head and body.
  using Handler = std::function<Answer(const std::string& request)>;

  explicit AwsSurroundings(Handler handler = [](const std::string&) { return Answer{404, "{}"}; })
      : handler_(std::move(handler)),
        server_([this](int connection, const std::string& request) { serve(connection, request); }) {
    home_ = std::filesystem::temp_directory_path() / "sluice-aws-XXXXXX";
    if (mkdtemp(home_.data()) == nullptr) std::abort();
    std::filesystem::create_directories(home_ + "/.aws/sso/cache");
    variables = {{"HOME", home_}, {"AWS_EC2_METADATA_DISABLED", "true"}, {"AWS_ENDPOINT_URL", server_.url()}};
  }
  ~AwsSurroundings() { std::filesystem::remove_all(home_); }
  AwsSurroundings(const AwsSurroundings&) = delete;
  AwsSurroundings& operator=(const AwsSurroundings&) = delete;

  aws::Surroundings get() {
    return {.http = http_,
            .files = files_,
            .processes = processes_,
            .clock = clock,
            .variables =
                [this](const std::string& name) {
                  const auto found = variables.find(name);
                  return found == variables.end() ? std::nullopt : std::optional(found->second);
                },
            .region = "eu-west-1"};
  }
  /// With keys in the environment.
  aws::Surroundings with_keys() {
    variables["AWS_ACCESS_KEY_ID"] = "AKIA";
    variables["AWS_SECRET_ACCESS_KEY"] = "hidden";
    return get();
  }
  void write(const std::string& path, const std::string& text) { std::ofstream(home_ + path) << text; }
  std::string read(const std::string& path) {
    std::ifstream file(home_ + path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  const std::string& home() const { return home_; }
  std::string url() const { return server_.url(); }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  std::map<std::string, std::string> variables;
  MovedClock clock{*parse_rfc3339("2026-01-02T03:04:05Z")};

 private:
  void serve(int connection, const std::string& request) {
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      answer = handler_(request);
    }
    if (answer.lost) return;
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Said\r\n";
    for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
    text += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
    if (::write(connection, text.data(), text.size()) < 0) std::perror("write");
  }

  Handler handler_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::string home_;
  curl::HttpClient http_;
  posix::Files files_;
  posix::Processes processes_;
  OneShotServer server_;
};

/// A client that waits for nothing between repeats.
inline aws::Client::Options at_once() {
  return {.pause = [](Milliseconds, const std::stop_token&) -> Status { return {}; }, .chance = [] { return 0.0; }};
}

/// What STS answers to AssumeRole and AssumeRoleWithWebIdentity.
inline Answer sts_answer(const std::string& operation, const std::string& key_id, const std::string& expiration) {
  return {200,
          "<" + operation + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + operation +
              "Result><Credentials><AccessKeyId>" + key_id +
              "</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey><SessionToken>token</SessionToken><Expiration>" +
              expiration + "</Expiration></Credentials></" + operation + "Result></" + operation + "Response>"};
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace sluice::test
