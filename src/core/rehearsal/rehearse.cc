#include "core/rehearsal/rehearse.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "core/rehearsal/traffic_maker.h"

namespace sluice::rehearsal {
namespace {

using analysis::TrafficJudge;

Weight weight_of(double share) {
  return *Weight::from_basis_points(static_cast<int>(std::lround(share * Weight::kFull)));
}

bool is_bad_from_the_first_request(const Scenario& scenario) { return !scenario.fault->errors.has_value(); }

/// GREEN's bad responses, as they come.
class BadResponses {
 public:
  explicit BadResponses(const Scenario& scenario) : scenario_(&scenario) {}

  void add(const TrafficMaker::SlotPair& pair) {
    if (!pair.faulty) return;
    const std::int64_t bad = is_bad_from_the_first_request(*scenario_) ? pair.green.requests : pair.green.server_errors;
    if (bad > 0 && !first_) first_ = pair.green.start;
    count_ += bad;
  }
  std::optional<TimePoint> first() const { return first_; }
  std::int64_t count() const { return count_; }

 private:
  const Scenario* scenario_;
  std::optional<TimePoint> first_;
  std::int64_t count_ = 0;
};

}  // namespace

std::vector<Outcome> rehearse(const Scenario& scenario, std::uint64_t seed,
                              const std::vector<analysis::JudgeSettings>& settings) {
  std::vector<TrafficJudge> judges;
  for (const analysis::JudgeSettings& each : settings) judges.push_back(TrafficJudge::create(each).value());
  std::vector<Outcome> outcomes(judges.size());
  const TimePoint begin = kRehearsalStart + scenario.warm_up;
  TrafficMaker traffic(scenario, seed);
  BadResponses bad(scenario);
  std::size_t open = judges.size();
  for (auto pair = traffic.next(); pair && open > 0; pair = traffic.next()) {
    bad.add(*pair);
    const TimePoint end = pair->green.start + analysis::kSlotLength;
    for (std::size_t i = 0; i < judges.size(); ++i) {
      Outcome& outcome = outcomes[i];
      if (outcome.rolled_back) continue;
      if (pair->new_share) judges[i].weight_changes(pair->green.start, weight_of(pair->share));
      judges[i].observe(pair->green, pair->blue);
      outcome.bad_responses = bad.count();
      if (judges[i].decision().kind != analysis::DecisionKind::Rollback) continue;
      outcome.rolled_back = end - begin;
      outcome.reason = judges[i].decision().reason;
      if (bad.first()) outcome.took = end - *bad.first();
      --open;
    }
  }
  return outcomes;
}

bool bound_is_broken(const Scenario& scenario, std::uint64_t seed, const analysis::AnalysisSettings& settings) {
  SLUICE_ASSERT(scenario.disturbance == Disturbance::None && (!scenario.fault || scenario.fault->from.count() == 0));
  const double green = scenario.fault && scenario.fault->errors ? *scenario.fault->errors : scenario.errors;
  const double difference = green - scenario.errors;
  auto test = analysis::SequentialTest::create(settings.sequential).value();
  TrafficMaker traffic(scenario, seed);
  while (auto pair = traffic.next()) {
    if (pair->new_share) test.weight_changed(weight_of(pair->share));
    test.observe(pair->green, pair->blue);
    const bool whole_second = (pair->green.start + analysis::kSlotLength).time_since_epoch().count() % 1000 == 0;
    if (!whole_second || pair->share == 0) continue;
    const auto bound = test.assess().at_most_worse;
    if (bound && *bound < difference) return true;
  }
  return false;
}

}  // namespace sluice::rehearsal
