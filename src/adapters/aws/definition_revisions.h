// Which revisions task definitions were registered for.
#pragma once

#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "adapters/aws/ecs_service.h"
#include "base/result.h"

namespace sluice::aws {

/// Each is asked for once: the tag does not change. May be used from any number of threads at once.
class DefinitionRevisions {
 public:
  /// By the definition's tag; empty: it is not of sluice's making. Errors: those of EcsService::task_definition.
  Result<std::string> of(const EcsService& service, const std::string& definition, const std::stop_token& stop);

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> known_;  ///< By the definition's ARN.
};

}  // namespace sluice::aws
