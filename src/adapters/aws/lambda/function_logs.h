// What the versions of a Lambda function log.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/lambda/function_notes.h"
#include "adapters/aws/service_log.h"
#include "core/rollout/target.h"
#include "ports/clock.h"

namespace sluice::aws::lambda {

/// One question a minute, of the function's log group; the version stands in the stream's name. May be used from any
/// number of threads at once.
class FunctionLogs {
 public:
  /// So many instances' last lines are put together.
  static constexpr std::size_t kInstancesOfTail = 3;

  /// All must outlive this.
  FunctionLogs(const FunctionNotes& notes, ClientPool& clients, const ports::Clock& clock)
      : notes_(notes), clients_(clients), clock_(clock) {}

  /// An aws::LogSource's answer.
  Result<RevisionLines> read(const rollout::ServiceKey& service, const rollout::LambdaTarget& place,
                             const std::set<std::string>& revisions, TimePoint from, TimePoint until,
                             const std::stop_token& stop);

  /// The last lines of the instances of a revision that were started last, today or yesterday (UTC). Errors: NotFound
  /// (no such revision, group or line), those of the client.
  Result<std::vector<std::string>> tail(const rollout::ServiceKey& service, const rollout::LambdaTarget& place,
                                        const std::string& revision, int lines, const std::stop_token& stop);

 private:
  Result<std::string> group_of(const rollout::LambdaTarget& place, const std::string& version,
                               const std::stop_token& stop);

  const FunctionNotes& notes_;
  ClientPool& clients_;
  const ports::Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::string> groups_;  ///< By function and version.
};

}  // namespace sluice::aws::lambda
