#include "adapters/aws/native/deployment_notes.h"

#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws::native {
namespace {

namespace json = boost::json;

json::object to_json(const DeploymentNote& note) {
  return {{"revision", note.revision}, {"definition", note.definition}, {"before", note.before}};
}

DeploymentNote note_of(const json::object& object) {
  return {.revision = text_member(object, "revision"),
          .definition = text_member(object, "definition"),
          .before = text_member(object, "before")};
}

}  // namespace

DeploymentNotes::DeploymentNotes(KeptFiles& files)
    : notes_(files,
             {.folder = "aws-native",
              .what = "which deployment of ECS is sluice's",
              .meaning = "it says which of ECS's deployments of ",
              .may_be_removed = " sluice began. Remove it when none is under way"},
             to_json, note_of) {}

Result<std::optional<DeploymentNote>> DeploymentNotes::of(const rollout::ServiceKey& service) const {
  TRY_ASSIGN(DeploymentNote note, notes_.read(service));
  return note.revision.empty() ? std::nullopt : std::optional(std::move(note));
}

Status DeploymentNotes::note(const rollout::ServiceKey& service, const DeploymentNote& note) {
  return notes_.change(service, [&](DeploymentNote& known) { known = note; });
}

Status DeploymentNotes::forget(const rollout::ServiceKey& service) { return note(service, {}); }

}  // namespace sluice::aws::native
