// How the controller compares both colours: what it feeds the judge with, and what it makes of the judge's word.
#include <algorithm>
#include <memory>
#include <utility>

#include "application/controller.h"
#include "application/decision_particulars.h"
#include "core/rollout/judgement.h"

namespace sluice::application {
namespace {

using Lane = ports::Executor::Lane;
using rollout::Colour;

constexpr int kMostProbesUnderWay = 4;
constexpr Milliseconds kProgressInterval{1'000};

}  // namespace

/// The comparison counts the weight from where it was set.
void Controller::follow_weight(Deployment& deployment) {
  if (!deployment.traffic) return;
  const rollout::State& state = deployment.state;
  const Weight share = state.touched ? rollout::green_share(state.plan, state.intended) : Weight::none();
  if (share == deployment.traffic->weight()) return;
  const auto stage = rollout::current_stage(state);
  const bool shifts = stage && stage->kind == rollout::StageKind::Shift;
  const Milliseconds bake = shifts ? rollout::judged_bake(state.plan, stage->index) : Milliseconds{0};
  deployment.traffic->weight_changed(ports_.clock.now(), share, bake);
}

/// Takes the newest traffic in; what is known then is kept once a second, so that a crash loses no more of it.
void Controller::compare(Deployment& deployment, TimePoint now) {
  if (!deployment.traffic) return;
  deployment.traffic->look(sources(), deployment.state.plan, now);
  ask_for_metrics(deployment, now);
  if (now < deployment.progress_kept_at + kProgressInterval && now >= deployment.progress_kept_at) return;
  deployment.progress_kept_at = now;
  (void)ports_.journal.keep_progress(deployment.state.plan.deployment, deployment.traffic->progress());
}

/// Stores of metrics are asked off the strand; what comes too late to be of use is passed over when it comes.
void Controller::ask_for_metrics(Deployment& deployment, TimePoint now) {
  const std::string id = deployment.state.plan.deployment;
  for (const MetricQuery& query : deployment.traffic->due_queries(now)) {
    auto answers = std::make_shared<MetricAnswers>();
    ports_.executor.run(
        Lane::Ordinary,
        [this, alive = std::weak_ptr(self_), plan = deployment.state.plan, query, answers] {
          if (alive.lock()) *answers = ask({ports_.metric_queries, ports_.period_metrics}, plan, query, {});
        },
        [weak = std::weak_ptr(self_), id, query, answers] {
          const auto self = weak.lock();
          Deployment* asking = self ? (*self)->lookup(id) : nullptr;
          if (asking == nullptr || !asking->traffic) return;
          asking->traffic->take(query, *answers);
          (*self)->submit_decision(*asking);
        });
  }
}

/// Both colours get the same request at once, while users ask too rarely. One that hangs takes the place of later ones,
/// not of the other work.
void Controller::send_probes(Deployment& deployment, TimePoint now) {
  const rollout::State& state = deployment.state;
  const auto& probes = state.plan.probes;
  if (!probes || probes->requests.empty() || !deployment.traffic || !rollout::can_roll_back(state)) return;
  if (deployment.traffic->weight() == Weight::none()) return;
  const double users = deployment.green.requests_per_second + deployment.blue.requests_per_second;
  if (users >= probes->below) return;
  const Milliseconds pause{static_cast<std::int64_t>(1000 / probes->rate)};
  // What could not be sent for a second is not made up for.
  if (now >= deployment.probed_at + pause + kProgressInterval || now < deployment.probed_at) {
    deployment.probed_at = now - pause;
  }
  for (; now >= deployment.probed_at + pause; deployment.probed_at += pause) {
    if (deployment.probes_under_way >= kMostProbesUnderWay) return;
    send_probe(deployment);
  }
}

void Controller::send_probe(Deployment& deployment) {
  struct Answers {
    Result<bool> green = Error{ErrorKind::Cancelled, "not begun"};
    Result<bool> blue = Error{ErrorKind::Cancelled, "not begun"};
  };
  const rollout::Plan& plan = deployment.state.plan;
  const rollout::SmokeTest request = plan.probes->requests[deployment.next_probe++ % plan.probes->requests.size()];
  ++deployment.probes_under_way;
  auto answers = std::make_shared<Answers>();
  ports_.executor.run(
      Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), plan, request, answers] {
        if (!alive.lock()) return;
        answers->green = runner_.probe(plan, request, Colour::Green, {});
        answers->blue = runner_.probe(plan, request, Colour::Blue, {});
      },
      [weak = std::weak_ptr(self_), id = plan.deployment, answers] {
        const auto self = weak.lock();
        Deployment* probing = self ? (*self)->lookup(id) : nullptr;
        if (probing == nullptr) return;
        --probing->probes_under_way;
        if (!probing->traffic || !answers->green || !answers->blue) return;  // the router's fault, not a colour's
        probing->traffic->count_probes((*self)->ports_.clock.now(), *answers->green, *answers->blue);
      });
}

/// Events that change nothing are not journaled: a decision that stands may be submitted again and again.
void Controller::submit_decision(Deployment& deployment) {
  if (!deployment.traffic || !TrafficWatch::is_verdict(deployment.traffic->decision())) return;
  const analysis::Decision& decision = deployment.traffic->decision();
  auto& decided = deployment.decided;
  if (!decided || decided->kind != decision.kind || decided->reason != decision.reason) {
    decided = rollout::AnalysisDecided{decision.kind, decision.reason, decision.message, decision.log_evidence,
                                       decision.log_needed};
    decided->particulars = find_particulars(sources(), runner_.known_secrets(), deployment.state,
                                            deployment.traffic->question(), decision.at);
    decided->message += analysis::describe(decided->particulars);
  }
  submit(deployment.state.plan.deployment, *decided);
}

/// A breach that is about to decide something names what it knows of single requests.
rollout::CheckResult Controller::with_particulars(const rollout::State& state, rollout::CheckResult breach) const {
  const auto alarm = std::ranges::find(state.plan.alarms, breach.alarm, &analysis::Alarm::name);
  if (alarm == state.plan.alarms.end()) return breach;
  breach.particulars =
      find_particulars(sources(), runner_.known_secrets(), state, analysis::question_of(*alarm), ports_.clock.now());
  breach.sentence += analysis::describe(breach.particulars);
  return breach;
}

}  // namespace sluice::application
