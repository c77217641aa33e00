// Who else has deployments in a journal that several machines share, and how they are taken over.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/rollout/service_key.h"

namespace sluice::ports {

/// A sluice that has deployments under way, or waiting, and is not this one.
struct OtherOwner {
  std::string id;
  std::string name;         ///< For people: its machine and process.
  std::string last_word;    ///< Another one as soon as it is heard of again.
  Milliseconds unheard{0};  ///< How long it has not been heard of.
  Milliseconds lease{0};    ///< After so long without a word it is taken for dead.
  bool is_gone = false;     ///< It left in good order, or somebody has begun to take it over.
  struct Held {
    std::string deployment;
    rollout::ServiceKey service;
    friend bool operator==(const Held&, const Held&) = default;
  };
  std::vector<Held> held;

  bool may_be_taken_over() const { return is_gone || unheard > lease; }
};

class JournalOwners {
 public:
  virtual ~JournalOwners() = default;

  virtual Result<std::vector<OtherOwner>> others() = 0;
  /// All that the other one has is this one's from now on, and the other one can write no more of it. Errors: Conflict
  /// (it is alive; `by_force` takes its deployments all the same), those of the journal. What was taken before an error
  /// is this one's; asked again, it goes on.
  virtual Status take_over(const std::string& id, bool by_force) = 0;
};

}  // namespace sluice::ports
