// What becomes of the deployments that a command follows when it is told to end: Ctrl-C, or a job that is cancelled.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command_line.h"

namespace sluice::cli {

enum class AtSignal {
  Ask,       ///< Whoever sits at the terminal.
  Detach,    ///< They go on without the command.
  RollBack,  ///< All traffic back, and the command follows them to that end.
  Park,      ///< They are held; whoever recovers them goes on.
};

/// What `--on-signal` says, else what suits: a journal in S3 means a job that ends with its machine, which takes back.
/// Error: InvalidInput.
Result<AtSignal> at_signal_of(const Invocation& invocation, bool can_ask, bool has_shared_journal);

/// Deployments that a conversation is about, as far as its events have told.
class Told {
 public:
  struct Deployment {
    std::string id;
    std::string service;  ///< `project/environment/service`
  };

  void learn(const boost::json::object& event);
  /// Those that have begun and not ended, in the order in which they were told of.
  const std::vector<Deployment>& under_way() const { return under_way_; }

 private:
  std::vector<Deployment> under_way_;
};

}  // namespace sluice::cli
