#include "server/run_endings.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

using workflow::RunOutcome;

constexpr Milliseconds kWriteRetry{500};

}  // namespace

void RunEndings::end(const ports::RunRecord& run, RunOutcome outcome, const std::string& cause) {
  auto ending = std::make_shared<Ending>();
  ending->end = {run.run, outcome, cause, ports_.clock.now()};
  if (outcome == RunOutcome::Failure || outcome == RunOutcome::Interrupted) {
    const std::string_view what = outcome == RunOutcome::Failure ? "failed" : "was interrupted";
    ending->message = {ports_.ids.next(), run.repository, run.sha,
                       fmt::format("workflow {} {} at {}", run.title, what, run.sha.substr(0, 12)), cause};
    messages_.send(*ending->message);
  }
  write(ending);
}

void RunEndings::write(const std::shared_ptr<Ending>& ending) {
  // One that was delivered while the disk was full is not to be sent again after a restart.
  const bool pending = ending->message && messages_.is_pending(ending->message->id);
  if (journal_.end(ending->end, pending ? &*ending->message : nullptr)) return;
  ports_.executor.at(ports_.clock.now() + kWriteRetry, [this, ending] { write(ending); });
}

}  // namespace sluice::server
