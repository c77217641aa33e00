// What is remembered of each service between the starts of sluice, since AWS does not keep it: a small file for each.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "adapters/aws/kept_files.h"
#include "base/result.h"
#include "core/rollout/service_key.h"

namespace sluice::aws {

/// What these notes are, for their files and for people.
struct NotesForm {
  std::string folder;          ///< `aws-functions`
  std::string what;            ///< `what is known of a function`: cannot be kept.
  std::string meaning;         ///< `it says which version is which revision of `: is damaged. The service follows, …
  std::string may_be_removed;  ///< … and then `. Remove it when no deployment of that is under way`.
};

/// `take` gets what the file says, where there is one. Errors: those of KeptFiles.
Status read_notes(KeptFiles& files, const NotesForm& form, const rollout::ServiceKey& service,
                  const std::function<void(const boost::json::object&)>& take);
Status keep_notes(KeptFiles& files, const NotesForm& form, const rollout::ServiceKey& service,
                  const boost::json::object& notes);

/// Files that nobody else may change are read once. `Notes` can be compared and made from nothing, which is what is
/// known of a service that nobody has told of. May be used from any number of threads at once.
template <typename Notes>
class ServiceNotes {
 public:
  using ToJson = boost::json::object (*)(const Notes&);
  using FromJson = Notes (*)(const boost::json::object&);

  /// `files` must outlive this.
  ServiceNotes(KeptFiles& files, NotesForm form, ToJson to_json, FromJson from_json)
      : files_(files), form_(std::move(form)), to_json_(to_json), from_json_(from_json) {}

  /// Error: Unavailable (the file cannot be read, or is damaged).
  Result<Notes> read(const rollout::ServiceKey& service) const {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const Notes* notes, load(service));
    return *notes;
  }

  /// Durable when it has returned. `make` changes the notes; the same notes again are not written. Error: Unavailable.
  template <typename Make>
  Status change(const rollout::ServiceKey& service, Make make) {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(Notes* const known, load(service));
    Notes changed = *known;
    make(changed);
    if (changed == *known) return {};
    TRY(keep_notes(files_, form_, service, to_json_(changed)));
    *known = std::move(changed);
    return {};
  }

 private:
  /// With the lock. Of files that others may have changed nothing is remembered.
  Result<Notes*> load(const rollout::ServiceKey& service) const {
    const auto known = notes_.find(service);
    if (known != notes_.end() && !files_.is_shared()) return &known->second;
    Notes found;
    TRY(read_notes(files_, form_, service, [&](const boost::json::object& object) { found = from_json_(object); }));
    return &(notes_[service] = std::move(found));
  }

  KeptFiles& files_;
  NotesForm form_;
  ToJson to_json_;
  FromJson from_json_;
  mutable std::mutex mutex_;
  mutable std::map<rollout::ServiceKey, Notes> notes_;
};

}  // namespace sluice::aws
