// The parts of `advance`: one object lives for one event.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/workflow/advance.h"
#include "core/workflow/evaluate.h"

namespace sluice::workflow {

class Scheduler {
 public:
  Scheduler(RunState state, TimePoint now, const RunWorld& world)
      : state_(std::move(state)), now_(now), world_(world) {}

  void handle(const RunStarted& event);
  void handle(const LegStarted& event);
  void handle(const LegNotStarted& event);
  void handle(const StepFinished& event);
  void handle(const GroupEntered& event);
  void handle(const GroupLost& event);
  void handle(const RunCancelled& event);
  void handle(const TimePassed& event);

  /// Does what has become due through the event: finishes jobs, begins others, starts legs, ends the run.
  void settle();

  Advanced take() { return Advanced{std::move(state_), std::move(effects_)}; }

 private:
  // Jobs (scheduler_jobs.cc).
  bool needs_are_done(std::size_t job) const;
  void begin_job(std::size_t job);
  Status expand(std::size_t job);
  Status prepare_leg(LegId id);
  void finish_job(std::size_t job, Outcome result);
  bool finish_jobs();
  bool begin_jobs();
  void start_queued();
  std::size_t legs_at_work(std::size_t job) const;
  void start_leg(LegId id);
  Status choose_image(StartLeg& start);
  void cancel_leg(LegId id);

  // Steps of a leg (scheduler_steps.cc).
  void next_step(LegId id);
  /// True when a step was started.
  bool try_step(LegId id);
  void next_post(LegId id);
  void conclude_step(LegId id, const StepResult& result);
  void fail_step(LegId id, std::string message);
  void finish_leg(LegId id);
  Status collect_outputs(LegId id);

  LegState* leg_in(LegId id);
  LegState& leg(LegId id) { return state_.jobs[id.job].legs[id.leg]; }
  const Job& job_of(LegId id) const { return state_.plan->workflow.jobs[id.job]; }
  Evaluation evaluation(LegId id) const;
  void report(std::size_t job, Severity severity, std::string message);
  void end_leg(LegId id, Outcome result);
  template <typename Effect>
  void want(Effect effect) {
    effects_.emplace_back(std::move(effect));
  }

  RunState state_;
  TimePoint now_;
  const RunWorld& world_;
  std::vector<RunEffect> effects_;
};

}  // namespace sluice::workflow
