// What AppConfig does not keep for sluice: which version each of its revisions has, and which ones a rollout is
// between. A small file for each service.
#pragma once

#include <map>
#include <string>

#include "adapters/aws/appconfig/flag_move.h"
#include "adapters/aws/service_notes.h"
#include "base/result.h"
#include "core/rollout/service_key.h"

namespace sluice::aws::appconfig {

/// May be used from any number of threads at once.
class FlagNotes {
 public:
  /// So many revisions' versions are kept: more than the journal has to go back to.
  static constexpr std::size_t kKeptVersions = 50;

  /// `files` must outlive this.
  explicit FlagNotes(KeptFiles& files);

  /// Error of each: Unavailable (the file is damaged, or cannot be written).
  Result<FlagSlots> slots(const rollout::ServiceKey& service) const;
  /// Durable when it has returned.
  Status note_slots(const rollout::ServiceKey& service, const FlagSlots& slots);

  /// Empty when nobody has told of it.
  Result<std::string> version_of(const rollout::ServiceKey& service, const std::string& revision) const;
  /// Durable when it has returned.
  Status note_version(const rollout::ServiceKey& service, const std::string& revision, const std::string& version);

 private:
  struct Notes {
    FlagSlots slots;
    std::map<std::string, std::string> versions;  ///< By revision.
    friend bool operator==(const Notes&, const Notes&) = default;
  };

  static boost::json::object to_json(const Notes& notes);
  static Notes notes_of(const boost::json::object& object);

  ServiceNotes<Notes> notes_;
};

}  // namespace sluice::aws::appconfig
