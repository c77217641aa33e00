#include "simulation/simulated_executor.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace sluice::simulation {
namespace {

constexpr TimePoint kBeginning{Milliseconds{1'800'000'000'000}};
constexpr Milliseconds kLongestHop{2};  ///< From one thread to another; also how late a timer may be.

}  // namespace

SimulatedExecutor::SimulatedExecutor(Chance chance, Faults& faults, Crashes& crashes)
    : chance_(chance), faults_(faults), crashes_(crashes), now_(kBeginning) {}

SimulatedExecutor::~SimulatedExecutor() { discard(); }

std::uint64_t SimulatedExecutor::add(TimePoint when, Owner owner, std::function<void()> run) {
  const std::uint64_t id = next_id_++;
  const TimePoint moment = std::max(when, now_);
  queue_.emplace(Key{moment, id}, Happening{owner, std::move(run)});
  when_.emplace(id, moment);
  return id;
}

std::uint64_t SimulatedExecutor::at(TimePoint when, std::function<void()> wake) {
  const Milliseconds late = when > now_ ? chance_.between(Milliseconds{0}, kLongestHop) : Milliseconds{0};
  return add(std::max(when, now_) + late, Owner::Controller, std::move(wake));
}

void SimulatedExecutor::cancel(std::uint64_t id) {
  const auto entry = when_.find(id);
  if (entry == when_.end()) return;
  queue_.erase(Key{entry->second, id});
  when_.erase(entry);
}

void SimulatedExecutor::in_world(TimePoint when, std::function<void()> happen) {
  add(when, Owner::World, std::move(happen));
}

void SimulatedExecutor::run(Lane lane, std::function<void()> work, std::function<void()> done) {
  Job job{std::move(work), std::move(done)};
  if (lane == Lane::Ordinary && ordinary_running_ >= kOrdinaryAtOnce) {
    ordinary_waiting_.push_back(std::move(job));
    return;
  }
  start(lane, std::move(job));
}

void SimulatedExecutor::start(Lane lane, Job job) {
  if (lane == Lane::Ordinary) ++ordinary_running_;
  const bool twice = faults_.strikes(Fault::RepeatedEffect, 0.02);
  auto body = [this, work = std::move(job.work), twice] {
    try {
      work();
      if (twice) work();
    } catch (const ControllerDied&) {
      SLUICE_ASSERT(dying_);
    }
  };
  const std::uint64_t id = next_id_++;
  works_.emplace(id, Work{std::move(body), nullptr, lane, std::move(job.done)});
  add(now_ + chance_.between(Milliseconds{0}, kLongestHop), Owner::Controller, [this, id] { resume(id); });
}

void SimulatedExecutor::resume(std::uint64_t id) {
  Work& work = works_.at(id);
  if (!work.fiber) work.fiber = std::make_unique<Fiber>(std::move(work.body));
  running_ = id;
  work.fiber->resume();
  running_ = 0;
  if (!work.fiber->ended()) return;
  const Lane lane = work.lane;
  auto done = std::move(work.done);
  works_.erase(id);
  ended(lane, std::move(done));
}

void SimulatedExecutor::ended(Lane lane, std::function<void()> done) {
  add(now_ + chance_.between(Milliseconds{0}, kLongestHop), Owner::Controller, [this, done = std::move(done)] {
    crashes_.pass(Fault::CrashBeforeDone);
    done();
  });
  if (lane != Lane::Ordinary) return;
  --ordinary_running_;
  if (ordinary_waiting_.empty()) return;
  Job next = std::move(ordinary_waiting_.front());
  ordinary_waiting_.pop_front();
  start(Lane::Ordinary, std::move(next));
}

void SimulatedExecutor::pause(Milliseconds span) {
  Fiber* const fiber = Fiber::current();
  SLUICE_ASSERT(fiber != nullptr && running_ != 0);
  if (dying_) throw ControllerDied{};
  add(now_ + span, Owner::Controller, [this, id = running_] { resume(id); });
  fiber->suspend();
  if (dying_) throw ControllerDied{};
}

SimulatedExecutor::Progress SimulatedExecutor::step() {
  if (queue_.empty()) return Progress::NothingLeft;
  auto node = queue_.extract(queue_.begin());
  now_ = node.key().first;
  when_.erase(node.key().second);
  try {
    node.mapped().run();
  } catch (const ControllerDied&) {
    return Progress::ControllerDied;
  }
  return Progress::Ran;
}

void SimulatedExecutor::discard() {
  std::erase_if(queue_, [this](const auto& entry) {
    if (entry.second.owner == Owner::World) return false;
    when_.erase(entry.first.second);
    return true;
  });
  dying_ = true;
  for (auto& [id, work] : works_) {
    running_ = id;
    if (work.fiber) work.fiber->resume();
    SLUICE_ASSERT(!work.fiber || work.fiber->ended());
  }
  running_ = 0;
  works_.clear();
  dying_ = false;
  ordinary_waiting_.clear();
  ordinary_running_ = 0;
}

}  // namespace sluice::simulation
