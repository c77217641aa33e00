// What sluice remembers of a function between its starts, since AWS does not keep it: which version is which revision
// and which colour, and when the alias's weights were moved. A small file for each service.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/service_notes.h"
#include "base/result.h"
#include "base/time.h"
#include "core/rollout/colour.h"
#include "core/rollout/service_key.h"
#include "core/rollout/traffic_split.h"

namespace sluice::aws::lambda {

/// From a moment on; the first one of a list holds before it, too.
struct Shift {
  TimePoint at{};
  rollout::TrafficSplit split;
  friend bool operator==(const Shift&, const Shift&) = default;
};

struct Notes {
  std::map<std::string, std::string> versions;  ///< By revision: `7`.
  std::array<std::string, 2> slots;             ///< The versions of slots A and B; empty: none yet.
  std::set<std::string> provisioned;            ///< Versions whose provisioned concurrency was set here.
  std::vector<Shift> shifts;                    ///< Oldest first.
  friend bool operator==(const Notes&, const Notes&) = default;
};

/// `v7`: a version that was not published here, as a revision.
inline constexpr std::string_view kForeign = "v";
/// The version that a revision is; empty when nobody here knows.
std::string version_of(const Notes& notes, const std::string& revision);

/// May be used from any number of threads at once.
class FunctionNotes {
 public:
  static constexpr std::size_t kMostVersions = 200;  ///< Those of the oldest revisions are forgotten.
  static constexpr std::size_t kMostShifts = 200;    ///< Likewise.

  /// `files` must outlive this.
  explicit FunctionNotes(KeptFiles& files);

  /// Nothing is noted of a service that nobody has told of. Error: Unavailable (the file cannot be read, or is
  /// damaged).
  Result<Notes> read(const rollout::ServiceKey& service) const;

  /// Each is durable when it has returned. Error: Unavailable.
  Status note_version(const rollout::ServiceKey& service, const std::string& revision, const std::string& version);
  Status note_slot(const rollout::ServiceKey& service, rollout::Slot slot, const std::string& version);
  Status note_provisioned(const rollout::ServiceKey& service, const std::string& version, bool is_there);
  /// The same split again changes nothing.
  Status note_shift(const rollout::ServiceKey& service, const Shift& shift);

 private:
  ServiceNotes<Notes> notes_;
};

}  // namespace sluice::aws::lambda
