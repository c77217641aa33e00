#include "adapters/aws/adopt/adoption_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/kept_files.h"

namespace sluice::aws::adopt {

namespace json = boost::json;

namespace {
std::string rule_name(const std::string& rule_arn) { return fmt::format("rule-{}.json", sha1_hex(rule_arn)); }
}  // namespace

AdoptionNotes::AdoptionNotes(std::string home, std::string cluster, std::string service,
                             std::function<std::string()> new_id)
    : folder_(std::move(home) + "/aws-adoptions"),
      name_(sha1_hex(cluster + "/" + service) + ".json"),
      new_id_(std::move(new_id)) {}

Result<AdoptionNote> AdoptionNotes::note() const {
  KeptInFolder files(folder_);
  TRY_ASSIGN(const auto kept, files.read_object(name_,
                                                "it says with which tokens a service is being taken over; remove it "
                                                "when that has ended or was given back"));
  AdoptionNote note;
  if (kept) {
    note.id = text_member(*kept, "id");
    note.made_groups = texts_in(*kept, "made_groups");
    return note;
  }
  note.id = new_id_();
  TRY(write(note));
  return note;
}

Status AdoptionNotes::note_group(const std::string& name) const {
  TRY_ASSIGN(AdoptionNote note, this->note());
  if (std::ranges::find(note.made_groups, name) != note.made_groups.end()) return {};
  note.made_groups.push_back(name);
  return write(note);
}

Status AdoptionNotes::forget() const {
  std::error_code failed;
  const std::string path = folder_ + "/" + name_;
  std::filesystem::remove(path, failed);
  if (!failed) return {};
  return Error{ErrorKind::Unavailable, fmt::format("cannot remove {}: {}", path, failed.message())};
}

Status AdoptionNotes::keep_rule(const json::object& rule) const {
  const std::string name = rule_name(text_member(rule, "RuleArn"));
  return KeptInFolder(folder_).keep(name, json::serialize(rule), "a copy of the listener rule");
}

std::string AdoptionNotes::rule_path(const std::string& rule_arn) const { return folder_ + "/" + rule_name(rule_arn); }

Status AdoptionNotes::write(const AdoptionNote& note) const {
  const json::object object{{"id", note.id}, {"made_groups", array_of(note.made_groups)}};
  return KeptInFolder(folder_).keep(name_, json::serialize(object), "the note of an adoption");
}

}  // namespace sluice::aws::adopt
