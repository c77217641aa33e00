// Carries out one effect of a deployment against the real world. Every call blocks and may be repeated with the same
// token; none touches the deployment's state.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "application/known_secrets.h"
#include "application/rollout_ports.h"
#include "base/result.h"
#include "core/rollout/effect.h"
#include "core/rollout/plan.h"

namespace sluice::application {

/// What an effect brought: evidence lines, mostly nothing.
using EffectResult = Result<std::vector<std::string>>;

class EffectRunner {
 public:
  explicit EffectRunner(const RolloutPorts& ports) : ports_(ports) {}

  /// What a hook is told besides the plan.
  struct HookFacts {
    std::string token;
    std::string version;  ///< What GREEN is called in its target; empty where it has no such name, or not yet.
  };

  EffectResult prepare_route(const rollout::Plan& plan) const;
  EffectResult run_hook(const rollout::Plan& plan, std::size_t index, const std::string& token,
                        std::stop_token stop) const;
  EffectResult run_release_command(const rollout::Plan& plan, const std::string& token, std::stop_token stop) const;
  /// `may_have_begun`: as ports::FleetStart has it.
  EffectResult start_green(const rollout::Plan& plan, bool may_have_begun, std::stop_token stop) const;
  EffectResult attach_green(const rollout::Plan& plan) const;
  EffectResult set_split(const rollout::Plan& plan, const rollout::TrafficSplit& split, std::stop_token stop) const;
  struct SmokeAttempt {
    Status verdict;
    bool was_sent = false;  ///< Else the router did not say where to.
  };
  /// One attempt at one smoke test.
  SmokeAttempt smoke(const rollout::Plan& plan, const rollout::SmokeTest& test, bool front_door,
                     std::stop_token stop) const;
  /// One request of sluice's own to a colour: whether it answered as expected. Error: it did not reach the router.
  Result<bool> probe(const rollout::Plan& plan, const rollout::SmokeTest& test, rollout::Colour colour,
                     std::stop_token stop) const;
  /// Open sessions on a colour's slot.
  Result<ports::OpenSessions> open_sessions(const rollout::Plan& plan, rollout::Colour colour) const;
  /// Takes a colour out of the router and stops it. Error: Unavailable while the read-back split still gives it
  /// traffic.
  EffectResult retire(const rollout::Plan& plan, rollout::Colour colour) const;
  EffectResult collect_evidence(const rollout::Plan& plan, TimePoint since) const;

  /// A revision with its secrets, read now.
  Result<ports::FleetStart> with_secrets(const rollout::ServiceKey& service, const rollout::Revision& revision) const;
  /// Of the revisions whose secrets this has read.
  const KnownSecrets& known_secrets() const { return known_secrets_; }

 private:
  EffectResult run_hook_command(const rollout::Plan& plan, const rollout::LifecycleHook& hook,
                                const rollout::HookCommand& command, const HookFacts& facts,
                                std::stop_token stop) const;
  EffectResult run_hook_request(const rollout::Plan& plan, const rollout::LifecycleHook& hook,
                                const rollout::HookRequest& call, const HookFacts& facts, std::stop_token stop) const;
  EffectResult run_hook_function(const rollout::Plan& plan, const rollout::LifecycleHook& hook,
                                 const rollout::HookFunction& function, const HookFacts& facts,
                                 std::stop_token stop) const;
  /// To the front door, or to one slot.
  Result<ports::HttpResponse> send(const ports::TrafficRouter::Entrance& entrance, const rollout::SmokeTest& test,
                                   std::stop_token stop) const;
  /// Where the colour that stays answers.
  Result<std::vector<ports::Endpoint>> other_endpoints(const rollout::Plan& plan, rollout::Colour retiring) const;

  RolloutPorts ports_;
  mutable KnownSecrets known_secrets_;
};

ports::RoutedService routed_service(const rollout::Plan& plan);
/// Slot and revision of a colour. A colour that the plan lacks (BLUE at a first deployment) has no revision.
rollout::Slot slot_of(const rollout::Plan& plan, rollout::Colour colour);
const rollout::Revision* revision_of(const rollout::Plan& plan, rollout::Colour colour);
std::vector<ports::Endpoint> endpoints(const std::vector<ports::Replica>& replicas);

}  // namespace sluice::application
