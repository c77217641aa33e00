// A function with a stack of its own that can stop in the middle and go on later, on the same thread: so that blocking
// work of production code runs as it is, in simulated time.
#pragma once

#include <functional>
#include <memory>

namespace sluice::simulation {

class Fiber {
 public:
  explicit Fiber(std::function<void()> work);
  /// The work must have ended: what it has on its stack is destroyed by nobody else.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs the work until it suspends or ends. An exception that leaves the work ends the program.
  void resume();
  bool ended() const;

  /// The fiber that runs now; null outside of any.
  static Fiber* current();
  /// From inside: back to the one who resumed.
  void suspend();

 private:
  struct Context;
  static void enter();
  void run();

  std::function<void()> work_;
  std::unique_ptr<Context> context_;
};

}  // namespace sluice::simulation
