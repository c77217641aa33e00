#include "simulation/simulated_fleet.h"

#include <algorithm>

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;

constexpr int kFirstPort = 20'000;
constexpr Milliseconds kProbe{200};

std::vector<int> all_indexes(const rollout::Revision& revision) {
  std::vector<int> indexes;
  for (int i = 0; i < revision.replicas; ++i) indexes.push_back(i);
  return indexes;
}

/// `fail [CODE [TEXT]]` fails, everything else succeeds.
int exit_code_of(const std::vector<std::string>& argv) {
  if (argv.front() != "fail") return 0;
  return argv.size() > 1 ? std::stoi(argv[1]) : 1;
}

}  // namespace

Result<std::vector<ports::Replica>> SimulatedFleet::start(const ports::FleetStart& request, std::stop_token stop) {
  const Name name{request.service, request.revision.id};
  const std::string what = fmt::format("start of {}", request.revision.id);
  TRY(call(world_, what, [&]() -> Status {
    if (!world_.quality(request.revision.id).image_missing) return {};
    return Error{ErrorKind::NotFound, fmt::format("there is no image {}", request.revision.image)};
  }));
  const std::vector<int> indexes = all_indexes(request.revision);
  bool served_before = false;
  for (const int index : indexes) {
    const Replica* there = replica(name, index);
    if (there != nullptr && is_healthy(*there)) {
      served_before = true;
      continue;
    }
    put(request, create(request, index, there == nullptr ? 0 : there->seen.restarts));
    world_.executor.pause(world_.chance.between(1ms, 50ms));
  }
  if (world_.sabotage != Sabotage::AttachWithoutHealth) {
    if (Status healthy = wait_until_healthy(request, indexes, stop); !healthy) {
      if (served_before) tell_of_stop(name, indexes);
      remove(name, indexes);
      return std::move(healthy.error());
    }
  }
  return observe(request.service, request.revision.id);
}

Result<ports::Replica> SimulatedFleet::restart(const ports::FleetStart& request, int index, std::stop_token stop) {
  const Name name{request.service, request.revision.id};
  TRY(call(world_, fmt::format("restart of {}", request.revision.id), [&]() -> Status {
    const Replica* there = replica(name, index);
    put(request, create(request, index, there == nullptr ? 1 : there->seen.restarts + 1));
    return {};
  }));
  if (Status healthy = wait_until_healthy(request, {index}, stop); !healthy) {
    remove(name, {index});
    return std::move(healthy.error());
  }
  const Replica* there = replica(name, index);
  if (there == nullptr) return Error{ErrorKind::Failed, "it was stopped meanwhile"};
  return there->seen;
}

Status SimulatedFleet::wait_until_healthy(const ports::FleetStart& request, const std::vector<int>& indexes,
                                          const std::stop_token& stop) {
  const Name name{request.service, request.revision.id};
  const TimePoint give_up = world_.now() + request.revision.health.within;
  while (true) {
    bool all = true;
    for (const int index : indexes) {
      const Replica* there = replica(name, index);
      if (there == nullptr) return Error{ErrorKind::Failed, fmt::format("replica {} is gone", index)};
      if (!there->seen.running) {
        return Error{ErrorKind::Failed, fmt::format("replica {} ended with exit code {}", index,
                                                    world_.quality(request.revision.id).exit_code)};
      }
      all = all && is_healthy(*there);
    }
    if (all) break;
    if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "the start was given up"};
    if (world_.now() >= give_up) {
      return Error{ErrorKind::TimedOut,
                   fmt::format("never healthy: GET {}: connection refused", request.revision.health.path)};
    }
    world_.executor.pause(kProbe);
  }
  Group& group = groups_[name];
  group.was_healthy = true;
  return {};
}

Result<std::vector<ports::Replica>> SimulatedFleet::observe(const rollout::ServiceKey& service,
                                                            const std::string& revision_id) {
  return call(world_, "a look at replicas", [&]() -> Result<std::vector<ports::Replica>> {
    std::vector<ports::Replica> replicas;
    const Group* group = find(service, revision_id);
    if (group == nullptr) return replicas;
    for (const Replica& replica : group->replicas) replicas.push_back(replica.seen);
    std::ranges::sort(replicas, {}, &ports::Replica::index);
    return replicas;
  });
}

Status SimulatedFleet::stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds) {
  const Name name{service, revision_id};
  const auto found = groups_.find(name);
  const std::size_t there = found == groups_.end() ? 0 : found->second.replicas.size();
  // Replica by replica, as they end: a controller that dies in the middle leaves the rest.
  for (std::size_t i = 0; i < there; ++i) {
    TRY(call(world_, fmt::format("stop of {}", revision_id), [&]() -> Status {
      Group& group = groups_[name];
      if (group.replicas.empty()) return {};
      const int index = group.replicas.back().seen.index;
      tell_of_stop(name, {index});
      remove(name, {index});
      return {};
    }));
  }
  return call(world_, fmt::format("stop of {}", revision_id), [&]() -> Status {
    Group& group = groups_[name];
    group.stopped = true;
    group.runs.clear();
    std::vector<int> rest;
    for (const Replica& replica : group.replicas) rest.push_back(replica.seen.index);
    tell_of_stop(name, rest);
    remove(name, rest);
    return {};
  });
}

Status SimulatedFleet::run_once(const ports::FleetStart& request, const std::vector<std::string>& argv,
                                const std::string& token, Milliseconds within, std::stop_token stop) {
  const Name name{request.service, request.revision.id};
  TRY(call(world_, "the release command", [&]() -> Status {
    if (exit_codes_.emplace(token, exit_code_of(argv)).second) groups_[name].runs.insert(token);
    return {};
  }));
  const TimePoint give_up = world_.now() + within;
  const TimePoint ends = world_.now() + world_.chance.between(10ms, 800ms);
  while (world_.now() < ends) {
    if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "given up"};
    if (world_.now() >= give_up) return Error{ErrorKind::TimedOut, "the command did not end"};
    world_.executor.pause(100ms);
  }
  const int code = exit_codes_.at(token);
  if (code == 0) return {};
  return Error{ErrorKind::Failed, fmt::format("'{}' ended with exit code {}: {}", argv.front(), code,
                                              argv.size() > 2 ? argv[2] : "it said nothing")};
}

Result<std::vector<std::string>> SimulatedFleet::log_tail(const rollout::ServiceKey& service,
                                                          const std::string& revision_id, int lines) {
  return call(world_, "the log", [&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> tail;
    const Group* group = find(service, revision_id);
    if (group == nullptr) return tail;
    for (const Replica& replica : group->replicas) tail.push_back(fmt::format("{}: started", replica.seen.index));
    if (tail.size() > static_cast<std::size_t>(lines)) tail.resize(static_cast<std::size_t>(lines));
    return tail;
  });
}

Result<std::vector<SimulatedFleet::Name>> SimulatedFleet::list() {
  return call(world_, "a look at all replicas", [&]() -> Result<std::vector<Name>> {
    std::vector<Name> names;
    for (const auto& [name, group] : groups_) {
      if (!group.replicas.empty() || !group.runs.empty()) names.push_back(name);
    }
    return names;
  });
}

const SimulatedFleet::Group* SimulatedFleet::find(const rollout::ServiceKey& service,
                                                  const std::string& revision) const {
  const auto entry = groups_.find(Name{service, revision});
  return entry == groups_.end() ? nullptr : &entry->second;
}

bool SimulatedFleet::answers(int port) const {
  const auto name = ports_.find(port);
  if (name == ports_.end()) return false;
  const auto& replicas = groups_.at(name->second).replicas;
  const auto found = std::ranges::find(replicas, port, [](const Replica& r) { return r.seen.port; });
  return found != replicas.end() && is_healthy(*found);
}

std::string SimulatedFleet::revision_at(int port) const {
  const auto name = ports_.find(port);
  return name == ports_.end() ? std::string() : name->second.second;
}

int SimulatedFleet::running(const rollout::ServiceKey& service, const std::string& revision) const {
  const Group* group = find(service, revision);
  if (group == nullptr) return 0;
  return static_cast<int>(std::ranges::count_if(group->replicas, [](const Replica& r) { return r.seen.running; }));
}

bool SimulatedFleet::kill_one(std::uint64_t choice) {
  std::vector<Replica*> candidates;
  for (auto& [name, group] : groups_) {
    for (Replica& replica : group.replicas) {
      if (replica.seen.running) candidates.push_back(&replica);
    }
  }
  if (candidates.empty()) return false;
  kill(*candidates[choice % candidates.size()], "fault: died");
  return true;
}

void SimulatedFleet::kill_revision(const rollout::ServiceKey& service, const std::string& revision) {
  for (Replica& replica : groups_[Name{service, revision}].replicas) replica.seen.running = false;
}

void SimulatedFleet::tell_of_crash_loop(const rollout::ServiceKey& service, const std::string& revision,
                                        const std::string& account) {
  for (Replica& replica : groups_[Name{service, revision}].replicas) replica.seen.crash_loop = account;
}

void SimulatedFleet::kill_all() {
  for (auto& [name, group] : groups_) {
    for (Replica& replica : group.replicas) replica.seen.running = false;
  }
}

SimulatedFleet::Replica SimulatedFleet::create(const ports::FleetStart& request, int index, int restarts) {
  const Quality& quality = world_.quality(request.revision.id);
  Replica replica;
  replica.seen.name = fmt::format("{}-{}-{}", request.service.service, request.revision.id, index);
  replica.seen.index = index;
  replica.seen.address = "127.0.0.1";
  replica.seen.port = kFirstPort + static_cast<int>(ports_.size());
  replica.seen.running = true;
  replica.seen.restarts = restarts;
  replica.answers_from = world_.now() + quality.starts_in;
  replica.never_answers = quality.never_healthy;
  return replica;
}

void SimulatedFleet::put(const ports::FleetStart& request, const Replica& replica) {
  const Name name{request.service, request.revision.id};
  Group& group = groups_[name];
  group.stopped = false;
  std::erase_if(group.replicas, [&](const Replica& r) { return r.seen.index == replica.seen.index; });
  group.replicas.push_back(replica);
  ports_.emplace(replica.seen.port, name);
  world_.note(fmt::format("replica {} begins", replica.seen.name));
  const auto dies_after = world_.quality(request.revision.id).dies_after;
  if (!dies_after) return;
  world_.executor.in_world(world_.now() + *dies_after, [this, port = replica.seen.port] {
    if (!world_.faults.stopped()) kill_port(port);
  });
}

/// Of replicas that can serve, before they go.
void SimulatedFleet::tell_of_stop(const Name& name, const std::vector<int>& indexes) {
  const bool serves = std::ranges::any_of(groups_[name].replicas, [&](const Replica& r) {
    return is_healthy(r) && std::ranges::find(indexes, r.seen.index) != indexes.end();
  });
  if (serves && world_.observer != nullptr) world_.observer->on_stop(name.first, name.second);
}

void SimulatedFleet::remove(const Name& name, const std::vector<int>& indexes) {
  Group& group = groups_[name];
  const std::size_t before = group.replicas.size();
  std::erase_if(group.replicas, [&](const Replica& replica) {
    const bool kept = world_.sabotage == Sabotage::KeepReplicas && replica.seen.index == 0;
    return !kept && std::ranges::find(indexes, replica.seen.index) != indexes.end();
  });
  if (group.replicas.size() != before) world_.note(fmt::format("replicas of {} go", name.second));
}

SimulatedFleet::Replica* SimulatedFleet::replica(const Name& name, int index) {
  const auto group = groups_.find(name);
  if (group == groups_.end()) return nullptr;
  const auto found = std::ranges::find(group->second.replicas, index, [](const Replica& r) { return r.seen.index; });
  return found == group->second.replicas.end() ? nullptr : &*found;
}

bool SimulatedFleet::is_healthy(const Replica& replica) const {
  return replica.seen.running && !replica.never_answers && world_.now() >= replica.answers_from;
}

void SimulatedFleet::kill(Replica& replica, std::string_view why) {
  replica.seen.running = false;
  world_.note(fmt::format("replica {} {}", replica.seen.name, why));
}

void SimulatedFleet::kill_port(int port) {
  for (Replica& replica : groups_.at(ports_.at(port)).replicas) {
    if (replica.seen.port == port && replica.seen.running) kill(replica, "died of itself");
  }
}

void SimulatedFleet::stop_at_once(const rollout::ServiceKey& service, const std::string& revision) {
  const Name name{service, revision};
  std::vector<int> all;
  for (const Replica& replica : groups_[name].replicas) all.push_back(replica.seen.index);
  groups_[name].stopped = true;
  tell_of_stop(name, all);
  remove(name, all);
}

}  // namespace sluice::simulation
