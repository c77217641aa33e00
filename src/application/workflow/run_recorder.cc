#include "application/workflow/run_recorder.h"

namespace sluice::application {

void RunRecorder::on_update(const RunUpdate& update) {
  std::visit([this](const auto& each) { take(each); }, update);
}

Status RunRecorder::flush() {
  for (; !unwritten_.empty(); unwritten_.pop_front()) TRY(unwritten_.front()());
  return {};
}

template <typename Record>
void RunRecorder::write(const Record& record) {
  unwritten_.push_back([this, record] { return journal_.put(run_, record); });
  (void)flush();  // the rest waits
}

void RunRecorder::take(const JobBegins& update) {
  ports::RunJobRecord& job = jobs_[update.job];
  job = {.job = update.job, .name = update.name, .began_at = clock_.now()};
  write(job);
}

void RunRecorder::take(const JobEnds& update) {
  const TimePoint now = clock_.now();
  const auto [entry, is_new] = jobs_.try_emplace(update.job);
  ports::RunJobRecord& job = entry->second;
  if (is_new) job = {.job = update.job, .name = update.job, .began_at = now};  // skipped, or could not begin
  job.outcome = update.outcome;
  job.ended_at = now;
  write(job);
}

void RunRecorder::take(const StepBegins& update) {
  ports::RunStepRecord& step = steps_[{update.job, update.step}];
  step = {
      .job = update.job, .step = update.step, .name = update.name, .began_at = clock_.now(), .decides = update.decides};
  write(step);
}

void RunRecorder::take(const StepSkipped& update) {
  const TimePoint now = clock_.now();
  write(ports::RunStepRecord{.job = update.job,
                             .step = update.step,
                             .name = update.name,
                             .began_at = now,
                             .outcome = workflow::Outcome::Skipped,
                             .ended_at = now});
}

void RunRecorder::take(const StepEnds& update) {
  ports::RunStepRecord& step = steps_[{update.job, update.step}];
  step.outcome = update.outcome;
  step.message = update.message;
  step.ended_at = clock_.now();
  write(step);
}

}  // namespace sluice::application
