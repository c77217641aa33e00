// The image stage: build, check (preflight), scan, push, each on its own. What was done to the image of a commit is
// kept in records, so that nothing reaches a registry that was not checked and scanned.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/config/configuration.h"
#include "core/image/inspection.h"
#include "core/image/scan_report.h"
#include "ports/clock.h"
#include "ports/image_builder.h"
#include "ports/image_records.h"
#include "ports/image_sandbox.h"
#include "ports/processes.h"
#include "ports/registry.h"
#include "ports/scanner.h"

namespace sluice::application {

struct ImageRequest {
  std::string project;
  std::string registry;   ///< `127.0.0.1:5000`
  std::string role = {};  ///< That is taken on to log in there, as ports::RegistryName has it.
  config::Service service;
  std::string directory;  ///< Absolute folder of sluice.yaml, in a git repository.
  bool rebuild = false;   ///< `build` only: build although this commit was built.
};

/// Called with each line of progress, without its end.
using SayLine = std::function<void(std::string_view)>;

/// What the image of a commit is called in the local store.
std::string built_image_name(const std::string& project, const std::string& service, const std::string& commit);

struct ImageStagePorts {
  ports::ImageBuilder& builder;
  ports::ImageSandbox& sandbox;
  ports::Scanner& scanner;
  ports::Registry& registry;
  ports::ImageRecords& records;
  ports::Processes& processes;  ///< For git.
  ports::Clock& clock;
  /// Waits for a span. Error: Cancelled as soon as it is asked to stop.
  std::function<Status(Milliseconds, const std::stop_token&)> pause;
};

struct CheckedImage {
  std::string image_id;
  image::Causes causes;  ///< Refusals and notes; the image passed when there is no refusal.
  bool passed() const { return !image::has_refusals(causes); }
};

struct ScannedImage {
  std::string image_id;
  bool off = false;  ///< The configuration says so; `report` is empty then.
  image::ScanReport report;
  std::vector<image::Vulnerability> blocking;  ///< Those that stop the push.
  bool passed() const { return blocking.empty(); }
};

struct PushedImage {
  std::string reference;  ///< `REGISTRY/NAME@sha256:…`
  std::string digest;
  std::string tag;      ///< `sha-COMMIT`
  bool reused = false;  ///< The registry had this commit's image already.
};

/// Keeps a record, as worked with now. Error: Unavailable.
Status save_used(const ImageStagePorts& ports, ports::ImageRecord& record);

/// Each call blocks; calls for different services may run at the same time, those for one service come one after the
/// other. Errors of all: InvalidInput (no git repository), Cancelled, Unavailable (records cannot be written).
class ImageStage {
 public:
  explicit ImageStage(ImageStagePorts ports) : ports_(std::move(ports)) {}

  /// Builds the image of the commit that is checked out, or finds the one that was built of it. Errors besides: those
  /// of ports::ImageBuilder::build.
  Result<ports::ImageRecord> build(const ImageRequest& request, const SayLine& say, std::stop_token stop);

  /// Preflight: inspects the image, then starts it alone (no network, only `preflight.env`) until both its HEALTHCHECK
  /// and its health path are well, at most `preflight.within`. All that is wrong is in the result. Errors besides:
  /// NotFound (this commit was not built here).
  Result<CheckedImage> check(const ImageRequest& request, const SayLine& say, std::stop_token stop);

  /// The scan gate. Errors besides: NotFound (not built, or no scanner is installed and scans are not off), Failed.
  Result<ScannedImage> scan(const ImageRequest& request, const SayLine& say, std::stop_token stop);

  /// Pushes under `sha-COMMIT`, in up to three attempts; a registry that has this tag keeps what it has, unless the
  /// image was built again on request. Errors besides: Conflict (not checked, not scanned, refused, or built of
  /// uncommitted changes), and those of ports::Registry after the last attempt.
  Result<PushedImage> push(const ImageRequest& request, const SayLine& say, std::stop_token stop);

 private:
  ImageStagePorts ports_;
};

}  // namespace sluice::application
