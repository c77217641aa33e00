#include "adapters/aws/native/deployment_notes.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"

namespace sluice::aws::native {
namespace {

namespace json = boost::json;

std::string file_of(const rollout::ServiceKey& service) {
  return fmt::format("aws-native/{}.json", sha1_hex(service.to_string()));
}

}  // namespace

Result<std::optional<DeploymentNote>> DeploymentNotes::of(const rollout::ServiceKey& service) const {
  const std::string meaning = fmt::format(
      "it says which of ECS's deployments of {} sluice began. Remove it when none is under way", service.to_string());
  TRY_ASSIGN(const auto kept, files_.read_object(file_of(service), meaning));
  if (!kept || text_member(*kept, "revision").empty()) return std::optional<DeploymentNote>();
  return std::optional(DeploymentNote{.revision = text_member(*kept, "revision"),
                                      .definition = text_member(*kept, "definition"),
                                      .before = text_member(*kept, "before")});
}

Status DeploymentNotes::note(const rollout::ServiceKey& service, const DeploymentNote& note) {
  const json::object object{{"revision", note.revision}, {"definition", note.definition}, {"before", note.before}};
  return files_.keep(file_of(service), json::serialize(object), "which deployment of ECS is sluice's");
}

Status DeploymentNotes::forget(const rollout::ServiceKey& service) {
  TRY_ASSIGN(const auto known, of(service));
  return known ? note(service, {}) : Status();
}

}  // namespace sluice::aws::native
