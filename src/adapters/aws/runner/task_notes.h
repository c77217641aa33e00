// The tasks of jobs that are under way, in a file: whoever is started after this process was killed ends them.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "adapters/aws/kept_files.h"
#include "base/result.h"
#include "core/rollout/aws_access.h"

namespace sluice::aws::runner {

struct TaskNote {
  rollout::AwsAccess access;
  std::string cluster;
  std::string started_by;
  std::string bucket;
  std::string prefix;  ///< Of the job's objects.
  friend bool operator==(const TaskNote&, const TaskNote&) = default;
};

/// May be used from any number of threads at once.
class TaskNotes {
 public:
  /// `files` must outlive this.
  explicit TaskNotes(KeptFiles& files) : files_(files) {}

  Status add(const TaskNote& note);
  Status remove(const std::string& started_by);
  Result<std::vector<TaskNote>> all();

 private:
  Result<std::vector<TaskNote>> read();
  Status write(const std::vector<TaskNote>& notes);

  KeptFiles& files_;
  std::mutex mutex_;
};

}  // namespace sluice::aws::runner
