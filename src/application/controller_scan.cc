// How the controller waits for the scan of an image, and what becomes of a deployment by its findings.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "application/controller.h"

namespace sluice::application {
namespace {

using rollout::Effect;
using rollout::ScanJudgement;
using Looked = Result<std::vector<rollout::ImageScan>>;

/// How often a scan that is not over is asked about.
constexpr Milliseconds kScanPoll{5'000};

}  // namespace

void Controller::check_scan(const std::string& id, const Effect& effect, TimePoint began) {
  if (!still_runs(id, effect.token)) return;
  Deployment& deployment = *lookup(id);
  const rollout::Plan plan = deployment.state.plan;
  const std::stop_token stop = deployment.running[effect.token].get_token();
  auto looked = std::make_shared<Looked>(Error{ErrorKind::Unavailable, "not looked at"});
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), plan, stop, looked] {
        if (alive.lock()) *looked = ports_.image_scans.look(plan.green.target, plan.green.image, stop);
      },
      [weak = std::weak_ptr(self_), id, effect, began, plan, looked] {
        const auto self = weak.lock();
        if (!self || !(*self)->still_runs(id, effect.token)) return;
        (*self)->judge_scan(id, effect, began, rollout::judge(*looked, plan));
      });
}

void Controller::judge_scan(const std::string& id, const Effect& effect, TimePoint began,
                            const ScanJudgement& judgement) {
  using Verdict = ScanJudgement::Verdict;
  if (judgement.verdict == Verdict::Passed) return effect_done(id, effect.token, std::vector<std::string>{});
  if (judgement.verdict == Verdict::Refused) {
    return effect_done(id, effect.token, Error{ErrorKind::Failed, judgement.sentence});
  }
  const TimePoint now = ports_.clock.now();
  const Milliseconds within = lookup(id)->state.plan.scan_gate->within;
  if (now - began >= within) {
    return effect_done(id, effect.token,
                       Error{ErrorKind::Failed, fmt::format("{}. That was waited for as long as 'within' of "
                                                            "'scan_findings' says, {}",
                                                            judgement.sentence, format_duration(within))});
  }
  const TimePoint next = std::min(now + kScanPoll, began + within);
  ports_.executor.at(next, [weak = std::weak_ptr(self_), id, effect, began] {
    if (const auto self = weak.lock()) (*self)->check_scan(id, effect, began);
  });
}

}  // namespace sluice::application
