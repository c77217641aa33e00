#include "adapters/aws/lambda/function_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "adapters/aws/json_member.h"

namespace sluice::aws::lambda {
namespace {

namespace json = boost::json;

json::object to_json(const Notes& notes) {
  json::object versions;
  for (const auto& [revision, version] : notes.versions) versions.emplace(revision, version);
  json::array provisioned;
  for (const std::string& version : notes.provisioned) provisioned.emplace_back(version);
  json::array shifts;
  for (const Shift& shift : notes.shifts) {
    shifts.push_back({{"at_milliseconds", shift.at.time_since_epoch().count()},
                      {"open", shift.split.open},
                      {"slot_b_basis_points", shift.split.slot_b.basis_points()}});
  }
  return {{"versions", std::move(versions)},
          {"slots", json::array{notes.slots[0], notes.slots[1]}},
          {"provisioned", std::move(provisioned)},
          {"shifts", std::move(shifts)}};
}

Shift shift_of(const json::object& object) {
  const json::value* at = object.if_contains("at_milliseconds");
  Shift shift;
  if (at != nullptr && at->is_int64()) shift.at = TimePoint(Milliseconds(at->get_int64()));
  shift.split.open = flag_member(object, "open");
  shift.split.slot_b = Weight::from_basis_points(number_member(object, "slot_b_basis_points")).value_or(Weight::none());
  return shift;
}

Notes notes_of(const json::object& object) {
  Notes notes;
  notes.versions = texts_by_name(object, "versions");
  const json::array* slots = array_member(object, "slots");
  for (std::size_t i = 0; slots != nullptr && i < std::min(slots->size(), notes.slots.size()); ++i) {
    if ((*slots)[i].is_string()) notes.slots[i] = (*slots)[i].get_string();
  }
  for (std::string& version : texts_in(object, "provisioned")) notes.provisioned.insert(std::move(version));
  for (const json::object* shift : objects_in(object, "shifts")) notes.shifts.push_back(shift_of(*shift));
  return notes;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string version_of(const Notes& notes, const std::string& revision) {
  if (const auto found = notes.versions.find(revision); found != notes.versions.end()) return found->second;
  if (!revision.starts_with(kForeign)) return {};
  const std::string number = revision.substr(kForeign.size());
  return is_number(number) ? number : std::string();
}

FunctionNotes::FunctionNotes(KeptFiles& files)
    : notes_(files,
             {.folder = "aws-functions",
              .what = "what is known of a function",
              .meaning = "it says which version of the function is which revision of ",
              .may_be_removed = ". Remove it when its alias points at one version alone"},
             to_json, notes_of) {}

Result<Notes> FunctionNotes::read(const rollout::ServiceKey& service) const { return notes_.read(service); }

Status FunctionNotes::note_version(const rollout::ServiceKey& service, const std::string& revision,
                                   const std::string& version) {
  return notes_.change(service, [&](Notes& notes) {
    notes.versions[revision] = version;
    while (notes.versions.size() > kMostVersions) notes.versions.erase(notes.versions.begin());
  });
}

Status FunctionNotes::note_slot(const rollout::ServiceKey& service, rollout::Slot slot, const std::string& version) {
  return notes_.change(service, [&](Notes& notes) { notes.slots[index_of(slot)] = version; });
}

Status FunctionNotes::note_provisioned(const rollout::ServiceKey& service, const std::string& version, bool is_there) {
  return notes_.change(service, [&](Notes& notes) {
    if (is_there)
      notes.provisioned.insert(version);
    else
      notes.provisioned.erase(version);
  });
}

Status FunctionNotes::note_shift(const rollout::ServiceKey& service, const Shift& shift) {
  return notes_.change(service, [&](Notes& notes) {
    if (!notes.shifts.empty() && notes.shifts.back().split == shift.split) return;
    notes.shifts.push_back(shift);
    if (notes.shifts.size() > kMostShifts) notes.shifts.erase(notes.shifts.begin());
  });
}

}  // namespace sluice::aws::lambda
