#include "simulation/state_checker.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/rollout/advance.h"
#include "core/rollout/event_json.h"

namespace sluice::simulation {

void StateChecker::on_event(const application::Deployment& deployment, const rollout::Event& event, TimePoint at) {
  const std::string& id = deployment.state.plan.deployment;
  if (!(replayed(id) == deployment.state)) {
    violations_.add(
        at, "replay gives the same state",
        fmt::format("after {} of {} the state in memory differs from the journal's", rollout::type_name(event), id));
  }
  check_deadline(deployment.state, at);
  check_tokens(deployment.state, at);
}

const rollout::State& StateChecker::replayed(const std::string& deployment) {
  Replay& replay = replays_[deployment];
  const auto records = journal_.records().find(deployment);
  if (records == journal_.records().end()) return replay.state;
  for (; replay.records < records->second.size(); ++replay.records) {
    const SimulatedJournal::Record& record = records->second[replay.records];
    const auto event = rollout::read_event(record.text);
    if (!event) {
      violations_.add(record.at, "the journal can be read", event.error().message);
      continue;
    }
    const auto* started = std::get_if<rollout::Started>(&*event);
    replay.state =
        (started != nullptr ? rollout::start(*started, record.at) : rollout::advance(replay.state, *event, record.at))
            .state;
  }
  return replay.state;
}

void StateChecker::check_deadline(const rollout::State& state, TimePoint at) {
  if (state.mode == rollout::Mode::Ended || rollout::next_deadline(state)) return;
  const auto stage = rollout::current_stage(state);
  violations_.add(at, "every state has a deadline",
                  fmt::format("{} waits for nothing in {} at {}", state.plan.deployment, rollout::to_string(state.mode),
                              stage ? rollout::to_string(stage->kind) : "no stage"));
}

void StateChecker::check_tokens(const rollout::State& state, TimePoint at) {
  const auto stage = rollout::current_stage(state);
  if (state.in_flight && stage) {
    check_token(state.in_flight->token, fmt::format("{} {}", rollout::to_string(stage->kind), stage->index), at);
  }
  if (state.correction) check_token(*state.correction, "correction", at);
  for (const rollout::PendingMessage& message : state.messages) {
    check_token(message.token, fmt::format("message {}", rollout::to_string(message.kind)), at);
  }
}

void StateChecker::check_token(const std::string& token, const std::string& meaning, TimePoint at) {
  const bool plain = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 127; });
  if (token.empty() || token.size() > kLongestToken || !plain) {
    violations_.add(at, "tokens are short and plain", fmt::format("'{}' of {}", token, meaning));
  }
  const auto [entry, is_new] = meanings_.emplace(token, meaning);
  if (entry->second != meaning) {
    violations_.add(at, "tokens are unique", fmt::format("{} is of {} and of {}", token, entry->second, meaning));
  }
}

}  // namespace sluice::simulation
