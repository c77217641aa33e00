// What the steps of a workflow run said, from the logs that the run left.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::application {

struct StepLog {
  std::string job;                 ///< `test`, `test-2`.
  std::string step;                ///< `02-run-pytest`: its number and name.
  std::vector<std::string> lines;  ///< The last of them, masked as they were written.
};

struct RunLog {
  std::string run;             ///< Its id.
  std::vector<StepLog> steps;  ///< Jobs by name, their steps in order.
};

/// `run` is an id, or `run` for the newest run there is; at most `most` lines of each step. Error: NotFound.
Result<RunLog> read_run_log(const std::filesystem::path& home, const std::string& run, std::size_t most);

}  // namespace sluice::application
