// Tells people when a pipeline stopped before it came to a deployment: the messages of deployments are the
// controller's.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "application/rollout_ports.h"
#include "ports/run_journal.h"

namespace sluice::server {

/// On the strand.
class PipelineMessages {
 public:
  PipelineMessages(const application::RolloutPorts& ports, ports::RunJournal& journal)
      : ports_(ports), journal_(journal) {}

  /// Goes on with what an earlier controller had not delivered. Once, at the start.
  void take_up();

  /// Reads sluice.yaml at the commit of the repository (without one there is nobody to tell) and sends to those who
  /// want `failed`, repeating for an hour while that may help; after a restart for an hour again. Who has got a message
  /// before a crash may get it twice.
  void send(const ports::PipelineMessage& message);
  /// Neither delivered nor given up.
  bool is_pending(const std::string& id) const { return pending_.contains(id); }

 private:
  struct Delivery;
  void attempt(std::shared_ptr<Delivery> delivery);
  void done(const std::string& id);

  application::RolloutPorts ports_;
  ports::RunJournal& journal_;
  std::set<std::string> pending_;
};

}  // namespace sluice::server
