// Makes the traffic of a scenario, slot by slot, from a seed. Requests are drawn one by one.
#pragma once

#include <optional>
#include <queue>
#include <vector>

#include "core/analysis/slot.h"
#include "core/rehearsal/dice.h"
#include "core/rehearsal/scenario.h"

namespace sluice::rehearsal {

class TrafficMaker {
 public:
  /// `scenario` outlives this.
  TrafficMaker(const Scenario& scenario, std::uint64_t seed);

  struct SlotPair {
    analysis::Slot green;
    analysis::Slot blue;
    double share = 0;        ///< GREEN's, as the router was told.
    bool new_share = false;  ///< It changes with this slot.
    bool faulty = false;     ///< GREEN has its fault.
  };
  /// Nothing once the last step has ended.
  std::optional<SlotPair> next();

 private:
  struct Span {
    Milliseconds from;
    Milliseconds to;
    bool holds(Milliseconds time) const { return time >= from && time < to; }
  };
  struct Late {
    std::int64_t slot;
    bool green;
    bool failed;
    friend bool operator>(const Late& left, const Late& right) { return left.slot > right.slot; }
  };

  void plan_bursts();
  void plan_disturbances();
  double share_now() const;
  double load_now() const;
  double errors_now(bool green, bool faulty) const;
  bool is_faulty(double share) const;
  void add_single(SlotPair& pair, double green_share);
  void add_groups(SlotPair& pair, double green_share);
  std::size_t latency_bucket(bool green, bool faulty);
  void answer(SlotPair& pair, bool green, bool failed);
  static bool holds(const std::vector<Span>& spans, Milliseconds time);

  const Scenario* scenario_;
  Dice dice_;
  AliasTable latencies_;
  AliasTable slow_latencies_;  ///< GREEN's while it has its fault.
  Milliseconds now_{0};
  Milliseconds end_{0};
  double share_ = 0;
  double wave_phase_ = 0;
  std::vector<Span> bursts_;
  std::vector<Span> disturbed_;
  std::priority_queue<Late, std::vector<Late>, std::greater<>> late_;  ///< What groups have begun and not ended.
  std::int64_t green_answers_ = 0;
  std::int64_t blue_answers_ = 0;
  std::vector<std::uint32_t> green_buckets_;
  std::vector<std::uint32_t> blue_buckets_;
};

/// Seconds at which a made-up canary begins. What is measured never depends on it.
inline constexpr TimePoint kRehearsalStart{std::chrono::seconds{1'700'000'000}};

}  // namespace sluice::rehearsal
