#include "simulation/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"

namespace sluice::simulation {

const std::vector<Fault>& all_faults() {
  static const std::vector<Fault> kFaults = [] {
    std::vector<Fault> faults;
    for (int i = 0; i <= static_cast<int>(Fault::Words); ++i) faults.push_back(static_cast<Fault>(i));
    return faults;
  }();
  return kFaults;
}

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::FailingCall: return "failing_calls";
    case Fault::SlowCall: return "slow_calls";
    case Fault::LostReply: return "lost_replies";
    case Fault::RepeatedEffect: return "repeated_effects";
    case Fault::JournalRefusal: return "journal_refusals";
    case Fault::CrashBeforeAppend: return "crashes_before_append";
    case Fault::CrashAfterAppend: return "crashes_after_append";
    case Fault::CrashBeforeDone: return "crashes_before_done";
    case Fault::CrashAnytime: return "crashes_anytime";
    case Fault::PowerLoss: return "power_losses";
    case Fault::ReplicaDeath: return "replica_deaths";
    case Fault::RouterOutage: return "router_outages";
    case Fault::StrangersHand: return "strangers_hands";
    case Fault::TelemetryGap: return "telemetry_gaps";
    case Fault::FlappingAlarm: return "flapping_alarms";
    case Fault::Words: return "words";
  }
  std::unreachable();
}

namespace {

Result<Fault> parse_fault(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Fault fault : all_faults()) {
    if (to_string(fault) == name) return fault;
    names.emplace_back(to_string(fault));
  }
  std::string message = fmt::format("there is no fault '{}'", name);
  if (const auto nearest = nearest_name(name, names)) message += fmt::format("; did you mean '{}'?", *nearest);
  return Error{ErrorKind::InvalidInput, message};
}

}  // namespace

Result<std::set<Fault>> parse_faults(std::string_view text) {
  if (text == "all") return std::set<Fault>(all_faults().begin(), all_faults().end());
  std::set<Fault> faults;
  if (text == "none") return faults;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    TRY_ASSIGN(const Fault fault, parse_fault(text.substr(0, comma)));
    faults.insert(fault);
    if (comma == text.size()) return faults;
    text.remove_prefix(comma + 1);
  }
}

Faults::Faults(std::uint64_t seed, const std::set<Fault>& on) {
  for (const Fault fault : on) {
    Chance chance(seed, to_string(fault));
    if (!chance.happens(0.5)) continue;
    const double frequency = static_cast<double>(chance.between(20, 200)) / 100.0;
    strikes_.emplace(fault, Strike{chance, frequency});
  }
}

bool Faults::strikes(Fault fault, double probability) {
  const auto strike = strikes_.find(fault);
  if (stopped_ || strike == strikes_.end()) return false;
  if (!strike->second.chance.happens(probability * strike->second.frequency)) return false;
  ++injected_[fault];
  return true;
}

bool Faults::has(Fault fault) const { return !stopped_ && strikes_.contains(fault); }

}  // namespace sluice::simulation
