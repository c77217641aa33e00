#include "application/service_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::application {
namespace {

constexpr Milliseconds kLongestPause{30'000};

Milliseconds pause_after(int failures) {
  Milliseconds pause{0};
  for (int i = 1; i < failures && pause < kLongestPause; ++i) pause = std::max(Milliseconds{500}, pause * 2);
  return std::min(pause, kLongestPause);
}

}  // namespace

ServiceKeeper::ServiceKeeper(const RolloutPorts& ports, const EffectRunner& runner, Reports reports)
    : ports_(ports), runner_(runner), reports_(std::move(reports)), self_(std::make_shared<ServiceKeeper*>(this)) {}

ServiceKeeper::~ServiceKeeper() = default;

void ServiceKeeper::keep(const KeptService& service) {
  const rollout::ServiceKey& key = service.routed.service;
  const auto [entry, is_new] = watched_.try_emplace(key);
  if (is_new || !(entry->second.wanted == service)) cut_short(key);
  entry->second.wanted = service;
  if (!is_new) return;
  entry->second.watch = ++watches_;
  arm(key, entry->second.watch);
}

void ServiceKeeper::forget(const rollout::ServiceKey& service) {
  cut_short(service);
  watched_.erase(service);
  looked_again();
}

/// Nothing when it was forgotten since.
ServiceKeeper::Watched* ServiceKeeper::find(const rollout::ServiceKey& service, std::uint64_t watch) {
  const auto found = watched_.find(service);
  return found != watched_.end() && found->second.watch == watch ? &found->second : nullptr;
}

void ServiceKeeper::cut_short(const rollout::ServiceKey& service) {
  std::exchange(working_[service].stop, std::stop_source()).request_stop();
}

void ServiceKeeper::hold_still(const rollout::ServiceKey& service, Work work, std::function<void()> then) {
  Working& working = working_[service];
  ++working.held;
  if (work == Work::CutShort) cut_short(service);
  if (working.running == 0) return then();
  working.waiting.push_back(std::move(then));
}

void ServiceKeeper::go_on(const rollout::ServiceKey& service) { --working_[service].held; }

void ServiceKeeper::stop(const std::function<void()>& then) {
  if (watched_.empty()) return then();
  const auto left = std::make_shared<std::size_t>(watched_.size());
  for (const auto& [service, watched] : watched_) {
    hold_still(service, Work::CutShort, [left, then] {
      if (--*left == 0) then();
    });
  }
}

ServiceKeeper::Order ServiceKeeper::begin_work(const KeptService& wanted) {
  Working& working = working_[wanted.routed.service];
  ++working.running;
  return {wanted, working.stop.get_token()};
}

void ServiceKeeper::end_work(const rollout::ServiceKey& service) {
  Working& working = working_[service];
  if (--working.running > 0) return;
  for (const auto& then : std::exchange(working.waiting, {})) then();
}

void ServiceKeeper::arm(const rollout::ServiceKey& service, std::uint64_t watch) {
  ports_.executor.at(ports_.clock.now() + kLookInterval, [weak = std::weak_ptr(self_), service, watch] {
    if (const auto self = weak.lock()) (*self)->look(service, watch);
  });
}

void ServiceKeeper::look(const rollout::ServiceKey& service, std::uint64_t watch) {
  Watched* const kept = find(service, watch);
  if (kept == nullptr) return;
  if (working_[service].held > 0) return arm(service, watch);
  const TimePoint now = ports_.clock.now();
  Order order = begin_work(kept->wanted);
  order.attach = kept->attach_due;
  order.again = std::exchange(kept->again, false);
  order.watch = watch;
  for (const KeptService::Side& side : kept->wanted.sides) {
    const auto not_before = kept->not_before.find(side.revision.id);
    if (not_before == kept->not_before.end() || not_before->second <= now) order.may_restart.insert(side.revision.id);
  }
  auto seen = std::make_shared<Look>();
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), order, seen] {
        if (!alive.lock()) return;
        Order due = order;
        due.attach = order.attach || seen->attach_due;  // work may run twice: what the first run left due, still is
        *seen = look_once(due);
      },
      [weak = std::weak_ptr(self_), order, seen] {
        if (const auto self = weak.lock()) (*self)->looked(order, *seen);
      });
}

ServiceKeeper::Look ServiceKeeper::look_once(const Order& order) const {
  Look look;
  const rollout::ServiceKey& service = order.wanted.routed.service;
  for (const KeptService::Side& side : order.wanted.sides) {
    const auto replicas = ports_.fleet.observe(service, side.revision.id);
    if (!replicas) continue;
    for (const ports::Replica& replica : *replicas) {
      if (!replica.crash_loop.empty()) look.crash_loops[side.revision.id] = replica.crash_loop;
    }
    const auto running = std::ranges::count_if(*replicas, &ports::Replica::running);
    if (running >= side.revision.replicas) {
      look.whole.insert(side.revision.id);
      continue;
    }
    if (!order.may_restart.contains(side.revision.id)) continue;
    std::string seen = fmt::format("{} of {} replicas run", running, side.revision.replicas);
    const Status restarted = restart_ended(order, side.revision, *replicas);
    if (!restarted) seen += ": " + restarted.error().message;
    look.ended.emplace_back(side.revision.id, std::move(seen));
    if (restarted) look.whole.insert(side.revision.id);
  }
  auto split = ports_.router.read_split(service);
  const bool unknown = !split && split.error().kind == ErrorKind::NotFound;
  if (unknown && order.stands()) {  // it was restarted without what it had kept
    if (ports_.router.ensure(order.wanted.routed)) split = ports_.router.read_split(service);
  }
  // Also after a restart that failed: some replicas may be back, or all, when only the answer was lost.
  look.attach_due = unknown || order.attach || !look.ended.empty();
  if (look.attach_due && attach(order)) look.attach_due = false;
  if (!split) return look;
  look.split = *split;
  const KeptService& wanted = order.wanted;
  if (wanted.corrects_split && *split != wanted.split && order.stands()) {
    (void)ports_.router.set_split(service, wanted.split);
  }
  return look;
}

/// All replicas at once when none runs, else those that ended.
Status ServiceKeeper::bring_back(const Order& order, const rollout::Revision& revision) const {
  const rollout::ServiceKey& service = order.wanted.routed.service;
  TRY_ASSIGN(const auto replicas, ports_.fleet.observe(service, revision.id));
  const auto running = std::ranges::count_if(replicas, &ports::Replica::running);
  if (running >= revision.replicas) return {};
  if (running == 0) {
    TRY_ASSIGN(const auto start, runner_.with_secrets(service, revision));
    TRY(ports_.fleet.start(start, order.stop));
    return {};
  }
  return restart_ended(order, revision, replicas);
}

/// One by one: a start of all of them would, when one fails, leave none of those that still serve.
Status ServiceKeeper::restart_ended(const Order& order, const rollout::Revision& revision,
                                    const std::vector<ports::Replica>& replicas) const {
  TRY_ASSIGN(const auto start, runner_.with_secrets(order.wanted.routed.service, revision));
  Status all;
  for (int index = 0; index < revision.replicas && order.stands(); ++index) {
    const auto there = std::ranges::find(replicas, index, &ports::Replica::index);
    if (there != replicas.end() && there->running) continue;
    auto replica = ports_.fleet.restart(start, index, order.stop);
    if (!replica) all = std::move(replica.error());
  }
  return all;
}

Status ServiceKeeper::attach(const Order& order) const {
  const rollout::ServiceKey& service = order.wanted.routed.service;
  for (const KeptService::Side& side : order.wanted.sides) {
    TRY_ASSIGN(const auto own, ports_.fleet.observe(service, side.revision.id));
    std::vector<ports::Replica> fallback;
    if (side.fallback) {
      TRY_ASSIGN(fallback, ports_.fleet.observe(service, side.fallback->id));
    }
    if (!order.stands()) return Error{ErrorKind::Cancelled, "something else is wanted now"};
    TRY(ports_.router.set_endpoints(service, side.slot, endpoints(own), endpoints(fallback)));
  }
  return {};
}

void ServiceKeeper::looked(const Order& order, const Look& look) {
  const rollout::ServiceKey& service = order.wanted.routed.service;
  Watched* const kept = find(service, order.watch);
  if (kept == nullptr) {
    end_work(service);
    if (order.again) looked_again();
    return;
  }
  const bool current = order.stands();
  const TimePoint now = ports_.clock.now();
  std::vector<std::pair<std::string, std::string>> lost;
  for (const std::string& revision : look.whole) kept->problems.erase(revision);
  for (const auto& [revision, seen] : look.ended) {
    if (!current) break;  // cut short: what has ended is found again
    if (!look.whole.contains(revision)) kept->problems[revision] = seen;
    const int failures = ++kept->failures[revision];
    kept->quiet_since[revision] = now;
    kept->not_before[revision] = now + pause_after(failures);
    if (failures != kCrashLoop) continue;
    lost.emplace_back(revision, fmt::format("replicas end again and again ({}, {} times)", seen, failures));
  }
  for (const auto& [revision, seen] : look.crash_loops) {
    if (!current || kept->crash_loops[revision] == seen) continue;
    kept->crash_loops[revision] = seen;
    lost.emplace_back(revision, seen);
  }
  std::erase_if(kept->failures,
                [&](const auto& failure) { return kept->quiet_since[failure.first] + kQuietSpell < now; });
  kept->attach_due = look.attach_due;
  arm(service, order.watch);
  end_work(service);
  if (order.again) looked_again();
  // Last: the reports may change what is kept.
  const bool drifted = current && look.split && *look.split != order.wanted.split;
  for (const auto& [revision, reason] : lost) reports_.lost(service, revision, reason);
  if (drifted) reports_.drifted(service, *look.split);
}

void ServiceKeeper::try_again(std::function<void()> done) {
  waiting_for_looks_.push_back(std::move(done));
  for (auto& [service, watched] : watched_) {
    watched.not_before.clear();
    watched.again = working_[service].held == 0;
  }
  looked_again();
}

/// Calls those back who wait, when no look is due any more.
void ServiceKeeper::looked_again() {
  const auto is_due = [](const auto& entry) { return entry.second.again; };
  if (std::ranges::any_of(watched_, is_due)) return;
  for (const auto& done : std::exchange(waiting_for_looks_, {})) done();
}

std::string ServiceKeeper::problem(const rollout::ServiceKey& service) const {
  const auto watched = watched_.find(service);
  if (watched == watched_.end()) return {};
  for (const KeptService::Side& side : watched->second.wanted.sides) {
    const auto problem = watched->second.problems.find(side.revision.id);
    if (problem != watched->second.problems.end()) return problem->second;
  }
  return {};
}

void ServiceKeeper::restore(const KeptService& service, std::function<void(Status)> done) {
  auto outcome = std::make_shared<Status>();
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), order = begin_work(service), outcome] {
        if (const auto self = alive.lock()) *outcome = restore_once(order);
      },
      [outcome, done = std::move(done), weak = std::weak_ptr(self_), key = service.routed.service] {
        const auto self = weak.lock();
        if (!self) return;
        (*self)->end_work(key);
        done(*outcome);
      });
}

Status ServiceKeeper::restore_once(const Order& order) const {
  const Error superseded{ErrorKind::Cancelled, "something else is wanted now"};
  const KeptService& wanted = order.wanted;
  TRY(ports_.router.ensure(wanted.routed));
  // Replicas that ended go out first: they often get their addresses back, and a router that found them dead would hold
  // them down after they serve. What cannot be seen here fails below.
  if (!order.stands()) return superseded;
  (void)attach(order);
  Status brought;
  for (const KeptService::Side& side : wanted.sides) {
    if (!order.stands()) return superseded;
    brought = bring_back(order, side.revision);
    if (!brought) break;
  }
  if (!order.stands()) return superseded;
  TRY(attach(order));  // also when not all came back: what runs is put in
  if (wanted.corrects_split) {
    if (!order.stands()) return superseded;
    TRY(ports_.router.set_split(wanted.routed.service, wanted.split));
  }
  return brought;
}

}  // namespace sluice::application
