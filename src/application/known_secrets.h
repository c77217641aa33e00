// The secret values that replicas were started with, so that nothing that is shown holds one.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/rollout/revision.h"
#include "core/workflow/masks.h"

namespace sluice::application {

/// In memory only, of the revisions that were started last. Thread-safe.
class KnownSecrets {
 public:
  static constexpr std::size_t kMostRevisions = 16;

  /// All secrets of a revision, as they were read.
  void learn(const std::string& revision, workflow::Masks values);

  /// A line of the revision's log as it may be shown: its secrets and what else looks like one are hidden. Nothing when
  /// it has secrets that are not known here (another controller started it).
  std::optional<std::string> hide(const rollout::Revision& revision, const std::string& text) const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::pair<std::string, workflow::Masks>> revisions_;  ///< The newest last.
};

}  // namespace sluice::application
