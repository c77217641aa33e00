// ports::Runner with tasks of AWS Fargate.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/runner/task_notes.h"
#include "ports/clock.h"
#include "ports/runner.h"

namespace sluice::aws::runner {

/// May be used from any number of threads at once.
class Runner final : public ports::Runner {
 public:
  /// All must outlive this and its jobs.
  Runner(ClientPool& clients, const ports::Clock& clock, KeptFiles& files)
      : clients_(clients), clock_(clock), notes_(files) {}

  /// Each job is a task of its own, in which the agent takes its programs one after another. Where there is no room for
  /// a task, it is tried again for a quarter of an hour. What an earlier process left is ended first.
  Result<std::unique_ptr<ports::RemoteJob>> start(const ports::JobOrder& order,
                                                  const std::function<void(std::string)>& tell,
                                                  std::stop_token stop) override;

  /// Ends the tasks that an earlier process left and removes their objects. What cannot be ended, as without
  /// credentials, stays noted. Error: the first of those.
  Status end_leftovers();

 private:
  ClientPool& clients_;
  const ports::Clock& clock_;
  TaskNotes notes_;
  std::mutex mutex_;
  std::set<std::string> own_;  ///< `started_by` of tasks of this process.
};

}  // namespace sluice::aws::runner
