// Simulated time: a queue of moments, run one after the other. Blocking work runs as a fiber whose calls take simulated
// time; callbacks run at their moment. What belongs to the controller dies with it, the world goes on.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

#include "ports/clock.h"
#include "ports/executor.h"
#include "simulation/chance.h"
#include "simulation/crash.h"
#include "simulation/fiber.h"

namespace sluice::simulation {

class SimulatedExecutor final : public ports::Executor, public ports::Clock {
 public:
  SimulatedExecutor(Chance chance, Faults& faults, Crashes& crashes);
  ~SimulatedExecutor() override;

  TimePoint now() const override { return now_; }
  void run(Lane lane, std::function<void()> work, std::function<void()> done) override;
  std::uint64_t at(TimePoint when, std::function<void()> wake) override;
  void cancel(std::uint64_t id) override;

  /// Something that happens whether or not a controller lives.
  void in_world(TimePoint when, std::function<void()> happen);

  /// Time passes for the work that calls. Blocking on the strand is a broken invariant. Throws ControllerDied when the
  /// controller dies meanwhile.
  void pause(Milliseconds span);

  enum class Progress { Ran, NothingLeft, ControllerDied };
  /// Goes to the next moment and runs it.
  Progress step();

  /// The controller has died: its work unwinds, its callbacks are forgotten.
  void discard();

 private:
  enum class Owner { Controller, World };
  struct Happening {
    Owner owner;
    std::function<void()> run;
  };
  using Key = std::pair<TimePoint, std::uint64_t>;
  struct Job {
    std::function<void()> work;
    std::function<void()> done;
  };

  std::uint64_t add(TimePoint when, Owner owner, std::function<void()> run);
  void start(Lane lane, Job job);
  void resume(std::uint64_t fiber);
  void ended(Lane lane, std::function<void()> done);

  Chance chance_;
  Faults& faults_;
  Crashes& crashes_;
  TimePoint now_;
  std::uint64_t next_id_ = 1;
  std::map<Key, Happening> queue_;
  std::unordered_map<std::uint64_t, TimePoint> when_;
  struct Work {
    std::function<void()> body;
    std::unique_ptr<Fiber> fiber;  ///< Once it has begun.
    Lane lane;
    std::function<void()> done;
  };
  std::map<std::uint64_t, Work> works_;
  std::uint64_t running_ = 0;  ///< The work that runs now; 0: none.
  bool dying_ = false;
  int ordinary_running_ = 0;
  std::deque<Job> ordinary_waiting_;
};

}  // namespace sluice::simulation
