#include "server/deployment_follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "core/rollout/message_text.h"
#include "server/deployment_view.h"

namespace sluice::server {
namespace {
constexpr Milliseconds kFigureInterval{1'000};
constexpr int kSearchedSummaries = 1'000;
}  // namespace

ExitCode exit_code_of(rollout::Outcome outcome) {
  switch (outcome) {
    case rollout::Outcome::Succeeded: return ExitCode::Succeeded;
    case rollout::Outcome::RolledBack: return ExitCode::RolledBack;
    case rollout::Outcome::FailedBeforeTraffic: return ExitCode::FailedBeforeTraffic;
    case rollout::Outcome::Cancelled: return ExitCode::Cancelled;
  }
  std::unreachable();
}

void DeploymentFollower::follow(application::Controller& controller, application::RolloutPorts ports,
                                SessionPointer session, std::string deployment, AtHold at_hold) {
  const std::shared_ptr<DeploymentFollower> follower(
      new DeploymentFollower(controller, ports, std::move(session), std::move(deployment), at_hold));
  controller.add_observer(follower);
  follower->begin();
}

DeploymentFollower::DeploymentFollower(application::Controller& controller, application::RolloutPorts ports,
                                       SessionPointer session, std::string deployment, AtHold at_hold)
    : controller_(controller),
      ports_(ports),
      session_(std::move(session)),
      deployment_(std::move(deployment)),
      at_hold_(at_hold) {}

void DeploymentFollower::begin() {
  const application::Deployment* deployment = controller_.find(deployment_);
  if (deployment != nullptr) return tell(*deployment, ports_.clock.now());
  if (!controller_.is_queued(deployment_)) end_from_history();
}

void DeploymentFollower::on_event(const application::Deployment& deployment, const rollout::Event&, TimePoint at) {
  if (deployment.state.plan.deployment == deployment_) tell(deployment, at);
}

void DeploymentFollower::on_given_up(const std::string& deployment) {
  if (deployment == deployment_) end_from_history();
}

void DeploymentFollower::on_watch(const application::Deployment& deployment, TimePoint at) {
  if (!session_->is_open()) return leave();
  if (deployment.state.plan.deployment != deployment_ || at < last_figures_ + kFigureInterval) return;
  last_figures_ = at;
  session_->emit(figures_view(deployment, at));
}

void DeploymentFollower::on_lost(const std::string& deployment, const std::string& why) {
  if (deployment != deployment_) return;
  session_->end(ExitCode::Conflict, fmt::format("deployment {} goes on elsewhere: {}", deployment, why));
  leave();
}

void DeploymentFollower::tell(const application::Deployment& deployment, TimePoint at) {
  if (!session_->is_open()) return leave();
  boost::json::object view = deployment_view(deployment, at);
  boost::json::object timeless = view;
  timeless.erase("at");
  std::string text = boost::json::serialize(timeless);
  if (text != last_view_) session_->emit(view);
  last_view_ = std::move(text);
  const rollout::State& state = deployment.state;
  if (state.outcome) {
    session_->end(exit_code_of(*state.outcome), rollout::outcome_sentence(state));
    return leave();
  }
  if (state.mode == rollout::Mode::Held && at_hold_ == AtHold::End) {
    session_->end(ExitCode::Held, rollout::outcome_sentence(state));
    leave();
  }
}

void DeploymentFollower::end_from_history() {
  const auto history = ports_.journal.history(std::nullopt, kSearchedSummaries);
  if (history) {
    for (const ports::DeploymentSummary& summary : *history) {
      if (summary.deployment != deployment_) continue;
      session_->emit(summary_view(summary));
      session_->end(exit_code_of(summary.outcome), summary.cause);
      return leave();
    }
  }
  session_->end(ExitCode::Usage, fmt::format("there is no deployment {}", deployment_));
  leave();
}

void DeploymentFollower::leave() { controller_.remove_observer(this); }

}  // namespace sluice::server
