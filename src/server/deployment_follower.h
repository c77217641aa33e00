// Tells one command about one deployment until it ends, is held, or the command goes away.
#pragma once

#include <memory>
#include <string>

#include "application/controller.h"
#include "server/session.h"

namespace sluice::server {

class DeploymentFollower final : public application::ControllerObserver {
 public:
  enum class AtHold {
    End,     ///< `deploy`: exit 3; the controller goes on watching.
    Follow,  ///< `watch`
  };
  /// Begins at once with the deployment as it stands. A deployment that is queued, or has ended, is found too.
  static void follow(application::Controller& controller, application::RolloutPorts ports, SessionPointer session,
                     std::string deployment, AtHold at_hold);
  void on_event(const application::Deployment& deployment, const rollout::Event& event, TimePoint at) override;
  void on_given_up(const std::string& deployment) override;
  void on_watch(const application::Deployment& deployment, TimePoint at) override;
  void on_lost(const std::string& deployment, const std::string& why) override;

 private:
  DeploymentFollower(application::Controller& controller, application::RolloutPorts ports, SessionPointer session,
                     std::string deployment, AtHold at_hold);
  void begin();
  void tell(const application::Deployment& deployment, TimePoint at);
  void end_from_history();
  void leave();

  application::Controller& controller_;
  application::RolloutPorts ports_;
  SessionPointer session_;
  std::string deployment_;
  AtHold at_hold_;
  TimePoint last_figures_{};
  std::string last_view_;
};

ExitCode exit_code_of(rollout::Outcome outcome);

}  // namespace sluice::server
