#include "adapters/aws/runner/runner.h"

#include "adapters/aws/runner/job.h"
#include "adapters/aws/s3/holder.h"

namespace sluice::aws::runner {

Result<std::unique_ptr<ports::RemoteJob>> Runner::start(const ports::JobOrder& order,
                                                        const std::function<void(std::string)>& tell,
                                                        std::stop_token stop) {
  if (const Status ended = end_leftovers(); !ended) {
    tell("tasks that an earlier sluice left are not ended yet: " + ended.error().message);
  }
  TRY_ASSIGN(Client* const client, clients_.get(order.runner.access.region, order.runner.access.role));
  const std::string started_by = "sluice/" + s3::fresh_name();
  {
    const std::scoped_lock lock(mutex_);
    own_.insert(started_by);
  }
  ports::JobOrder whole = order;
  if (whole.image.empty()) whole.image = order.runner.image;
  auto job = std::make_unique<Job>(Job::Parts{*client, notes_, clock_}, std::move(whole), started_by);
  TRY(job->start(tell, stop));
  return std::unique_ptr<ports::RemoteJob>(std::move(job));
}

Status Runner::end_leftovers() {
  TRY_ASSIGN(const std::vector<TaskNote> notes, notes_.all());
  Status first;
  for (const TaskNote& note : notes) {
    {
      const std::scoped_lock lock(mutex_);
      if (own_.contains(note.started_by)) continue;
    }
    const auto end = [&]() -> Status {
      TRY_ASSIGN(Client* const client, clients_.get(note.access.region, note.access.role));
      TRY(end_task(*client, note, {}));
      return notes_.remove(note.started_by);
    };
    if (Status ended = end(); !ended && first) first = std::move(ended);
  }
  return first;
}

}  // namespace sluice::aws::runner
