// Tells people when a pipeline stopped before it came to a deployment: the messages of deployments are the
// controller's.
#pragma once

#include <memory>
#include <string>

#include "application/rollout_ports.h"

namespace sluice::server {

class PipelineMessages {
 public:
  explicit PipelineMessages(const application::RolloutPorts& ports) : ports_(ports) {}

  /// On the strand. Reads sluice.yaml at the commit of the repository (without one there is nobody to tell) and sends
  /// to those who want `failed`, repeating for an hour while that may help. The attempts end with the controller.
  void tell_of_failure(const std::string& repository, const std::string& sha, const std::string& subject,
                       const std::string& cause);

 private:
  struct Delivery;
  void attempt(std::shared_ptr<Delivery> delivery);

  application::RolloutPorts ports_;
};

}  // namespace sluice::server
