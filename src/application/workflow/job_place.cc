#include "application/workflow/job_place.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace sluice::application {
namespace {

namespace fs = std::filesystem;
using workflow::Object;
using workflow::Value;

constexpr std::string_view kServer = "https://github.com";
constexpr std::string_view kApi = "https://api.github.com";

Error cannot(std::string_view what, const fs::path& path, const std::error_code& error) {
  return Error{ErrorKind::Failed, fmt::format("cannot {} {}: {}", what, path.string(), error.message())};
}

std::string repository_folder(const std::string& full_name) {
  const std::string name = full_name.substr(full_name.rfind('/') + 1);
  return name.empty() ? "repository" : name;
}

}  // namespace

std::string ref_name(const std::string& ref) {
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (ref.starts_with(prefix)) return ref.substr(prefix.size());
  }
  return ref;
}

std::string_view runner_architecture() {
#if defined(__x86_64__)
  return "X64";
#elif defined(__aarch64__)
  return "ARM64";
#else
  return "X86";
#endif
}

Result<JobPlace> make_job_place(const RunPlace& run, std::string key, std::string id) {
  const fs::path folder = run.folder / key;
  JobPlace place{run,
                 std::move(key),
                 std::move(id),
                 folder,
                 folder / "work" / repository_folder(run.repository_name),
                 folder / "temp",
                 {},
                 {}};
  place.seen = {place.workspace, place.temp, run.event_file, run.caches / "tools", std::string(runner_architecture())};
  std::error_code error;
  for (const fs::path& each : {place.logs, place.workspace, place.temp / "files", run.folder / "artifacts"}) {
    fs::create_directories(each, error);
    if (error) return cannot("make the folder", each, error);
  }
  return place;
}

Result<JobPlace> make_place_elsewhere(const RunPlace& run, std::string key, std::string id) {
  TRY_ASSIGN(JobPlace place, make_job_place(run, std::move(key), std::move(id)));
  place.elsewhere = fs::path("/tmp") / fmt::format("sluice-{}-{}", run.run, place.key);
  const fs::path& folder = place.elsewhere;
  place.seen = {folder / "work" / place.workspace.filename(), folder / "temp", folder / "event.json", folder / "tools",
                "X64"};
  return place;
}

void clear_job_place(const JobPlace& place) {
  std::error_code ignored;
  fs::remove_all(place.logs / "work", ignored);
  fs::remove_all(place.temp, ignored);
}

Value github_of(const JobPlace& place) {
  return Object{{"workspace", Value(place.seen.workspace.string())},
                {"event_path", Value(place.seen.event_file.string())}};
}

Value runner_of(const JobPlace& place) {
  return Object{{"name", Value("sluice")},
                {"os", Value("Linux")},
                {"arch", Value(place.seen.architecture)},
                {"temp", Value(place.seen.temp.string())},
                {"tool_cache", Value(place.seen.tools.string())},
                {"environment", Value("self-hosted")},
                {"debug", Value("")}};
}

std::map<std::string, std::string> default_variables(const JobPlace& place) {
  const RunPlace& run = place.run;
  const std::string owner = run.repository_name.substr(0, run.repository_name.find('/'));
  return {
      {"CI", "true"},
      {"GITHUB_ACTIONS", "true"},
      {"GITHUB_ACTOR", run.actor},
      {"GITHUB_TRIGGERING_ACTOR", run.actor},
      {"GITHUB_API_URL", std::string(kApi)},
      {"GITHUB_BASE_REF", ""},
      {"GITHUB_EVENT_NAME", run.event_name},
      {"GITHUB_EVENT_PATH", place.seen.event_file.string()},
      {"GITHUB_HEAD_REF", ""},
      {"GITHUB_JOB", place.id},
      {"GITHUB_REF", run.ref},
      {"GITHUB_REF_NAME", ref_name(run.ref)},
      {"GITHUB_REF_TYPE", run.ref.starts_with("refs/tags/") ? "tag" : "branch"},
      {"GITHUB_REPOSITORY", run.repository_name},
      {"GITHUB_REPOSITORY_OWNER", owner},
      {"GITHUB_RUN_ATTEMPT", "1"},
      {"GITHUB_RUN_ID", run.run},
      {"GITHUB_RUN_NUMBER", std::to_string(run.number)},
      {"GITHUB_SERVER_URL", std::string(kServer)},
      {"GITHUB_SHA", run.sha},
      {"GITHUB_WORKFLOW", run.workflow},
      {"GITHUB_WORKFLOW_REF", fmt::format("{}/{}@{}", run.repository_name, run.workflow_file, run.ref)},
      {"GITHUB_WORKSPACE", place.seen.workspace.string()},
      {"RUNNER_ARCH", place.seen.architecture},
      {"RUNNER_ENVIRONMENT", "self-hosted"},
      {"RUNNER_NAME", "sluice"},
      {"RUNNER_OS", "Linux"},
      {"RUNNER_TEMP", place.seen.temp.string()},
      {"RUNNER_TOOL_CACHE", place.seen.tools.string()},
      {"SLUICE", "1"},
      {"SLUICE_RUN_ID", run.run},
  };
}

}  // namespace sluice::application
