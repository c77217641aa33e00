#include "simulation/comparison_checker.h"

#include <fmt/format.h>

#include <cmath>

namespace sluice::simulation {
namespace {

constexpr Milliseconds kLongestLook{1'000};

/// GREEN may have had traffic beside BLUE's, whether its share was read back or not.
bool is_compared(const rollout::State& state) { return state.plan.analysis && state.plan.blue && state.touched; }

/// Nats that an error of GREEN's is worth at most, by GREEN's share of the requests.
double worth_of_an_error(const analysis::SequentialMetric& errors, double green_share) {
  const double exposure = errors.ratio * green_share;
  return -std::log(exposure / (exposure + 1 - green_share));
}

}  // namespace

void ComparisonChecker::on_event(const application::Deployment& deployment, const rollout::Event& event, TimePoint at) {
  const rollout::State& state = deployment.state;
  if (const auto* decided = std::get_if<rollout::AnalysisDecided>(&event)) check_named(state, *decided, at);
  if (state.mode == rollout::Mode::Ended && state.ended_at == at && is_compared(state)) check_end(state, at);
}

void ComparisonChecker::check_named(const rollout::State& state, const rollout::AnalysisDecided& decided,
                                    TimePoint at) {
  const bool rolls_back = state.cause && state.cause->kind == rollout::CauseKind::Analysis;
  if (!rolls_back || decided.kind != analysis::DecisionKind::Rollback) return;
  const bool is_named = state.cause->subject == decided.reason && decided.reason.starts_with("sequential ") &&
                        state.cause->sentence == decided.message && decided.message.starts_with("GREEN");
  if (is_named && is_compared(state) && decided.log_evidence >= decided.log_needed) return;
  violations_.add(at, "a rollback by the comparison names it",
                  fmt::format("{} is taken back by '{}': {} ({} of {} nats)", state.plan.deployment,
                              state.cause->subject, state.cause->sentence, decided.log_evidence, decided.log_needed));
}

void ComparisonChecker::check_end(const rollout::State& state, TimePoint at) {
  const rollout::Plan& plan = state.plan;
  const auto worse_at = telemetry_.worse_at(plan.service, plan.green_slot);
  const bool was_worse = worse_at && *worse_at >= state.started_at;
  const bool taken_back = state.cause && state.cause->kind == rollout::CauseKind::Analysis;
  ++(was_worse ? tally_.worse : tally_.fair);
  if (taken_back) ++(was_worse ? tally_.worse_rollbacks : tally_.fair_rollbacks);
  const bool passed_over = !state.overruled.empty();
  if (state.outcome != rollout::Outcome::Succeeded || passed_over || !sights_[plan.deployment].plenty) return;
  violations_.add(at, "a much worse GREEN never succeeds",
                  fmt::format("{} has succeeded with {:.0f}% of errors", plan.deployment,
                              100 * world_.qualities.at(plan.green.id).error_share));
}

/// Counts while GREEN is much worse beside a good BLUE; a controller that was away has to begin anew.
void ComparisonChecker::on_watch(const application::Deployment& deployment, TimePoint at) {
  const rollout::State& state = deployment.state;
  if (!is_compared(state) || !deployment.traffic || state.mode == rollout::Mode::RollingBack) return;
  const rollout::Plan& plan = state.plan;
  Sight& sight = sights_[plan.deployment];
  const Milliseconds passed = at - sight.looked_at;
  sight.looked_at = at;
  const double green = telemetry_.error_share(plan.service, plan.green_slot);
  const double blue = telemetry_.error_share(plan.service, rollout::other(plan.green_slot));
  const double share = rollout::green_share(plan, state.intended).basis_points() / static_cast<double>(Weight::kFull);
  const bool shows_it = green >= kMuchWorse && blue <= kQuiteGood && share > 0 && share < 1;
  if (passed > kLongestLook || !shows_it) {
    sight.lasted = Milliseconds{0};
    sight.evidence = 0;
    return;
  }
  const double seconds = std::chrono::duration<double>(passed).count();
  const double errors = telemetry_.requests_per_second(plan.service) * seconds * share * green;
  sight.lasted += passed;
  sight.evidence += errors * worth_of_an_error(plan.analysis->sequential.errors, share);
  if (sight.lasted >= kPlentyOfTime && sight.evidence >= kPlentyOfEvidence) sight.plenty = true;
}

}  // namespace sluice::simulation
