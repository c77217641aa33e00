#include "core/rehearsal/traffic_maker.h"

#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace sluice::rehearsal {
namespace {

using analysis::kLatencyBuckets;
using analysis::kSlotLength;
using analysis::Slot;
using std::chrono::seconds;

constexpr double kMedian = 330;  // milliseconds
constexpr double kDeviation = 0.8;
constexpr double kTailShare = 0.05;
constexpr double kTailFrom = 1000;
constexpr double kTailExponent = 1.1;
struct LatencyStep {
  double milliseconds;
  double share;
};
constexpr std::array<LatencyStep, 4> kLatencySteps{{{100, 0.5}, {300, 0.3}, {900, 0.15}, {2700, 0.05}}};
constexpr double kUsual = 100;  // milliseconds
constexpr double kPause = 300;  // milliseconds
constexpr std::int64_t kPauseEvery = 20;
constexpr double kGroupCorrelation = 0.5;
constexpr double kGroupSpread = 1000;  // milliseconds

double lognormal_below(double milliseconds, double slower) {
  const double z = (std::log(milliseconds / slower) - std::log(kMedian)) / kDeviation;
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

double heavy_below(double milliseconds, double slower) {
  const double from = kTailFrom * slower;
  const double tail = milliseconds <= from ? 0 : 1 - std::pow(from / milliseconds, kTailExponent);
  return (1 - kTailShare) * lognormal_below(milliseconds, slower) + kTailShare * tail;
}

double below(Latencies latencies, double milliseconds, double slower) {
  switch (latencies) {
    case Latencies::Lognormal: return lognormal_below(milliseconds, slower);
    case Latencies::HeavyTails: return heavy_below(milliseconds, slower);
    case Latencies::Steps: {
      double share = 0;
      for (const LatencyStep& step : kLatencySteps)
        share += milliseconds >= step.milliseconds * slower ? step.share : 0;
      return share;
    }
    case Latencies::EveryTwentieth: return milliseconds >= kUsual * slower ? 1 : 0;
  }
  std::unreachable();
}

/// The share of all answers in each bucket: the histogram of a slot is drawn as it would have been counted.
AliasTable table_of(Latencies latencies, double slower) {
  std::vector<double> weights;
  double before = 0;
  for (int bucket = 0; bucket < kLatencyBuckets; ++bucket) {
    const bool is_last = bucket == kLatencyBuckets - 1;
    const double until = is_last ? 1 : below(latencies, analysis::latency_edge(bucket), slower);
    weights.push_back(std::max(0.0, until - before));
    before = until;
  }
  return AliasTable(weights);
}

/// Of all requests, while a disturbance lasts.
double disturbed_share(Disturbance disturbance) {
  switch (disturbance) {
    case Disturbance::None: return 0;
    case Disturbance::Outage: return 0.3;
    case Disturbance::Blips: return 0.6;
  }
  std::unreachable();
}

/// Most of the buckets are empty in a tenth of a second.
void pour(std::vector<std::uint32_t>& buckets, analysis::LatencyHistogram& histogram) {
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    if (buckets[bucket] == 0) continue;
    histogram.add_to_bucket(static_cast<int>(bucket), std::exchange(buckets[bucket], 0));
  }
}

Milliseconds whole(double milliseconds) { return Milliseconds{static_cast<std::int64_t>(milliseconds)}; }

}  // namespace

TrafficMaker::TrafficMaker(const Scenario& scenario, std::uint64_t seed)
    : scenario_(&scenario),
      dice_(seed),
      latencies_(table_of(scenario.latencies, 1)),
      slow_latencies_(table_of(scenario.latencies, scenario.fault ? scenario.fault->slower : 1)),
      end_(scenario.warm_up),
      green_buckets_(kLatencyBuckets),
      blue_buckets_(kLatencyBuckets) {
  for (const Step& step : scenario.steps) end_ += step.length;
  plan_bursts();
  plan_disturbances();
}

void TrafficMaker::plan_bursts() {
  if (scenario_->load != Load::Bursts) return;
  wave_phase_ = dice_.between(0, 2 * std::numbers::pi);
  for (double at = dice_.exponential(60'000); at < static_cast<double>(end_.count());) {
    const double length = dice_.between(5'000, 20'000);
    bursts_.push_back({whole(at), whole(at + length)});
    at += length + dice_.exponential(60'000);
  }
}

void TrafficMaker::plan_disturbances() {
  const auto begin = static_cast<double>(scenario_->warm_up.count());
  const auto end = static_cast<double>(end_.count());
  switch (scenario_->disturbance) {
    case Disturbance::None: return;
    case Disturbance::Outage: {
      const double at = dice_.between(begin, std::max(begin, end - 60'000));
      disturbed_.push_back({whole(at), whole(at + 60'000)});
      return;
    }
    case Disturbance::Blips:
      for (double at = dice_.exponential(20'000); at < end; at += dice_.exponential(20'000)) {
        disturbed_.push_back({whole(at), whole(at + dice_.between(200, 1000))});
      }
      return;
  }
}

bool TrafficMaker::holds(const std::vector<Span>& spans, Milliseconds time) {
  for (const Span& span : spans) {
    if (span.holds(time)) return true;
  }
  return false;
}

double TrafficMaker::share_now() const {
  Milliseconds from = scenario_->warm_up;
  if (now_ < from) return 0;
  for (const Step& step : scenario_->steps) {
    if (now_ < from + step.length) return step.share;
    from += step.length;
  }
  return 0;
}

/// Requests that are expected in this slot.
double TrafficMaker::load_now() const {
  double mean = scenario_->requests_a_second * std::chrono::duration<double>(kSlotLength).count();
  if (scenario_->load == Load::Steady) return mean;
  const double wave = std::chrono::duration<double>(now_).count() / 600 * 2 * std::numbers::pi;
  mean *= 1 + 0.5 * std::sin(wave + wave_phase_);
  return holds(bursts_, now_) ? 4 * mean : mean;
}

bool TrafficMaker::is_faulty(double share) const {
  return scenario_->fault && share > 0 && share >= scenario_->fault->from_share &&
         now_ >= scenario_->warm_up + scenario_->fault->from;
}

double TrafficMaker::errors_now(bool green, bool faulty) const {
  double rate = scenario_->errors;
  if (green && faulty && scenario_->fault->errors) rate = *scenario_->fault->errors;
  if (disturbed_.empty() || !holds(disturbed_, now_)) return rate;
  return rate + (1 - rate) * disturbed_share(scenario_->disturbance);
}

std::size_t TrafficMaker::latency_bucket(bool green, bool faulty) {
  const std::int64_t number = ++(green ? green_answers_ : blue_answers_);
  if (scenario_->latencies == Latencies::EveryTwentieth && number % kPauseEvery == 0) {
    return static_cast<std::size_t>(analysis::latency_bucket(kPause * (faulty ? scenario_->fault->slower : 1)));
  }
  return (faulty ? slow_latencies_ : latencies_).draw(dice_);
}

void TrafficMaker::answer(SlotPair& pair, bool green, bool failed) {
  Slot& slot = green ? pair.green : pair.blue;
  const bool faulty = green && pair.faulty;
  ++slot.requests;
  ++(failed ? slot.server_errors : slot.informational_and_success);
  ++(green ? green_buckets_ : blue_buckets_)[latency_bucket(green, faulty)];
  if (dice_.happens(faulty && scenario_->fault->log_errors > 0 ? scenario_->fault->log_errors
                                                               : scenario_->log_errors)) {
    ++slot.requests_with_log_errors;
    ++slot.log_error_lines;
  }
}

void TrafficMaker::add_single(SlotPair& pair, double green_share) {
  const double of_green = errors_now(true, pair.faulty);
  const double of_blue = errors_now(false, false);
  for (std::int64_t left = dice_.poisson(load_now()); left > 0; --left) {
    const bool green = dice_.happens(green_share);
    answer(pair, green, dice_.happens(green ? of_green : of_blue));
  }
}

/// A group draws its own rate, so that its requests fail together; an outage comes on top of that.
void TrafficMaker::add_groups(SlotPair& pair, double green_share) {
  constexpr double kStrength = 1 / kGroupCorrelation - 1;
  const std::int64_t slot = now_ / kSlotLength;
  while (!late_.empty() && late_.top().slot <= slot) {
    const Late late = late_.top();
    late_.pop();
    const bool outage =
        !disturbed_.empty() && holds(disturbed_, now_) && dice_.happens(disturbed_share(scenario_->disturbance));
    answer(pair, late.green, late.failed || outage);
  }
  for (std::int64_t left = dice_.poisson(load_now() / scenario_->group_size); left > 0; --left) {
    const bool green = dice_.happens(green_share);
    const bool faulty = green && pair.faulty && scenario_->fault->errors;
    const double luck = dice_.beta(faulty ? *scenario_->fault->errors : scenario_->errors, kStrength);
    for (std::int64_t size = dice_.geometric(scenario_->group_size); size > 0; --size) {
      const auto delay = static_cast<std::int64_t>(dice_.between(0, kGroupSpread)) / kSlotLength.count();
      late_.push({slot + delay, green, dice_.happens(luck)});
    }
  }
}

std::optional<TrafficMaker::SlotPair> TrafficMaker::next() {
  if (now_ >= end_) return std::nullopt;
  const TimePoint start = kRehearsalStart + now_;
  SlotPair pair{.green = Slot{.start = start, .log_watched = true}, .blue = Slot{.start = start, .log_watched = true}};
  pair.share = share_now();
  pair.new_share = pair.share != share_;
  pair.faulty = is_faulty(pair.share);
  share_ = pair.share;
  const double green_share = std::min(1.0, pair.share * scenario_->skew);
  scenario_->group_size > 1 ? add_groups(pair, green_share) : add_single(pair, green_share);
  pour(green_buckets_, pair.green.latency);
  pour(blue_buckets_, pair.blue.latency);
  now_ += kSlotLength;
  return pair;
}

}  // namespace sluice::rehearsal
