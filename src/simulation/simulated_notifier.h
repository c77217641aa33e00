// Takes messages to people, or does not for a while.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ports/notifier.h"
#include "simulation/world.h"

namespace sluice::simulation {

class SimulatedNotifier final : public ports::Notifier {
 public:
  explicit SimulatedNotifier(World& world) : world_(world) {}

  Status send(const ports::Recipient& to, const ports::Message& message) override {
    return call(world_, "a message", [&]() -> Status {
      if (world_.sabotage == Sabotage::LoseMessages) return Error{ErrorKind::Unavailable, "nobody is in"};
      if (to.secret.reveal() == "denied") return Error{ErrorKind::Denied, "the webhook was revoked"};
      ++delivered_[message.id];
      if (message.figures) figures_.push_back(*message.figures);
      return {};
    });
  }

  /// How often each message arrived, by its id.
  const std::map<std::string, int>& delivered() const { return delivered_; }
  /// Of ends, as they arrived.
  const std::vector<rollout::EndFigures>& figures() const { return figures_; }

 private:
  World& world_;
  std::map<std::string, int> delivered_;
  std::vector<rollout::EndFigures> figures_;
};

}  // namespace sluice::simulation
