#include "application/preflight.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace sluice::application {
namespace {

constexpr Milliseconds kPoll{100};
constexpr Milliseconds kAnswerTimeout{2000};
constexpr Milliseconds kHealthTimeout{30'000};     ///< Docker's default for a HEALTHCHECK without --timeout.
constexpr Milliseconds kLeastHealthTimeout{1000};  ///< However little of `preflight.within` is left.
constexpr int kLogLines = 10;
// What shells and exec(3) report for a program that cannot be run or is not there.
constexpr int kCannotRun = 126;
constexpr int kNotThere = 127;

image::Cause refusal(std::string message) { return {image::Cause::Weight::Refusal, std::move(message)}; }

/// Text of a program as the end of a message: without line ends at its end, cut where it would be too long.
std::string quoted(std::string text) {
  constexpr std::size_t kMost = 1500;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (text.size() > kMost) text = "…" + text.substr(text.size() - kMost);
  return text.empty() ? "(it wrote nothing)" : text;
}

bool says_not_found(const ports::CommandOutcome& outcome) {
  const auto says = [&outcome](const char* text) { return outcome.output.find(text) != std::string::npos; };
  // `sh: 1: curl: not found`, `bash: curl: command not found`, `exec: "curl": executable file not found in $PATH`
  return outcome.exit_code == kNotThere || outcome.exit_code == kCannotRun || says(": not found") ||
         says("command not found") || says("executable file not found");
}

class Preflight {
 public:
  Preflight(const ImageStagePorts& ports, const PreflightRequest& request, const SayLine& say, std::stop_token stop)
      : ports_(ports),
        request_(request),
        say_(say),
        stop_(std::move(stop)),
        health_argv_(request.image.health_arguments()),
        deadline_(ports.clock.now() + request.service.preflight.within) {}

  Result<image::Causes> run() {
    say_(fmt::format("starting the image alone: no network, {} variable(s) of preflight.env",
                     request_.service.preflight.env.size()));
    auto started = ports_.sandbox.start(request_.start, stop_);
    if (!started.has_value()) {
      if (started.error().kind != ErrorKind::Failed) return std::move(started.error());
      causes_.push_back(refusal("started alone, it did not start: " + quoted(started.error().message)));
      TRY(try_health_check_alone());
      return causes_;
    }
    sandbox_ = std::move(*started);
    TRY(watch());
    return causes_;
  }

 private:
  Milliseconds left() const { return std::chrono::duration_cast<Milliseconds>(deadline_ - ports_.clock.now()); }
  Milliseconds health_timeout() const {
    const auto own = request_.image.health_check->timeout;
    return std::min(own.count() > 0 ? own : kHealthTimeout, std::max(left(), kLeastHealthTimeout));
  }

  /// Looks again and again until all is well, it ends, or the time is over.
  Status watch() {
    bool answered = false;
    while (true) {
      TRY_ASSIGN(const auto ended, sandbox_->ended());
      if (ended) return it_ended(*ended);
      if (!answered) {
        TRY_ASSIGN(answered, path_answers());
      }
      if (answered) {
        TRY_ASSIGN(const bool healthy, health_check_succeeds());
        if (healthy || !causes_.empty()) return {};
      }
      if (left() <= Milliseconds(0)) return time_is_over(answered);
      TRY(ports_.pause(kPoll, stop_));
    }
  }

  Result<bool> path_answers() {
    const auto& path = request_.service.health.path;
    const auto answer = sandbox_->get(request_.service.port, path, kAnswerTimeout, stop_);
    if (!answer.has_value()) {
      if (answer.error().kind == ErrorKind::Cancelled) return answer.error();
      last_answer_ = answer.error().message;
      return false;
    }
    last_answer_ = fmt::format("it answered {}: {}", answer->status, quoted(answer->body));
    if (answer->status < 200 || answer->status > 399) return false;
    say_(fmt::format("GET {} on port {} answers {}", path, request_.service.port, answer->status));
    return true;
  }

  /// True when there is none. One that cannot run at all is a cause at once.
  Result<bool> health_check_succeeds() {
    if (health_argv_.empty()) return true;
    const auto outcome = sandbox_->run(health_argv_, health_timeout(), stop_);
    if (!outcome.has_value()) {
      if (outcome.error().kind == ErrorKind::Cancelled) return outcome.error();
      last_health_ = outcome.error().message;
      return false;
    }
    last_health_ = fmt::format("exit {}: {}", outcome->exit_code, quoted(outcome->output));
    if (outcome->exit_code == 0) {
      say_("its HEALTHCHECK succeeds");
      return true;
    }
    if (says_not_found(*outcome)) causes_.push_back(refusal("started alone, its HEALTHCHECK fails: " + last_health_));
    return false;
  }

  Status it_ended(int exit_code) {
    TRY_ASSIGN(auto log, sandbox_->log_tail(kLogLines));
    causes_.push_back(refusal(fmt::format("started alone, it ended with exit code {}: {}", exit_code, quoted(log))));
    return try_health_check_alone();
  }

  Status time_is_over(bool answered) {
    const auto within = format_duration(request_.service.preflight.within);
    TRY_ASSIGN(auto log, sandbox_->log_tail(kLogLines));
    if (answered) {
      causes_.push_back(
          refusal(fmt::format("started alone, its HEALTHCHECK did not succeed within {}: {}", within, last_health_)));
      return {};
    }
    causes_.push_back(
        refusal(fmt::format("started alone, GET {} on port {} did not answer 200 to 399 within {}: {}; "
                            "its last lines: {}",
                            request_.service.health.path, request_.service.port, within, last_answer_, quoted(log))));
    // Its HEALTHCHECK most likely asks the same; only a program that is not there is one more cause.
    TRY(health_check_succeeds());
    return {};
  }

  /// Nothing answers it here, so that its failure tells nothing but whether its programs are there.
  Status try_health_check_alone() {
    if (health_argv_.empty()) return {};
    sandbox_.reset();
    const auto outcome = ports_.sandbox.run_alone(request_.start, health_argv_, health_timeout(), stop_);
    if (!outcome.has_value()) {
      if (outcome.error().kind == ErrorKind::TimedOut) return {};
      return outcome.error();
    }
    if (!says_not_found(*outcome)) return {};
    causes_.push_back(refusal(
        fmt::format("run alone, its HEALTHCHECK fails: exit {}: {}", outcome->exit_code, quoted(outcome->output))));
    return {};
  }

  const ImageStagePorts& ports_;
  const PreflightRequest& request_;
  const SayLine& say_;
  std::stop_token stop_;
  std::vector<std::string> health_argv_;
  TimePoint deadline_;
  std::unique_ptr<ports::Sandbox> sandbox_;
  std::string last_answer_ = "it was not asked";
  std::string last_health_;
  image::Causes causes_;
};

}  // namespace

Result<image::Causes> start_alone(const ImageStagePorts& ports, const PreflightRequest& request, const SayLine& say,
                                  std::stop_token stop) {
  return Preflight(ports, request, say, std::move(stop)).run();
}

}  // namespace sluice::application
