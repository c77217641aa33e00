// Traffic of a canary that is made up: how much comes, how it fails, and what GREEN does wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace sluice::rehearsal {

/// GREEN's share for some time.
struct Step {
  double share = 0.1;
  Milliseconds length{std::chrono::minutes{4}};
};

enum class Load {
  Steady,
  Bursts,  ///< A slow wave by half, and four times as much for 5 to 20 seconds about once a minute.
};

enum class Disturbance {
  None,
  Outage,  ///< Both colours fail 30% of all requests for a minute.
  Blips,   ///< Both colours fail 60% for 0.2 to 1 second, about every 20 seconds.
};

/// How long answers take. BLUE's median is 330 ms and its 95th percentile 1.23 s, but for the tails and the steps.
enum class Latencies {
  Lognormal,       ///< With a standard deviation of 0.8.
  HeavyTails,      ///< One in twenty by a Pareto law from 1 s on with the exponent 1.1: no finite variance.
  Steps,           ///< 100 ms, 300 ms, 900 ms and 2.7 s, which change exactly at the levels that are compared.
  EveryTwentieth,  ///< 100 ms, but each twentieth answer of a colour takes 300 ms, as when memory is cleaned up.
};

struct Fault {
  std::optional<double> errors;  ///< GREEN's rate of 5xx.
  double slower = 1;             ///< GREEN's latencies are multiplied by this.
  double log_errors = 0;         ///< GREEN's rate of requests with an error in the log.
  Milliseconds from{0};          ///< Since GREEN's first traffic …
  double from_share = 0;         ///< … and only at this share or above.
};

struct Scenario {
  std::string name;
  double requests_a_second = 100;
  double errors = 0.0005;  ///< Of both colours.
  double log_errors = 0.0005;
  std::optional<Fault> fault;
  Load load = Load::Steady;
  Disturbance disturbance = Disturbance::None;
  Latencies latencies = Latencies::Lognormal;
  /// Requests come in groups of this size on average, each of one colour and spread over about a second, that share
  /// their luck: the correlation inside a group is 0.5. 1: requests are independent.
  double group_size = 1;
  /// What GREEN gets is `share * skew`, at most.
  double skew = 1;

  Milliseconds warm_up{std::chrono::minutes{1}};  ///< BLUE alone.
  std::vector<Step> steps{{.share = 0.1}, {.share = 0.5}};
};

/// Canaries in which GREEN is no worse than the default analysis allows: requests are independent, as its guarantee
/// assumes.
std::vector<Scenario> quiet_scenarios(double requests_a_second);
/// The same with requests that are not independent, which the guarantee does not cover: they share their luck, or each
/// twentieth is slow.
std::vector<Scenario> dependent_scenarios(double requests_a_second);
/// GREEN answers 5xx to this share of its requests, from its first one on; BLUE to 0.05%.
Scenario error_fault(double requests_a_second, double errors);
/// GREEN takes so many times as long.
Scenario latency_fault(double requests_a_second, double slower);

}  // namespace sluice::rehearsal
