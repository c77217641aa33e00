#include "application/adopt_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::application {
namespace {

using adoption::Facts;
using adoption::Plan;
using adoption::Step;
using Look = ports::AdoptionWorld::Look;

/// A step that is the first one again and again, because what it did does not show.
class Repeats {
 public:
  /// Error: UnknownOutcome.
  Status count(const Step& step) {
    count_ = last_ == step ? count_ + 1 : 1;
    last_ = step;
    if (count_ <= AdoptService::kRepeats) return {};
    return Error{ErrorKind::UnknownOutcome,
                 fmt::format("it does not show that this was done: {}. Say it again later", adoption::describe(step))};
  }
  bool is_first() const { return count_ == 1; }

 private:
  std::optional<Step> last_;
  int count_ = 0;
};

}  // namespace

AdoptServiceRequest adopt_request(const config::Service& service, std::string from) {
  const auto& place = std::get<rollout::EcsTarget>(service.target);
  return {.wanted = {.cluster = place.cluster,
                     .service = place.service,
                     .container = place.container,
                     .from = std::move(from),
                     .steps = service.strategy.steps,
                     .drain = service.strategy.drain},
          .healthy_within = service.health.within};
}

Result<Facts> AdoptService::look(const std::string& from, Look how, const std::stop_token& stop) const {
  for (int attempt = 1;; ++attempt) {
    auto facts = around_.world.look(from, how, stop);
    if (facts || !is_retryable(facts.error().kind) || attempt == kRepeats) return facts;
    TRY(around_.pause(kPoll, stop));
  }
}

Result<Plan> AdoptService::plan(const AdoptServiceRequest& request, std::stop_token stop) const {
  TRY_ASSIGN(const Facts facts, look(request.wanted.from, Look::Whole, stop));
  return adoption::plan_adoption(request.wanted, facts);
}

Result<Plan> AdoptService::plan_way_back(const AdoptServiceRequest& request, std::stop_token stop) const {
  TRY_ASSIGN(const Facts facts, look(request.wanted.from, Look::Further, stop));
  return adoption::plan_way_back(request.wanted, facts);
}

/// What failed for a while is tried again after the next look: that tells whether it was carried out after all.
Status AdoptService::carry_out(const Step& step, const std::string& from, const std::stop_token& stop) const {
  Status done = around_.world.carry_out(step, from, stop);
  if (done || !is_retryable(done.error().kind)) return done;
  around_.told(done.error().message);
  return around_.pause(kPoll, stop);
}

Status AdoptService::adopt(AdoptServiceRequest request, std::stop_token stop) const {
  Weight baked = Weight::none();
  Repeats repeats;
  std::optional<TimePoint> healthy_by;
  for (;;) {
    TRY_ASSIGN(const Facts facts, look(request.wanted.from, Look::Further, stop));
    TRY_ASSIGN(const Plan plan, adoption::plan_adoption(request.wanted, facts, baked));
    request.wanted.from = plan.from;
    if (plan.steps.empty()) return {};
    const Step& step = plan.steps.front();
    TRY(repeats.count(step));
    if (repeats.is_first()) around_.begun(step);
    if (std::holds_alternative<adoption::AwaitHealthy>(step)) {
      if (!healthy_by) healthy_by = around_.clock.now() + request.healthy_within;
      TRY(await_healthy(request, *healthy_by, stop));
      continue;
    }
    if (const auto* shift = std::get_if<adoption::Shift>(&step)) {
      TRY(move(request, *shift, stop));
      TRY(bake(request, *shift, stop));
      baked = shift->share;
      continue;
    }
    if (!repeats.is_first()) TRY(around_.pause(kPoll, stop));
    TRY(carry_out(step, plan.from, stop));
  }
}

/// Until it shows in every rule.
Status AdoptService::move(const AdoptServiceRequest& request, const adoption::Shift& shift,
                          const std::stop_token& stop) const {
  for (int attempt = 1; attempt <= kRepeats; ++attempt) {
    TRY(carry_out(shift, request.wanted.from, stop));
    TRY_ASSIGN(const Facts facts, look(request.wanted.from, Look::Further, stop));
    TRY_ASSIGN(const adoption::Shares shares, adoption::shares_of(request.wanted, facts));
    if (shares.least == shift.share && shares.most == shift.share) return {};
    TRY(around_.pause(kPoll, stop));
  }
  return Error{ErrorKind::UnknownOutcome,
               fmt::format("it does not show that this was done: {}. Say it again later", adoption::describe(shift))};
}

Status AdoptService::await_healthy(const AdoptServiceRequest& request, TimePoint deadline,
                                   const std::stop_token& stop) const {
  std::string progress;
  for (Milliseconds poll = kPoll;; poll = std::min(poll * 2, kSlowestPoll)) {
    TRY_ASSIGN(const Facts facts, look(request.wanted.from, Look::Further, stop));
    TRY_ASSIGN(const Plan plan, adoption::plan_adoption(request.wanted, facts));
    // Also where another step goes before it: what was read before that was behind.
    if (plan.steps.empty() || !std::holds_alternative<adoption::AwaitHealthy>(plan.steps.front())) return {};
    const std::string now = adoption::progress_of(request.wanted, facts);
    if (now != progress) around_.told(now);
    progress = now;
    const adoption::AdoptedTaskSet* set = adoption::task_set_of(facts);
    constexpr const char* kUntouched = "no request has moved: mend it and say it again, or go back with --undo";
    if (set != nullptr && set->failures >= kCrashLoop) {
      return Error{ErrorKind::Failed,
                   fmt::format("the new tasks are in a crash loop: {}. So far {}", progress, kUntouched)};
    }
    if (around_.clock.now() >= deadline) {
      return Error{ErrorKind::TimedOut, fmt::format("the new tasks are not healthy after {}: {}. So far {}",
                                                    format_duration(request.healthy_within), progress, kUntouched)};
    }
    TRY(around_.pause(poll, stop));
  }
}

Status AdoptService::bake(const AdoptServiceRequest& request, const adoption::Shift& shift,
                          const std::stop_token& stop) const {
  const TimePoint end = around_.clock.now() + shift.bake;
  int unhealthy = 0;
  for (;;) {
    TRY_ASSIGN(const Facts facts, look(request.wanted.from, Look::Further, stop));
    unhealthy = adoption::can_serve(request.wanted, facts) ? 0 : unhealthy + 1;
    if (unhealthy == kUnhealthyLooks) {
      const adoption::Shift back{shift.group, shift.beside, Weight::none(), Milliseconds{0}};
      around_.begun(back);
      TRY(move(request, back, stop));
      return Error{
          ErrorKind::Failed,
          fmt::format("no new task is healthy any more at {}: all requests are with the service {} again. {}",
                      shift.share.to_string(), request.wanted.from, adoption::progress_of(request.wanted, facts))};
    }
    if (unhealthy == 0 && around_.clock.now() >= end) return {};
    const auto left = std::chrono::duration_cast<Milliseconds>(end - around_.clock.now());
    TRY(around_.pause(std::clamp(left, Milliseconds{100}, unhealthy == 0 ? kSlowestPoll : kPoll), stop));
  }
}

Status AdoptService::give_back(AdoptServiceRequest request, std::stop_token stop) const {
  Repeats repeats;
  for (;;) {
    TRY_ASSIGN(const Facts facts, look(request.wanted.from, Look::Further, stop));
    TRY_ASSIGN(const Plan plan, adoption::plan_way_back(request.wanted, facts));
    request.wanted.from = plan.from;
    if (plan.steps.empty()) return {};
    const Step& step = plan.steps.front();
    TRY(repeats.count(step));
    if (repeats.is_first()) around_.begun(step);
    if (const auto* shift = std::get_if<adoption::Shift>(&step)) {
      TRY(move(request, *shift, stop));
      TRY(around_.pause(shift->bake, stop));
      continue;
    }
    if (!repeats.is_first()) TRY(around_.pause(kPoll, stop));
    TRY(carry_out(step, plan.from, stop));
  }
}

}  // namespace sluice::application
