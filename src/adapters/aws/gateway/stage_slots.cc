#include "adapters/aws/gateway/stage_slots.h"

#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws::gateway {
namespace {

namespace json = boost::json;

json::object to_json(const Slots& slots) { return {{"a", slots[0]}, {"b", slots[1]}}; }

Slots slots_of(const json::object& object) { return {text_member(object, "a"), text_member(object, "b")}; }

}  // namespace

StageSlots::StageSlots(KeptFiles& files)
    : slots_(files,
             {.folder = "aws-stages",
              .what = "what is known of a stage",
              .meaning = "it says which deployments both colours of ",
              .may_be_removed = " are. Remove it when no deployment of that is under way"},
             to_json, slots_of) {}

Result<Slots> StageSlots::read(const rollout::ServiceKey& service) const { return slots_.read(service); }

Status StageSlots::note(const rollout::ServiceKey& service, rollout::Slot slot, const std::string& deployment) {
  return slots_.change(service, [&](Slots& slots) { slots[index_of(slot)] = deployment; });
}

}  // namespace sluice::aws::gateway
