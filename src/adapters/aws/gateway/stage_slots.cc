#include "adapters/aws/gateway/stage_slots.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"

namespace sluice::aws::gateway {
namespace {

namespace json = boost::json;

std::string file_of(const rollout::ServiceKey& service) {
  return fmt::format("aws-stages/{}.json", sha1_hex(service.to_string()));
}

}  // namespace

/// With the lock. Of files that others may have changed nothing is remembered.
Result<Slots> StageSlots::load(const rollout::ServiceKey& service) const {
  const auto known = slots_.find(service);
  if (known != slots_.end() && !files_.is_shared()) return known->second;
  const std::string meaning =
      fmt::format("it says which deployments both colours of {} are. Remove it when no deployment of that is under way",
                  service.to_string());
  TRY_ASSIGN(const auto kept, files_.read_object(file_of(service), meaning));
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
  TRY(files_.keep(file_of(service), json::serialize(json::object{{"a", slots[0]}, {"b", slots[1]}}),
                  "what is known of a stage"));
  slots_[service] = slots;
  return {};
}

}  // namespace sluice::aws::gateway
