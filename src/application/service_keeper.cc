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
  const auto [entry, is_new] = watched_.try_emplace(service.routed.service);
  entry->second.wanted = service;
  ++entry->second.generation;
  if (is_new) arm(service.routed.service);
}

void ServiceKeeper::forget(const rollout::ServiceKey& service) { watched_.erase(service); }

void ServiceKeeper::arm(const rollout::ServiceKey& service) {
  ports_.executor.at(ports_.clock.now() + kLookInterval, [weak = std::weak_ptr(self_), service] {
    if (const auto self = weak.lock()) (*self)->look(service);
  });
}

void ServiceKeeper::look(const rollout::ServiceKey& service) {
  const auto entry = watched_.find(service);
  if (entry == watched_.end()) return;
  const Watched& watched = entry->second;
  const TimePoint now = ports_.clock.now();
  std::set<std::string> may_restart;
  for (const KeptService::Side& side : watched.wanted.sides) {
    const auto not_before = watched.not_before.find(side.revision.id);
    if (not_before == watched.not_before.end() || not_before->second <= now) may_restart.insert(side.revision.id);
  }
  auto seen = std::make_shared<Look>();
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), wanted = watched.wanted, may_restart, seen] {
        if (const auto self = alive.lock()) *seen = look_once(wanted, may_restart);
      },
      [weak = std::weak_ptr(self_), service, generation = watched.generation, seen] {
        if (const auto self = weak.lock()) (*self)->looked(service, generation, *seen);
      });
}

ServiceKeeper::Look ServiceKeeper::look_once(const KeptService& wanted,
                                             const std::set<std::string>& may_restart) const {
  Look look;
  const rollout::ServiceKey& service = wanted.routed.service;
  for (const KeptService::Side& side : wanted.sides) {
    const auto replicas = ports_.fleet.observe(service, side.revision.id);
    if (!replicas) continue;
    const auto running = std::ranges::count_if(*replicas, &ports::Replica::running);
    if (running >= side.revision.replicas) continue;
    look.ended.emplace_back(side.revision.id, fmt::format("{} of {} replicas run", running, side.revision.replicas));
    if (!may_restart.contains(side.revision.id)) continue;
    const auto start = runner_.with_secrets(service, side.revision);
    if (start && ports_.fleet.start(*start, {})) look.restarted.insert(side.revision.id);
  }
  if (!look.restarted.empty()) (void)attach(wanted);
  if (const auto split = ports_.router.read_split(service)) {
    look.split = *split;
    if (wanted.corrects_split && *split != wanted.split) (void)ports_.router.set_split(service, wanted.split);
  }
  return look;
}

Status ServiceKeeper::attach(const KeptService& wanted) const {
  const rollout::ServiceKey& service = wanted.routed.service;
  for (const KeptService::Side& side : wanted.sides) {
    TRY_ASSIGN(const auto own, ports_.fleet.observe(service, side.revision.id));
    std::vector<ports::Replica> fallback;
    if (side.fallback) {
      TRY_ASSIGN(fallback, ports_.fleet.observe(service, side.fallback->id));
    }
    TRY(ports_.router.set_endpoints(service, side.slot, endpoints(own), endpoints(fallback)));
  }
  return {};
}

void ServiceKeeper::looked(const rollout::ServiceKey& service, int generation, const Look& look) {
  const auto entry = watched_.find(service);
  if (entry == watched_.end()) return;
  Watched& watched = entry->second;
  const TimePoint now = ports_.clock.now();
  for (const auto& [revision, seen] : look.ended) {
    const int failures = ++watched.failures[revision];
    watched.quiet_since[revision] = now;
    watched.not_before[revision] = now + pause_after(failures);
    if (failures != kCrashLoop) continue;
    reports_.lost(service, revision, fmt::format("replicas end again and again ({}, {} times)", seen, failures));
  }
  std::erase_if(watched.failures,
                [&](const auto& failure) { return watched.quiet_since[failure.first] + kQuietSpell < now; });
  const bool current = watched.generation == generation;
  if (!current) stop_unwanted(watched.wanted, look.restarted);
  arm(service);
  // Last: the report may change what is kept.
  if (current && look.split && *look.split != watched.wanted.split) reports_.drifted(service, *look.split);
}

/// What was started again while it stopped being wanted is stopped again.
void ServiceKeeper::stop_unwanted(const KeptService& wanted, const std::set<std::string>& restarted) {
  for (const std::string& revision : restarted) {
    const auto is_it = [&](const KeptService::Side& side) { return side.revision.id == revision; };
    if (std::ranges::any_of(wanted.sides, is_it)) continue;
    ports_.executor.run(
        ports::Executor::Lane::Ordinary,
        [this, alive = std::weak_ptr(self_), service = wanted.routed.service, revision] {
          if (const auto self = alive.lock()) (void)ports_.fleet.stop(service, revision, Milliseconds{10'000});
        },
        [] {});
  }
}

void ServiceKeeper::restore(const KeptService& service, std::function<void(Status)> done) {
  auto outcome = std::make_shared<Status>();
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), service, outcome] {
        const auto self = alive.lock();
        if (!self) return;
        *outcome = [&]() -> Status {
          TRY(ports_.router.ensure(service.routed));
          // Replicas that ended go out first: they often get their addresses back, and a router that found them dead
          // would hold them down after they serve. What cannot be seen here fails below.
          (void)attach(service);
          for (const KeptService::Side& side : service.sides) {
            TRY_ASSIGN(const auto start, runner_.with_secrets(service.routed.service, side.revision));
            TRY(ports_.fleet.start(start, {}));
          }
          TRY(attach(service));
          return ports_.router.set_split(service.routed.service, service.split);
        }();
      },
      [outcome, done = std::move(done), weak = std::weak_ptr(self_)] {
        if (weak.lock()) done(*outcome);
      });
}

}  // namespace sluice::application
