// S3 as the journal uses it, in memory behind a real HTTP server: conditional writes, ages by its own clock, and the
// faults that a test wants. The ETag is of the bytes alone, as S3's is: equal bytes have equal ETags.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "adapters/aws/digest.h"
#include "support/aws_surroundings.h"

namespace sluice::test {

class FakeS3 {
 public:
  struct Stored {
    std::string bytes;
    long written_at = 0;
  };

  FakeS3() {
    around.variables["AWS_ACCESS_KEY_ID"] = "AKIA";
    around.variables["AWS_SECRET_ACCESS_KEY"] = "hidden";
  }

  /// Seconds of its own clock.
  void pass(long seconds) {
    const std::lock_guard lock(mutex_);
    now_ += seconds;
  }
  std::map<std::string, Stored> objects() {
    const std::lock_guard lock(mutex_);
    return objects_;
  }
  void remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    objects_.erase(path);
  }
  void put(const std::string& path, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    objects_[path] = {bytes, now_};
  }
  /// The next so many writes of paths that end so happen, and are answered by nobody.
  void lose_answers(int count, const std::string& path_end) {
    const std::lock_guard lock(mutex_);
    lost_ = {count, path_end};
  }
  /// The next write of such a path happens, is answered by nobody, and from then on S3 is away.
  void lose_answer_and_go(const std::string& path_end) {
    const std::lock_guard lock(mutex_);
    lost_ = {1, path_end};
    goes_ = true;
  }
  /// The next so many writes of paths that end so are refused with 409, since another one is under way; that one then
  /// fails, and the object stays as it is.
  void overtake(int count, const std::string& path_end) {
    const std::lock_guard lock(mutex_);
    overtaken_ = {count, path_end};
  }
  /// Answers nothing but 503 from now on, or no more.
  void set_down(bool down) {
    const std::lock_guard lock(mutex_);
    down_ = down;
  }
  long writes() {
    const std::lock_guard lock(mutex_);
    return writes_;
  }

  AwsSurroundings around{[this](const std::string& request) { return answer(request); }};

 private:
  static std::string header(const std::string& request, const std::string& name) {
    const auto head = request.substr(0, request.find("\r\n\r\n"));
    for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
      const std::string line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
      const std::size_t colon = line.find(':');
      if (colon == name.size() && strcasecmp(line.substr(0, colon).c_str(), name.c_str()) == 0) {
        return line.substr(line.find_first_not_of(' ', colon + 1));
      }
    }
    return {};
  }
  static std::string http_date(long seconds) {
    // A day of which the hours are enough for any test.
    return fmt::format("Thu, 26 Nov 2026 {:02}:{:02}:{:02} GMT", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
  static std::string etag(const std::string& bytes) { return "\"" + aws::sha1_hex(bytes) + "\""; }
  static Answer refusal(int status, const std::string& code) {
    return {status, "<Error><Code>" + code + "</Code><Message>so it is</Message></Error>"};
  }

  Answer answer(const std::string& request) {
    const std::lock_guard lock(mutex_);
    if (down_) return refusal(503, "ServiceUnavailable");
    const std::size_t blank = request.find(' ');
    const std::string method = request.substr(0, blank);
    const std::string path = request.substr(blank + 1, request.find(' ', blank + 1) - blank - 1);
    const auto found = objects_.find(path);
    if (method == "GET") {
      if (found == objects_.end()) return refusal(404, "NoSuchKey");
      return {200,
              found->second.bytes,
              {{"ETag", etag(found->second.bytes)},
               {"Last-Modified", http_date(found->second.written_at)},
               {"Date", http_date(now_)}}};
    }
    if (overtaken_.first > 0 && path.ends_with(overtaken_.second)) {
      --overtaken_.first;
      return refusal(409, "ConditionalRequestConflict");
    }
    const std::string match = header(request, "If-Match");
    if (!match.empty() && found == objects_.end()) return refusal(404, "NoSuchKey");
    if (!match.empty() && match != etag(found->second.bytes)) return refusal(412, "PreconditionFailed");
    if (header(request, "If-None-Match") == "*" && found != objects_.end()) return refusal(412, "PreconditionFailed");
    const std::string body = request.substr(request.find("\r\n\r\n") + 4);
    objects_[path] = {body, now_};
    ++writes_;
    Answer done{200, "", {{"ETag", etag(body)}}};
    if (lost_.first > 0 && path.ends_with(lost_.second)) {
      --lost_.first;
      done.lost = true;
      down_ = std::exchange(goes_, false);
    }
    return done;
  }

  std::mutex mutex_;
  std::map<std::string, Stored> objects_;
  std::pair<int, std::string> lost_;
  std::pair<int, std::string> overtaken_;
  bool down_ = false;
  bool goes_ = false;
  long now_ = 8 * 3600;
  long writes_ = 0;
};

}  // namespace sluice::test
