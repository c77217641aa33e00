// From code to a published version: into $LATEST, and from there, guarded against whoever else uses it.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "adapters/aws/lambda/function_service.h"
#include "core/rollout/function_code.h"
#include "ports/clock.h"
#include "ports/packages.h"

namespace sluice::aws::lambda {

/// One attempt to make a version. Nothing that may have been done is done again before it was looked for.
class Publication {
 public:
  struct Options {
    rollout::FunctionCode code;
    std::string description;  ///< Of the version; by it the version is found again.
    TimePoint deadline{};
  };
  struct Surroundings {
    ports::Packages& packages;
    const ports::Clock& clock;
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
  };
  static constexpr Milliseconds kPause{1'000};
  /// So often somebody else's update between ours and its publication is overcome.
  static constexpr int kAttempts = 5;
  /// So often what was uploaded is looked for, since reads may be behind.
  static constexpr int kMostLooks = 20;

  /// All must outlive this.
  Publication(Options options, const FunctionService& function, Surroundings around)
      : options_(std::move(options)), function_(function), around_(std::move(around)) {}

  /// The version's number: one that has the description already, else a new one. Waits while the function is being
  /// updated by others. Errors: NotFound (package, function), InvalidInput (the package has changed since it was named,
  /// Lambda does not take it, or somebody else has put other code into $LATEST before ours was published), Conflict
  /// (others change it all the time), TimedOut, Failed (with Lambda's own reason), those of the client.
  Result<std::string> publish(const std::stop_token& stop);

 private:
  Result<std::string> find(const std::stop_token& stop) const;
  Result<FunctionConfiguration> settled(const std::string& qualifier, const std::stop_token& stop) const;
  Result<bool> has_our_code(const FunctionConfiguration& latest) const;
  Result<FunctionConfiguration> with_our_code(const std::stop_token& stop);
  Result<std::string> publish_once(const std::stop_token& stop);
  Result<std::string> package_bytes() const;

  Options options_;
  const FunctionService& function_;
  Surroundings around_;
  std::string sha_;         ///< CodeSha256 of our code, as soon as it is known.
  std::string sha_before_;  ///< Of what our upload has replaced.
  bool is_uploaded_ = false;
};

}  // namespace sluice::aws::lambda
