#include "simulation/end_checker.h"

#include <algorithm>

namespace sluice::simulation {

void EndChecker::add(std::string_view rule, std::string_view what) { violations_.add(sight_.world.now(), rule, what); }

void EndChecker::check(const std::vector<rollout::ServiceKey>& services) {
  check_deployments();
  for (const rollout::ServiceKey& service : services) check_service(service);
}

void EndChecker::check_service(const rollout::ServiceKey& service) {
  const ports::LiveService* live = sight_.journal.find_live(service);
  check_leftovers(service, live == nullptr ? "" : live->revision.id);
  if (live != nullptr) return check_live(*live);
  const SimulatedRouter::Routed* routed = sight_.router.find(service);
  // A route that nobody serves is not watched after a restart: a stranger who opens it gives nobody less than 503.
  const bool strangers = routed != nullptr && routed->by_hand;
  if (routed != nullptr && routed->split.open && !strangers) {
    add("the world is what the last success says",
        fmt::format("{} never had a success, and its route is open ({})", service.service, to_string(routed->split)));
  }
}

void EndChecker::check_live(const ports::LiveService& live) {
  constexpr std::string_view kRule = "the world is what the last success says";
  const rollout::TrafficSplit wanted{true, live.slot == rollout::Slot::B ? Weight::full() : Weight::none()};
  const SimulatedRouter::Routed* routed = sight_.router.find(live.service);
  if (routed == nullptr || routed->split != wanted) {
    return add(kRule, fmt::format("{} should have {}, and has {}", live.service.service, to_string(wanted),
                                  routed == nullptr ? "no route" : to_string(routed->split)));
  }
  const int running = sight_.fleet.running(live.service, live.revision.id);
  if (running != live.revision.replicas) {
    add(kRule, fmt::format("{} replicas of {} run, not {}", running, live.revision.id, live.revision.replicas));
  }
  const auto& own = routed->own[index_of(live.slot)];
  const auto serving = std::ranges::count_if(own, [&](const ports::Endpoint& endpoint) {
    return sight_.fleet.answers(endpoint.port) && sight_.fleet.revision_at(endpoint.port) == live.revision.id;
  });
  if (serving != live.revision.replicas) {
    add(kRule, fmt::format("{} of {} replicas of {} are behind the router and answer", serving, live.revision.replicas,
                           live.revision.id));
  }
}

void EndChecker::check_leftovers(const rollout::ServiceKey& service, const std::string& live_revision) {
  for (const auto& [name, group] : sight_.fleet.groups()) {
    if (name.first != service || name.second == live_revision) continue;
    if (group.replicas.empty() && group.runs.empty()) continue;
    add("nothing is left over", fmt::format("{} replicas and {} commands of {} are still there", group.replicas.size(),
                                            group.runs.size(), name.second));
  }
}

void EndChecker::check_deployments() {
  for (const auto& [id, records] : sight_.journal.records()) {
    if (sight_.journal.is_given_up(id)) continue;
    const rollout::State& state = states_.replayed(id);
    const auto& summaries = sight_.journal.summaries();
    const auto summary = std::ranges::find(summaries, id, &ports::DeploymentSummary::deployment);
    if (!state.outcome || summary == summaries.end() || summary->outcome != *state.outcome) {
      add("every deployment ends in a named outcome", fmt::format("{} has none in its summary", id));
    }
    if (!state.messages.empty()) {
      add("messages are delivered or given up", fmt::format("{} has {} left", id, state.messages.size()));
    }
  }
}

void EndChecker::check_bound(const std::vector<rollout::ServiceKey>& services) {
  for (const auto& [id, records] : sight_.journal.records()) {
    if (sight_.journal.is_archived(id)) continue;
    const rollout::State& state = states_.replayed(id);
    const auto stage = rollout::current_stage(state);
    if (state.mode == rollout::Mode::Ended && !state.messages.empty()) {
      return add("messages are delivered or given up", fmt::format("{} has {} left", id, state.messages.size()));
    }
    add("everything comes to its end", fmt::format("{} is still {} at {}", id, rollout::to_string(state.mode),
                                                   stage ? rollout::describe(state.plan, *stage) : "the end"));
  }
  check(services);
}

}  // namespace sluice::simulation
