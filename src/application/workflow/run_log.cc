#include "application/workflow/run_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <fstream>

namespace sluice::application {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder, error)) entries.push_back(entry.path());
  std::ranges::sort(entries);
  return entries;
}

/// The newest is the last: ids sort by time.
fs::path folder_of(const fs::path& runs, const std::string& run) {
  if (run != "run") return run.find('/') == run.npos && !run.starts_with('.') ? runs / run : fs::path();
  fs::path newest;
  for (const fs::path& entry : sorted_entries(runs)) {
    if (fs::is_directory(entry)) newest = entry;
  }
  return newest;
}

std::vector<std::string> last_lines(const fs::path& path, std::size_t most) {
  std::deque<std::string> kept;
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line);) {
    kept.push_back(std::move(line));
    if (kept.size() > most) kept.pop_front();
  }
  return {kept.begin(), kept.end()};
}

}  // namespace

Result<RunLog> read_run_log(const fs::path& home, const std::string& run, std::size_t most) {
  const fs::path folder = folder_of(home / "runs", run);
  std::error_code ignored;
  if (run.empty() || folder.empty() || !fs::is_directory(folder, ignored)) {
    return Error{ErrorKind::NotFound, run == "run" ? "no workflow has run on this machine yet"
                                                   : fmt::format("there is no workflow run '{}'", run)};
  }
  RunLog log{folder.filename().string(), {}};
  for (const fs::path& job : sorted_entries(folder)) {
    if (job.filename() == "artifacts") continue;
    for (const fs::path& file : sorted_entries(job)) {
      if (file.extension() != ".log") continue;
      log.steps.push_back({job.filename().string(), file.stem().string(), last_lines(file, most)});
    }
  }
  return log;
}

}  // namespace sluice::application
