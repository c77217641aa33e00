// The strand, its timers and its pools, on Boost.Asio. `run_until_stopped` lends the strand a thread: everything that
// `done`, `wake` and `post` do runs there, one at a time.
#pragma once

#include <functional>
#include <memory>

#include "ports/clock.h"
#include "ports/executor.h"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): Boost's own name
}

namespace sluice::asio {

class Executor final : public ports::Executor {
 public:
  struct Threads {
    int urgent = kUrgentAtOnce;
    int ordinary = kOrdinaryAtOnce;
  };
  /// `clock` must outlive this object.
  Executor(const ports::Clock& clock, Threads threads);
  ~Executor() override;

  void run(Lane lane, std::function<void()> work, std::function<void()> done) override;
  /// On the strand only, as is `cancel`.
  std::uint64_t at(TimePoint when, std::function<void()> wake) override;
  void cancel(std::uint64_t id) override;

  /// From any thread: runs on the strand soon.
  void post(std::function<void()> call);
  /// Blocks until `stop`. Exceptions of callbacks end the program: they are bugs.
  void run_until_stopped();
  /// Waits for the work that was begun, after which nothing runs here any more: for whoever is about to end what that
  /// work uses.
  void finish_work();
  /// From any thread. Work that runs is waited for in the destructor; what it would have called is dropped.
  void stop();

  /// Calls back on the strand at the first SIGTERM or SIGINT.
  void on_terminate(std::function<void()> call);

  boost::asio::io_context& context();

 private:
  const ports::Clock& clock_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::asio
