// The credentials in use: found in AWS's order, kept, and renewed ahead of their end.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class CredentialChain {
 public:
  static constexpr Milliseconds kRenewAhead{std::chrono::minutes{5}};
  /// After a renewal that failed while what is there still holds.
  static constexpr Milliseconds kRenewAgain{std::chrono::seconds{30}};

  /// `role_arn`: the role that the environment of sluice.yaml names; with it, a job of GitHub Actions takes it on by
  /// its own token, and credentials of any other kind take it on by AssumeRole. Empty: what is found is used as it is.
  CredentialChain(Surroundings around, std::string role_arn)
      : around_(std::move(around)), role_arn_(std::move(role_arn)) {}

  /// In this order: environment, GitHub OIDC (with a role), web identity, profile, container, instance metadata. What
  /// ends within `kRenewAhead` is renewed, by one caller at a time; the others get what is there while it holds, else
  /// they wait. Errors: NotFound (no source is set up: names all), those of the source that is, Cancelled.
  Result<Credentials> get(std::stop_token stop);

  /// AWS called these expired: the next `get` renews them, whatever their date says. Of no effect once others are here.
  void expired(const Credentials& credentials);

 private:
  Result<Credentials> find(const std::stop_token& stop) const;
  MaybeCredentials first_source(const std::stop_token& stop) const;
  bool holds(TimePoint now) const;
  bool is_due(TimePoint now) const;

  Surroundings around_;
  std::string role_arn_;
  std::mutex mutex_;
  std::condition_variable_any renewed_;
  std::optional<Credentials> current_;
  bool renewing_ = false;
  TimePoint not_before_{};  ///< No renewal before this while `current_` holds.
};

}  // namespace sluice::aws
