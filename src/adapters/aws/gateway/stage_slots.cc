#include "adapters/aws/gateway/stage_slots.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/kept_file.h"

namespace sluice::aws::gateway {
namespace {

namespace json = boost::json;

}  // namespace

std::string StageSlots::path_of(const rollout::ServiceKey& service) const {
  return fmt::format("{}/aws-stages/{}.json", home_, sha1_hex(service.to_string()));
}

/// With the lock.
Result<Slots> StageSlots::load(const rollout::ServiceKey& service) const {
  if (const auto known = slots_.find(service); known != slots_.end()) return known->second;
  TRY_ASSIGN(
      const auto kept,
      read_kept_object(path_of(service), fmt::format("it says which deployments both colours of {} are. Remove it "
                                                     "when no deployment of that is under way",
                                                     service.to_string())));
  if (!kept) return Slots{};
  return slots_[service] = {text_member(*kept, "a"), text_member(*kept, "b")};
}

Result<Slots> StageSlots::read(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  return load(service);
}

Status StageSlots::note(const rollout::ServiceKey& service, rollout::Slot slot, const std::string& deployment) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(Slots slots, load(service));
  if (slots[index_of(slot)] == deployment) return {};
  slots[index_of(slot)] = deployment;
  TRY(keep_file(path_of(service), json::serialize(json::object{{"a", slots[0]}, {"b", slots[1]}}),
                "what is known of a stage"));
  slots_[service] = slots;
  return {};
}

}  // namespace sluice::aws::gateway
