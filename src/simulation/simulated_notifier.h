// Takes messages to people, or does not for a while.
#pragma once

#include <map>
#include <string>

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
      return {};
    });
  }

  /// How often each message arrived, by its id.
  const std::map<std::string, int>& delivered() const { return delivered_; }

 private:
  World& world_;
  std::map<std::string, int> delivered_;
};

}  // namespace sluice::simulation
