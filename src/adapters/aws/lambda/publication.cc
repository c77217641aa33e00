#include "adapters/aws/lambda/publication.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::aws::lambda {
namespace {

/// What a second look decides: somebody else was faster, or the answer was lost.
bool is_worth_another_look(ErrorKind kind) { return kind == ErrorKind::Conflict || kind == ErrorKind::UnknownOutcome; }

}  // namespace

Result<std::string> Publication::find(const std::stop_token& stop) const {
  TRY_ASSIGN(const auto versions, function_.versions(stop));
  const auto found = std::ranges::find(versions, options_.description, &FunctionConfiguration::description);
  return found == versions.end() ? std::string() : found->version;
}

/// As soon as nothing is under way with it.
Result<FunctionConfiguration> Publication::settled(const std::string& qualifier, const std::stop_token& stop) const {
  for (int looks = 1;; ++looks) {
    auto read = function_.configuration(qualifier, stop);
    // What was published a moment ago may not be told yet.
    const bool may_come = !read && read.error().kind == ErrorKind::NotFound && !qualifier.empty() && looks < kMostLooks;
    if (may_come) {
      TRY(around_.pause(kPause, stop));
      continue;
    }
    TRY_ASSIGN(FunctionConfiguration configuration, std::move(read));
    if (configuration.state == "Failed") {
      return Error{ErrorKind::Failed,
                   fmt::format("the {}{} is in the state Failed: {}", function_.name(),
                               qualifier.empty() ? "" : " version " + qualifier, configuration.state_reason)};
    }
    if (!configuration.is_changing()) return configuration;
    if (around_.clock.now() >= options_.deadline) {
      return Error{
          ErrorKind::TimedOut,
          fmt::format("the {} is still being updated ({}, {}): Lambda takes no update beside another. Look who "
                      "updates it, or raise health.within",
                      function_.name(), configuration.state, configuration.last_update_status)};
    }
    TRY(around_.pause(kPause, stop));
  }
}

Result<std::string> Publication::package_bytes() const {
  const auto* zip = std::get_if<rollout::ZipFile>(&options_.code);
  if (zip == nullptr) return std::string();
  TRY_ASSIGN(ports::Package package, around_.packages.read(zip->path));
  if (package.code_sha256 == zip->code_sha256) return std::move(package.bytes);
  return Error{ErrorKind::InvalidInput,
               fmt::format("{} has changed since the deployment was asked for (CodeSha256 {}, it was {}): deploy again",
                           zip->path, package.code_sha256, zip->code_sha256)};
}

/// What is in $LATEST after our upload. Nothing while a read tells what was before.
Result<bool> Publication::has_our_code(const FunctionConfiguration& latest) const {
  if (latest.code_sha256 == sha_) {
    if (latest.last_update_status != "Failed") return true;
    return Error{ErrorKind::Failed,
                 fmt::format("the update of the {} failed: {}", function_.name(), latest.last_update_reason)};
  }
  if (latest.code_sha256 == sha_before_) return false;
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("somebody else has put other code into $LATEST of the {} before ours was published (CodeSha256 {}, "
                  "ours is {}): deploy again when they have ended",
                  function_.name(), latest.code_sha256, sha_)};
}

/// $LATEST, settled and with our code.
Result<FunctionConfiguration> Publication::with_our_code(const std::stop_token& stop) {
  const auto* zip = std::get_if<rollout::ZipFile>(&options_.code);
  if (zip != nullptr) sha_ = zip->code_sha256;
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(FunctionConfiguration latest, settled("", stop));
    if (is_uploaded_) {
      TRY_ASSIGN(const bool is_ours, has_our_code(latest));
      if (is_ours) return latest;
    } else if (!sha_.empty() && latest.code_sha256 == sha_ && latest.last_update_status != "Failed") {
      return latest;
    } else {
      TRY_ASSIGN(const std::string bytes, package_bytes());
      auto updated = function_.update_code(options_.code, bytes, latest.revision_id, stop);
      if (updated) {
        is_uploaded_ = true;
        sha_before_ = latest.code_sha256;
        sha_ = updated->code_sha256;
        continue;
      }
      const bool is_late = attempt >= kAttempts || around_.clock.now() >= options_.deadline;
      if (!is_worth_another_look(updated.error().kind) || is_late) return std::move(updated.error());
    }
    if (attempt >= kMostLooks) {
      return Error{ErrorKind::Unavailable, fmt::format("the {} does not tell of its new code", function_.name())};
    }
    TRY(around_.pause(kPause, stop));
  }
}

Result<std::string> Publication::publish_once(const std::stop_token& stop) {
  TRY_ASSIGN(const FunctionConfiguration latest, with_our_code(stop));
  // CodeSha256 and RevisionId: what is published is what was looked at, or nothing.
  TRY_ASSIGN(const FunctionConfiguration version, function_.publish(latest, options_.description, stop));
  return version.version;
}

Result<std::string> Publication::publish(const std::stop_token& stop) {
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(std::string version, find(stop));
    if (version.empty()) {
      auto published = publish_once(stop);
      if (!published) {
        // Another RevisionId in $LATEST is PreconditionFailedException; other code InvalidParameterValueException, of
        // which the second look finds out more.
        const ErrorKind kind = published.error().kind;
        const bool is_open =
            is_worth_another_look(kind) || (kind == ErrorKind::InvalidInput && is_uploaded_ && attempt == 1);
        const bool is_late = attempt == kAttempts || around_.clock.now() >= options_.deadline;
        if (!is_open || is_late) return std::move(published.error());
        TRY(around_.pause(kPause, stop));
        continue;
      }
      version = std::move(*published);
    }
    TRY(settled(version, stop));
    return version;
  }
}

}  // namespace sluice::aws::lambda
