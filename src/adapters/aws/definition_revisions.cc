#include "adapters/aws/definition_revisions.h"

#include <boost/json.hpp>

#include "adapters/aws/task_definition.h"

namespace sluice::aws {

Result<std::string> DefinitionRevisions::of(const EcsService& service, const std::string& definition,
                                            const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(definition); known != known_.end()) return known->second;
  }
  TRY_ASSIGN(const auto described, service.task_definition(definition, stop));
  const std::lock_guard lock(mutex_);
  return known_[definition] = revision_of(described);
}

}  // namespace sluice::aws
