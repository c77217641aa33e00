// Programs that run beside sluice and outlive it: HAProxy, podman's service, a registry.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "base/time.h"

namespace sluice::ports {

/// Open files that a program gets besides its streams, and variables that tell it of them.
struct Inheritance {
  static constexpr int kFirst = 3;

  std::vector<Descriptor> descriptors;   ///< Become `kFirst`, `kFirst` + 1, … in the program.
  std::vector<std::string> environment;  ///< `NAME=value`, besides the variables of this process.
};

struct DaemonRequest {
  std::string name;               ///< Unique in this sluice; names its record and its log.
  std::vector<std::string> argv;  ///< argv[0] is looked up in PATH. Must stay in the foreground.
  /// Called before every start, to put in place what the program reads. An error counts as a failed start.
  std::function<Status()> prepare;
  /// Called after `prepare`: what this start hands down.
  std::function<Inheritance()> inherits;
  /// One probe: does it serve? Called until it says yes, after each start and once before a running one is kept.
  std::function<bool()> answers;
  Milliseconds within{10'000};  ///< From a start to the first answer; later is a failed start.
};

/// A supervised program. When it dies, what it left in its session is ended and it is started again: at once, and
/// with growing pauses (to 2 s) while starts fail. Destroying this ends the supervision, not the program.
class Daemon {
 public:
  virtual ~Daemon() = default;
  virtual int pid() const = 0;                 ///< 0 between a death and the next start.
  virtual int starts() const = 0;              ///< Starts by this object; 0 when a running one was kept.
  virtual Status end(Milliseconds grace) = 0;  ///< Ends supervision and program: TERM, then KILL of its session.
};

class Daemons {
 public:
  virtual ~Daemons() = default;
  /// Keeps the program of that name that an earlier sluice started (it must run with the same arguments and answer),
  /// else ends it and starts one in a session of its own. Returns when it answers. `prepare` and `answers` must stay
  /// callable as long as the Daemon lives. Errors: NotFound (no such program), Failed (with the end of its output),
  /// TimedOut.
  virtual Result<std::unique_ptr<Daemon>> supervise(DaemonRequest request) = 0;
};

}  // namespace sluice::ports
