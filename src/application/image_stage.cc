#include "application/image_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "application/image_commit.h"
#include "application/preflight.h"

namespace sluice::application {
namespace {

constexpr std::size_t kShortId = 12;

std::string short_id(const std::string& id) { return id.substr(0, kShortId); }

/// The record of what is checked out. Error: NotFound when that was not built here.
Result<ports::ImageRecord> built_image(const ImageStagePorts& ports, const ImageRequest& request,
                                       const std::stop_token& stop) {
  TRY_ASSIGN(const auto commit, read_image_commit(ports.processes, request.directory, stop));
  TRY_ASSIGN(auto record, ports.records.find(request.project, request.service.name, commit.name()));
  if (!record) {
    return Error{ErrorKind::NotFound,
                 fmt::format("no image of {} was built of commit {} here; run `sluice image build {}` first",
                             request.service.name, commit.name(), request.service.name)};
  }
  return std::move(*record);
}

Result<std::vector<image::ScanSeverity>> severities(const std::vector<std::string>& names) {
  std::vector<image::ScanSeverity> result;
  for (const auto& name : names) {
    const auto severity = image::parse_severity(name);
    if (!severity) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("scan.block: '{}' is no severity (CRITICAL, HIGH, MEDIUM, LOW, UNKNOWN)", name)};
    }
    result.push_back(*severity);
  }
  return result;
}

/// The image as this service starts it.
image::ImageConfiguration as_started(image::ImageConfiguration image, const config::Service& service) {
  if (!service.command.empty()) image.command = service.command;
  return image;
}

ports::SandboxRequest sandbox_request(const ImageRequest& request, const ports::ImageRecord& record) {
  const auto& service = request.service;
  ports::SandboxRequest start{.image_id = record.image_id,
                              .name = fmt::format("sluice-preflight-{}-{}", request.project, service.name),
                              .env = service.preflight.env,
                              .command = service.command,
                              .read_only = service.read_only};
  // On the host network an image takes its port from this variable.
  if (service.network == rollout::Network::Host) start.env.emplace("PORT", std::to_string(service.port));
  return start;
}

}  // namespace

std::string built_image_name(const std::string& project, const std::string& service, const std::string& commit) {
  return fmt::format("localhost/sluice-{}-{}:sha-{}", project, service, commit);
}

Status save_used(const ImageStagePorts& ports, ports::ImageRecord& record) {
  record.used_at = ports.clock.now();
  return ports.records.save(record);
}

Result<ports::ImageRecord> ImageStage::build(const ImageRequest& request, const SayLine& say, std::stop_token stop) {
  TRY_ASSIGN(const auto commit, read_image_commit(ports_.processes, request.directory, stop));
  const auto& build = request.service.build;
  if (!request.rebuild && !commit.dirty) {
    TRY_ASSIGN(auto known, ports_.records.find(request.project, request.service.name, commit.name()));
    const bool same = known && known->dockerfile == build.dockerfile && known->args == build.args;
    if (same && ports_.builder.inspect(known->image_id).has_value()) {
      say(fmt::format("commit {} was built already: image {} (--rebuild builds it again)", short_id(commit.hash),
                      short_id(known->image_id)));
      TRY(save_used(ports_, *known));
      return std::move(*known);
    }
  }
  const std::string context = request.directory + "/" + build.context;
  say(fmt::format("building {} of commit {}{}", request.service.name, short_id(commit.hash),
                  commit.dirty ? " with uncommitted changes" : ""));
  ports::ImageRecord record{.project = request.project,
                            .service = request.service.name,
                            .commit = commit.name(),
                            .dockerfile = build.dockerfile,
                            .args = build.args,
                            .rebuilt = request.rebuild};
  TRY_ASSIGN(record.image_id,
             ports_.builder.build({.context = context,
                                   .dockerfile = context + "/" + build.dockerfile,
                                   .args = build.args,
                                   .name = built_image_name(request.project, request.service.name, commit.name()),
                                   .on_line = say},
                                  std::move(stop)));
  record.built_at = ports_.clock.now();
  TRY(save_used(ports_, record));
  say(fmt::format("built image {}", short_id(record.image_id)));
  return record;
}

Result<CheckedImage> ImageStage::check(const ImageRequest& request, const SayLine& say, std::stop_token stop) {
  TRY_ASSIGN(auto record, built_image(ports_, request, stop));
  say(fmt::format("checking image {} of commit {}", short_id(record.image_id), short_id(record.commit)));
  TRY_ASSIGN(auto configuration, ports_.builder.inspect(record.image_id));
  const auto image = as_started(std::move(configuration), request.service);
  TRY_ASSIGN(const auto files, ports_.sandbox.files(record.image_id));
  CheckedImage checked{.image_id = record.image_id, .causes = image::inspect(image, files, request.service.port)};
  TRY_ASSIGN(
      const auto causes,
      start_alone(ports_, {.start = sandbox_request(request, record), .image = image, .service = request.service}, say,
                  std::move(stop)));
  checked.causes.insert(checked.causes.end(), causes.begin(), causes.end());
  record.check = checked.passed() ? ports::ImageVerdict::Passed : ports::ImageVerdict::Refused;
  record.check_findings.clear();
  for (const auto& cause : checked.causes) record.check_findings.push_back(cause.message);
  TRY(save_used(ports_, record));
  return checked;
}

Result<ScannedImage> ImageStage::scan(const ImageRequest& request, const SayLine& say, std::stop_token stop) {
  TRY_ASSIGN(auto record, built_image(ports_, request, stop));
  ScannedImage scanned{.image_id = record.image_id, .off = request.service.scan.off};
  if (scanned.off) {
    say("scan: off in sluice.yaml: the image is not scanned");
  } else {
    TRY_ASSIGN(const auto block, severities(request.service.scan.block));
    say(fmt::format("scanning image {}", short_id(record.image_id)));
    auto report = ports_.scanner.scan(record.image_id, std::move(stop));
    if (!report.has_value()) {
      if (report.error().kind == ErrorKind::NotFound) {
        report.error().message += "; install it, or say `scan: off` in the `build` of this service in sluice.yaml";
      }
      return std::move(report.error());
    }
    scanned.report = std::move(*report);
    scanned.blocking = scanned.report.of(block);
  }
  record.scan = scanned.off        ? ports::ImageVerdict::Off
                : scanned.passed() ? ports::ImageVerdict::Passed
                                   : ports::ImageVerdict::Refused;
  record.scan_findings.clear();
  for (const auto& found : scanned.blocking) record.scan_findings.push_back(image::describe(found));
  TRY(save_used(ports_, record));
  return scanned;
}

}  // namespace sluice::application
