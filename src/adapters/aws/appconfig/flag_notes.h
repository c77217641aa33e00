// What AppConfig does not keep for sluice: which version each of its revisions has, and which ones a rollout is
// between. A small file for each service.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "adapters/aws/appconfig/flag_move.h"
#include "adapters/aws/kept_files.h"
#include "base/result.h"
#include "core/rollout/service_key.h"

namespace sluice::aws::appconfig {

/// May be used from any number of threads at once.
class FlagNotes {
 public:
  /// So many revisions' versions are kept: more than the journal has to go back to.
  static constexpr std::size_t kKeptVersions = 50;

  /// `files` must outlive this.
  explicit FlagNotes(KeptFiles& files) : files_(files) {}

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

  Result<Notes> load(const rollout::ServiceKey& service) const;
  Status keep(const rollout::ServiceKey& service, Notes notes);

  KeptFiles& files_;
  mutable std::mutex mutex_;
  mutable std::map<rollout::ServiceKey, Notes> notes_;
};

}  // namespace sluice::aws::appconfig
