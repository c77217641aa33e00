#include "adapters/aws/service_notes.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/digest.h"

namespace sluice::aws {
namespace {

std::string file_of(const NotesForm& form, const rollout::ServiceKey& service) {
  return fmt::format("{}/{}.json", form.folder, sha1_hex(service.to_string()));
}

}  // namespace

Status read_notes(KeptFiles& files, const NotesForm& form, const rollout::ServiceKey& service,
                  const std::function<void(const boost::json::object&)>& take) {
  TRY_ASSIGN(const auto kept,
             files.read_object(file_of(form, service), form.meaning + service.to_string() + form.may_be_removed));
  if (kept) take(*kept);
  return {};
}

Status keep_notes(KeptFiles& files, const NotesForm& form, const rollout::ServiceKey& service,
                  const boost::json::object& notes) {
  return files.keep(file_of(form, service), boost::json::serialize(notes), form.what);
}

}  // namespace sluice::aws
