#include "server/followed_together.h"

#include <boost/json.hpp>
#include <utility>

#include "server/deployment_follower.h"

namespace sluice::server {

/// What one deployment's follower talks to: its end is not that of the command.
class FollowedTogether::Member final : public Session {
 public:
  Member(std::shared_ptr<FollowedTogether> all, std::string deployment)
      : all_(std::move(all)), deployment_(std::move(deployment)) {}
  void emit(const boost::json::object& event) override { all_->session_->emit(event); }
  void end(ExitCode code, const std::string& message) override {
    ended_ = true;
    all_->ended(deployment_, code, message);
  }
  std::stop_token gone() const override { return all_->session_->gone(); }
  bool is_open() const override { return !ended_ && all_->session_->is_open(); }

 private:
  std::shared_ptr<FollowedTogether> all_;
  std::string deployment_;
  bool ended_ = false;
};

void FollowedTogether::follow(application::Controller& controller, application::RolloutPorts ports,
                              SessionPointer session, const std::vector<std::string>& deployments,
                              std::shared_ptr<void> kept) {
  const std::shared_ptr<FollowedTogether> all(new FollowedTogether(controller, std::move(session), std::move(kept)));
  all->open_.insert(deployments.begin(), deployments.end());
  for (const std::string& id : deployments) {
    DeploymentFollower::follow(controller, ports, std::make_shared<Member>(all, id), id,
                               DeploymentFollower::AtHold::End);
  }
}

void FollowedTogether::ended(const std::string& deployment, ExitCode code, const std::string& message) {
  open_.erase(deployment);
  const application::Deployment* const held = code == ExitCode::Held ? controller_.find(deployment) : nullptr;
  if (held != nullptr && held->state.plan.release) {
    // The others of its release wait for it.
    for (const rollout::ReleaseMember& member : held->state.plan.release->members) open_.erase(member.deployment);
  }
  if (code != ExitCode::Succeeded && code_ == ExitCode::Succeeded) {
    code_ = code;
    message_ = message;
  }
  if (code_ == ExitCode::Succeeded) message_ = message;
  if (open_.empty()) session_->end(code_, message_);
}

}  // namespace sluice::server
