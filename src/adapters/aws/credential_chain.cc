#include "adapters/aws/credential_chain.h"

#include <fmt/format.h>

#include "adapters/aws/container_credentials.h"
#include "adapters/aws/environment_credentials.h"
#include "adapters/aws/instance_credentials.h"
#include "adapters/aws/profile_credentials.h"
#include "adapters/aws/sts.h"
#include "adapters/aws/web_identity_credentials.h"

namespace sluice::aws {

bool CredentialChain::holds(TimePoint now) const {
  return current_ && (!current_->expires || *current_->expires > now);
}

bool CredentialChain::is_due(TimePoint now) const {
  return current_ && current_->expires && *current_->expires - now <= kRenewAhead && now >= not_before_;
}

Result<Credentials> CredentialChain::get(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const TimePoint now = around_.clock.now();
    const bool usable = holds(now);
    if (usable && (renewing_ || !is_due(now))) return *current_;
    if (!renewing_) break;
    if (!renewed_.wait(lock, stop, [this] { return !renewing_; })) {
      return Error{ErrorKind::Cancelled, "waiting for AWS credentials: cancelled"};
    }
  }
  renewing_ = true;
  lock.unlock();
  auto found = find(stop);
  lock.lock();
  renewing_ = false;
  renewed_.notify_all();
  const TimePoint now = around_.clock.now();
  if (found) {
    current_ = *found;
    return *current_;
  }
  if (!holds(now)) return std::move(found.error());
  not_before_ = now + kRenewAgain;
  return *current_;
}

void CredentialChain::expired(const Credentials& credentials) {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->access_key_id == credentials.access_key_id &&
      current_->session_token.reveal() == credentials.session_token.reveal()) {
    current_.reset();
  }
}

MaybeCredentials CredentialChain::first_source(const std::stop_token& stop) const {
  TRY_ASSIGN(auto found, environment_credentials(around_.variables));
  if (found) return found;
  TRY_ASSIGN(found, web_identity_credentials(around_, stop));
  if (found) return found;
  TRY_ASSIGN(found, profile_credentials(around_, stop));
  if (found) return found;
  TRY_ASSIGN(found, container_credentials(around_, stop));
  if (found) return found;
  return instance_credentials(around_, stop);
}

Result<Credentials> CredentialChain::find(const std::stop_token& stop) const {
  const bool has_keys = around_.variables("AWS_ACCESS_KEY_ID").value_or("") != "";
  if (!role_arn_.empty() && !has_keys) {
    TRY_ASSIGN(auto github, github_credentials(around_, role_arn_, stop));
    if (github) return std::move(*github);
  }
  TRY_ASSIGN(auto found, first_source(stop));
  if (!found) {
    return Error{ErrorKind::NotFound,
                 "no AWS credentials: neither AWS_ACCESS_KEY_ID, nor AWS_WEB_IDENTITY_TOKEN_FILE, nor profile " +
                     profile_name(around_.variables) +
                     ", nor a container's or an instance's role; set one of them, or run `aws sso login`"};
  }
  if (role_arn_.empty()) return std::move(*found);
  auto assumed = Sts(around_).assume_role({.role_arn = role_arn_}, *found, stop);
  if (!assumed) return with_context(std::move(assumed), fmt::format("with the keys of {}", found->source));
  return assumed;
}

}  // namespace sluice::aws
