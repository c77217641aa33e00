#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "application/doctor.h"

namespace sluice::application {
namespace {

using Status = DoctorFinding::Status;

constexpr long kMebibyte = 1L << 20;
/// Below it nothing can be promised: the journal, an image's layers and its scan need room at the same time.
constexpr long kLeastFreeBytes = 256 * kMebibyte;
constexpr long kEnoughFreeBytes = 2048 * kMebibyte;
/// A deployment under load holds a connection for each request on its way.
constexpr int kFewConnections = 1'000;
/// Runtime commands that the router uses in one go came with this version.
constexpr int kHaproxyMajor = 2;
constexpr int kHaproxyMinor = 4;

/// The first `N.N` in a version's line.
std::optional<std::pair<int, int>> version_in(const std::string& text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9') continue;
    const char* const end = text.data() + text.size();
    int major = 0;
    int minor = 0;
    const auto [dot, wrong] = std::from_chars(text.data() + at, end, major);
    if (wrong != std::errc{} || dot == end || *dot != '.') continue;
    if (std::from_chars(dot + 1, end, minor).ec == std::errc{}) return std::pair(major, minor);
  }
  return std::nullopt;
}

std::string in_megabytes(long bytes) { return fmt::format("{} MiB", bytes / kMebibyte); }

}  // namespace

DoctorFinding judge_program(const std::string& name, const ProgramFacts& facts) {
  using State = ProgramFacts::State;
  if (name == "trivy" && facts.state == State::Absent) {
    return {Status::Note, name,
            "it is not installed: a service whose sluice.yaml does not say `scan: off` is not pushed", ""};
  }
  if (facts.state == State::Absent) {
    return {Status::Lacks, name, "it is not installed", "apt-get install " + name};
  }
  if (facts.state == State::Broken) {
    return {Status::Lacks, name, "it does not run: " + facts.answer, "apt-get install --reinstall " + name};
  }
  if (name == "haproxy") {
    const auto version = version_in(facts.answer);
    if (!version || *version < std::pair(kHaproxyMajor, kHaproxyMinor)) {
      return {Status::Lacks, name,
              fmt::format("'{}': sluice needs {}.{} or newer", facts.answer, kHaproxyMajor, kHaproxyMinor),
              "apt-get install haproxy"};
    }
  }
  return {Status::Ok, name, facts.answer, ""};
}

DoctorFinding judge_user(const ports::HostFacts& facts) {
  if (facts.is_root) return {Status::Ok, "user", "root", ""};
  return {Status::Lacks, "user", "not root: containers without root are not supported yet", "sudo sluice doctor"};
}

DoctorFinding judge_open_files(const ports::HostFacts& facts, int connections) {
  constexpr const char* kName = "open files";
  if (!facts.most_files) return {Status::Ok, kName, "no limit", ""};
  const std::string what =
      fmt::format("at most {}: HAProxy takes {} connections at a time", *facts.most_files, connections);
  if (connections >= kFewConnections) return {Status::Ok, kName, what, ""};
  return {Status::Lacks, kName, what + "; raise it where sluice is started", "ulimit -n 65536"};
}

DoctorFinding judge_cgroups(const ports::HostFacts& facts) {
  constexpr const char* kName = "cgroups";
  constexpr const char* kStrays = "what a step leaves behind in a session of its own outlives it";
  using Cgroups = ports::HostFacts::Cgroups;
  const char* const kind = facts.cgroups == Cgroups::V2       ? "version 2"
                           : facts.cgroups == Cgroups::Hybrid ? "version 1, with version 2 beside it"
                           : facts.cgroups == Cgroups::V1     ? "version 1 alone"
                                                              : "none";
  if (facts.can_make_cgroups) {
    return {Status::Ok, kName, fmt::format("{}: what a step leaves behind ends with its job", kind), ""};
  }
  if (facts.cgroups == Cgroups::V1 && facts.is_root) {
    return {Status::Note, kName, fmt::format("{}: {}", kind, kStrays),
            "mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified"};
  }
  return {Status::Note, kName, fmt::format("{}, and none can be made: {}", kind, kStrays), ""};
}

DoctorFinding judge_limits(const ports::HostFacts& facts) {
  constexpr const char* kName = "capabilities";
  if (facts.may_raise_limits) return {Status::Ok, kName, "limits of processes can be raised", ""};
  return {Status::Note, kName,
          "no CAP_SYS_RESOURCE: limits cannot be raised, so containers get those of sluice's own processes (and run "
          "under runc, as always)",
          ""};
}

DoctorFinding judge_systemd(const ports::HostFacts& facts) {
  constexpr const char* kName = "systemd";
  if (facts.has_systemd) {
    return {Status::Note, kName, "it runs this machine; sluice keeps its controller and HAProxy alive itself", ""};
  }
  return {Status::Note, kName, "it does not run this machine, and sluice needs none: health checks are its own", ""};
}

DoctorFinding judge_receive_buffer(const ports::HostFacts& facts, int wanted_bytes) {
  constexpr const char* kName = "UDP buffer";
  if (facts.receive_buffer_bytes >= wanted_bytes) {
    return {Status::Ok, kName, in_megabytes(facts.receive_buffer_bytes) + " for HAProxy's lines", ""};
  }
  return {Status::Note, kName,
          fmt::format("{} KiB of {} for HAProxy's lines: under a heavy load some can be lost, which counts as no data",
                      facts.receive_buffer_bytes / 1024, in_megabytes(wanted_bytes)),
          fmt::format("sysctl -w net.core.rmem_max={}", wanted_bytes)};
}

std::vector<DoctorFinding> judge_podman(const PodmanFacts& facts) {
  if (!facts.answers) return {{Status::Lacks, "podman info", facts.answer, "podman --runtime runc info"}};
  DoctorFinding storage{Status::Ok, "podman info", facts.storage_driver + " in " + facts.storage_folder, ""};
  if (facts.storage_driver == "vfs") {
    storage.status = Status::Note;
    storage.what += ": every container copies its whole image, which is slow and takes room";
  }
  return {storage, judge_disk("images' disk", facts.storage_folder, facts.free_bytes)};
}

DoctorFinding judge_folder(const std::string& name, const std::string& path, const ports::FolderFacts& facts) {
  if (facts.is_writable) return {Status::Ok, name, path, ""};
  return {Status::Lacks, name, fmt::format("{} cannot be written ({})", path, facts.problem),
          fmt::format("export {}=/a/folder/of/yours", name)};
}

DoctorFinding judge_disk(const std::string& name, const std::string& path, long free_bytes) {
  const std::string what = fmt::format("{} free in {}", in_megabytes(free_bytes), path);
  if (free_bytes >= kEnoughFreeBytes) return {Status::Ok, name, what, ""};
  return {free_bytes >= kLeastFreeBytes ? Status::Note : Status::Lacks, name,
          what + ": the next build or push may fill it", fmt::format("du -xh --max-depth=2 {} | sort -h | tail", path)};
}

DoctorFinding judge_controller(const ControllerFacts& facts) {
  constexpr const char* kName = "controller";
  switch (facts.state) {
    case ControllerFacts::State::Answers: return {Status::Ok, kName, "it answers", ""};
    case ControllerFacts::State::Absent:
      return {Status::Note, kName, "it does not run; the next command that needs it starts it", ""};
    case ControllerFacts::State::Silent:
      return {Status::Lacks, kName, "it does not answer; its parent starts it again when it is ended",
              facts.pid > 0 ? fmt::format("kill -9 {}", facts.pid) : ""};
    case ControllerFacts::State::Refuses: return {Status::Lacks, kName, facts.message, ""};
  }
  return {};
}

}  // namespace sluice::application
