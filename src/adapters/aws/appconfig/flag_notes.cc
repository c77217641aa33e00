#include "adapters/aws/appconfig/flag_notes.h"

#include <boost/json.hpp>

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

}  // namespace

json::object FlagNotes::to_json(const Notes& notes) {
  json::object versions;
  for (const auto& [revision, version] : notes.versions) versions.emplace(revision, version);
  return {{"a", appconfig::to_json(notes.slots.versions[0])},
          {"b", appconfig::to_json(notes.slots.versions[1])},
          {"green", notes.slots.green == rollout::Slot::B ? "b" : "a"},
          {"since", notes.slots.since},
          {"versions", std::move(versions)}};
}

FlagNotes::Notes FlagNotes::notes_of(const json::object& object) {
  Notes notes;
  notes.slots.versions = {slot_of(object, "a"), slot_of(object, "b")};
  notes.slots.green = text_member(object, "green") == "b" ? rollout::Slot::B : rollout::Slot::A;
  notes.slots.since = number_member(object, "since");
  notes.versions = texts_by_name(object, "versions");
  return notes;
}

FlagNotes::FlagNotes(KeptFiles& files)
    : notes_(files,
             {.folder = "aws-flags",
              .what = "what is known of flags",
              .meaning = "it says which versions the revisions of ",
              .may_be_removed = " are. Remove it when no deployment of that is under way"},
             to_json, notes_of) {}

Result<FlagSlots> FlagNotes::slots(const rollout::ServiceKey& service) const {
  TRY_ASSIGN(const Notes notes, notes_.read(service));
  return notes.slots;
}

Status FlagNotes::note_slots(const rollout::ServiceKey& service, const FlagSlots& slots) {
  return notes_.change(service, [&](Notes& notes) { notes.slots = slots; });
}

Result<std::string> FlagNotes::version_of(const rollout::ServiceKey& service, const std::string& revision) const {
  TRY_ASSIGN(const Notes notes, notes_.read(service));
  const auto found = notes.versions.find(revision);
  return found == notes.versions.end() ? foreign_version(revision) : found->second;
}

Status FlagNotes::note_version(const rollout::ServiceKey& service, const std::string& revision,
                               const std::string& version) {
  return notes_.change(service, [&](Notes& notes) {
    notes.versions[revision] = version;
    while (notes.versions.size() > kKeptVersions) notes.versions.erase(notes.versions.begin());
  });
}

}  // namespace sluice::aws::appconfig
