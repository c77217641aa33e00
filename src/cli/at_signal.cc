#include "cli/at_signal.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "cli/event_fields.h"

namespace sluice::cli {

Result<AtSignal> at_signal_of(const Invocation& invocation, bool can_ask, bool has_shared_journal) {
  const std::string said = invocation.arguments.one("on-signal");
  if (said == "rollback") return AtSignal::RollBack;
  if (said == "park") return AtSignal::Park;
  if (said == "detach") return AtSignal::Detach;
  if (!said.empty()) {
    return Error{ErrorKind::InvalidInput, fmt::format("--on-signal is rollback, park or detach, and not '{}'", said)};
  }
  const std::string& command = invocation.command;
  const bool follows = command == "deploy" || command == "rollback" || command == "watch" ||
                       (command == "recover" && invocation.arguments.has("wait"));
  if (!follows) return AtSignal::Detach;
  if (can_ask && !invocation.json && command != "recover") return AtSignal::Ask;
  const bool is_its_own = command == "deploy" || command == "recover";
  return has_shared_journal && is_its_own ? AtSignal::RollBack : AtSignal::Detach;
}

void Told::learn(const boost::json::object& event) {
  if (text(event, "type") != "deployment") return;
  const std::string id = text(event, "deployment");
  const auto known = std::ranges::find(under_way_, id, &Deployment::id);
  const bool has_ended = !text(event, "outcome").empty();
  if (known != under_way_.end()) {
    if (has_ended) under_way_.erase(known);
    return;
  }
  if (has_ended) return;
  under_way_.push_back(
      {id, fmt::format("{}/{}/{}", text(event, "project"), text(event, "environment"), text(event, "service"))});
}

}  // namespace sluice::cli
