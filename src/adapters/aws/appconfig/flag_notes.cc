#include "adapters/aws/appconfig/flag_notes.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"

namespace sluice::aws::appconfig {
namespace {

namespace json = boost::json;

json::object to_json(const SlotVersion& slot) { return {{"version", slot.version}, {"revision", slot.revision}}; }

SlotVersion slot_of(const json::object& object, std::string_view name) {
  const json::object* const slot = object_member(object, name);
  if (slot == nullptr) return {};
  return {.version = text_member(*slot, "version"), .revision = text_member(*slot, "revision")};
}

std::string file_of(const rollout::ServiceKey& service) {
  return fmt::format("aws-flags/{}.json", sha1_hex(service.to_string()));
}

}  // namespace

/// With the lock. Of files that others may have changed nothing is remembered.
Result<FlagNotes::Notes> FlagNotes::load(const rollout::ServiceKey& service) const {
  const auto known = notes_.find(service);
  if (known != notes_.end() && !files_.is_shared()) return known->second;
  const std::string meaning =
      fmt::format("it says which versions the revisions of {} are. Remove it when no deployment of that is under way",
                  service.to_string());
  TRY_ASSIGN(const auto kept, files_.read_object(file_of(service), meaning));
  Notes notes;
  if (kept) {
    notes.slots.versions = {slot_of(*kept, "a"), slot_of(*kept, "b")};
    notes.slots.green = text_member(*kept, "green") == "b" ? rollout::Slot::B : rollout::Slot::A;
    notes.slots.since = number_member(*kept, "since");
    if (const json::object* const versions = object_member(*kept, "versions")) {
      for (const auto& [revision, version] : *versions) {
        if (version.is_string()) notes.versions[std::string(revision)] = version.get_string();
      }
    }
  }
  return notes_[service] = notes;
}

/// With the lock.
Status FlagNotes::keep(const rollout::ServiceKey& service, Notes notes) {
  while (notes.versions.size() > kKeptVersions) notes.versions.erase(notes.versions.begin());
  json::object versions;
  for (const auto& [revision, version] : notes.versions) versions.emplace(revision, version);
  const json::object object{{"a", to_json(notes.slots.versions[0])},
                            {"b", to_json(notes.slots.versions[1])},
                            {"green", notes.slots.green == rollout::Slot::B ? "b" : "a"},
                            {"since", notes.slots.since},
                            {"versions", std::move(versions)}};
  TRY(files_.keep(file_of(service), json::serialize(object), "what is known of flags"));
  notes_[service] = std::move(notes);
  return {};
}

Result<FlagSlots> FlagNotes::slots(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(const Notes notes, load(service));
  return notes.slots;
}

Status FlagNotes::note_slots(const rollout::ServiceKey& service, const FlagSlots& slots) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(Notes notes, load(service));
  if (notes.slots == slots) return {};
  notes.slots = slots;
  return keep(service, std::move(notes));
}

Result<std::string> FlagNotes::version_of(const rollout::ServiceKey& service, const std::string& revision) const {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(const Notes notes, load(service));
  const auto found = notes.versions.find(revision);
  return found == notes.versions.end() ? foreign_version(revision) : found->second;
}

Status FlagNotes::note_version(const rollout::ServiceKey& service, const std::string& revision,
                               const std::string& version) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(Notes notes, load(service));
  if (notes.versions[revision] == version) return {};
  notes.versions[revision] = version;
  return keep(service, std::move(notes));
}

}  // namespace sluice::aws::appconfig
