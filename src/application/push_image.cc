// ImageStage::push: the gate before the registry, and the attempts.
#include <fmt/format.h>

#include <utility>

#include "application/image_commit.h"
#include "application/image_stage.h"

namespace sluice::application {
namespace {

constexpr int kAttempts = 3;
constexpr Milliseconds kFirstPause{1000};  ///< Doubled from attempt to attempt.

Error refused(const ImageRequest& request, const std::string& reason) {
  return {ErrorKind::Conflict, fmt::format("the image of {} is not pushed: {}", request.service.name, reason)};
}

/// What stands against a push, from the records alone.
Status may_be_pushed(const ImageRequest& request, const ports::ImageRecord& record) {
  using Verdict = ports::ImageVerdict;
  const auto& name = request.service.name;
  if (record.check == Verdict::NotAsked) {
    return refused(request, fmt::format("it was not checked; run `sluice image check {}` first", name));
  }
  if (record.check == Verdict::Refused) {
    return refused(request, record.check_findings.empty() ? "its check refused it"
                                                          : "its check refused it: " + record.check_findings[0]);
  }
  const bool off_no_more = record.scan == Verdict::Off && !request.service.scan.off;
  if (record.scan == Verdict::NotAsked || off_no_more) {
    return refused(request, fmt::format("it was not scanned; run `sluice image scan {}` first", name));
  }
  if (record.scan == Verdict::Refused) {
    return refused(request, fmt::format("its scan found {}",
                                        record.scan_findings.empty() ? "vulnerabilities" : record.scan_findings[0]));
  }
  return {};
}

/// One attempt: what the registry has under this tag stays, unless the image was built again on request.
Result<PushedImage> attempt(ports::Registry& registry, const ports::RegistryName& name,
                            const ports::ImageRecord& record, const std::stop_token& stop) {
  PushedImage pushed{.tag = name.tag};
  if (!record.rebuilt) {
    auto there = registry.digest(name, stop);
    if (!there.has_value() && there.error().kind != ErrorKind::NotFound) return std::move(there.error());
    pushed.reused = there.has_value();
    if (pushed.reused) pushed.digest = std::move(*there);
  }
  if (!pushed.reused) {
    TRY_ASSIGN(pushed.digest, registry.push(record.image_id, name, stop));
    // Believed only when it was read back.
    TRY_ASSIGN(const auto read, registry.digest(name, stop));
    if (read != pushed.digest) {
      return Error{ErrorKind::Conflict, fmt::format("{} was pushed as {} but reads back as {}: somebody else pushed it",
                                                    name.to_string(), pushed.digest, read)};
    }
  }
  pushed.reference = name.by_digest(pushed.digest);
  return pushed;
}

}  // namespace

Result<PushedImage> ImageStage::push(const ImageRequest& request, const SayLine& say, std::stop_token stop) {
  TRY_ASSIGN(const auto commit, read_image_commit(ports_.processes, request.directory, stop));
  if (commit.dirty) {
    return refused(request,
                   fmt::format("{} has uncommitted changes, and a tag stands for a commit", request.directory));
  }
  TRY_ASSIGN(auto found, ports_.records.find(request.project, request.service.name, commit.name()));
  if (!found) {
    return refused(request, fmt::format("commit {} was not built here; run `sluice image build {}` first", commit.hash,
                                        request.service.name));
  }
  TRY(may_be_pushed(request, *found));
  const ports::RegistryName name{.registry = request.registry,
                                 .repository = request.service.image,
                                 .tag = "sha-" + commit.hash,
                                 .role = request.role};
  TRY_ASSIGN(const ports::PushRules rules, ports_.registry.rules(name, stop));
  for (const std::string& notice : rules.notices) say("note: " + notice);
  if (rules.keeps_tag && found->rebuilt) {
    say(fmt::format("note: {} keeps what its tags mean: if {} is there, the image that was built again is not pushed",
                    name.repository, name.tag));
    found->rebuilt = false;
  }
  auto pause = kFirstPause;
  for (int count = 1;; ++count, pause *= 2) {
    auto pushed = attempt(ports_.registry, name, *found, stop);
    if (pushed.has_value()) {
      found->digests[name.registry + "/" + name.repository] = pushed->digest;
      found->rebuilt = false;
      TRY(save_used(ports_, *found));
      say(fmt::format("{} {}", pushed->reused ? "the registry has it already:" : "pushed", pushed->reference));
      return pushed;
    }
    say(fmt::format("attempt {} of {} failed: {}", count, kAttempts, pushed.error().message));
    if (!is_retryable(pushed.error().kind)) return std::move(pushed.error());
    if (count == kAttempts) {
      return std::move(pushed.error())
          .with_context(fmt::format("{} attempts to push {} failed, the last", kAttempts, name.to_string()));
    }
    TRY(ports_.pause(pause, stop));
  }
}

}  // namespace sluice::application
