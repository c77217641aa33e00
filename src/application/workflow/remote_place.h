// A job that does not run on this machine: begun there when its first script runs. What sluice itself does for it
// (checkout, artifacts, hashFiles) is done in folders here, so that the workspace is moved to where it is needed next.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "application/workflow/job_place.h"
#include "base/result.h"
#include "ports/processes.h"
#include "ports/runner.h"

namespace sluice::application {

/// One thread at a time.
class RemotePlace {
 public:
  /// All must outlive this. The job there ends with this object.
  RemotePlace(ports::Runner& runner, ports::Processes& processes, const JobPlace& place, ports::JobOrder order)
      : runner_(runner), processes_(processes), place_(place), order_(std::move(order)) {}

  using Tell = std::function<void(const std::string&)>;
  /// Runs a script there, with the workspace as it is here or was left there. `tell` hears how the job begins. Errors:
  /// those of ports::Runner and ports::RemoteJob; Failed (tar).
  Result<ports::ScriptEnd> run(ports::ScriptOrder order, const Tell& tell, std::stop_token stop);

  /// Makes the workspace here what it is there, before it is looked at.
  Status bring_here(std::stop_token stop);
  /// The workspace here has been changed.
  void changed_here() { newest_ = Newest::Here; }

  const std::string& image() const { return order_.image.empty() ? order_.runner.image : order_.image; }

 private:
  enum class Newest { Here, There, Both };

  Status begin(const Tell& tell, const std::stop_token& stop);
  Status send(const std::stop_token& stop);
  Status run_tar(std::vector<std::string> arguments, const std::stop_token& stop);

  ports::Runner& runner_;
  ports::Processes& processes_;
  const JobPlace& place_;
  ports::JobOrder order_;
  Newest newest_ = Newest::Here;
  std::unique_ptr<ports::RemoteJob> job_;
};

/// `text` with the paths of the job's folders there in place of those here, or the other way round.
std::string as_seen_there(const JobPlace& place, std::string text);
std::string as_seen_here(const JobPlace& place, std::string text);

}  // namespace sluice::application
