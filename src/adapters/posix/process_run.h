// One run of a child: reads its output, ends it when it is time, and collects what it left behind.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/posix/child_process.h"
#include "adapters/posix/process_cgroup.h"
#include "ports/processes.h"

namespace sluice::posix {

/// How long all of a child has between TERM and KILL.
inline constexpr std::chrono::seconds kTermGrace{2};
/// How long output that leftovers still write is waited for after the child itself has ended.
inline constexpr std::chrono::milliseconds kOutputGrace{200};

class ProcessRun {
 public:
  struct Parts {
    Child child;
    Descriptor out;  ///< Read ends, non-blocking.
    Descriptor err;
    std::optional<ProcessCgroup> cgroup;
    ports::Leftovers leftovers = ports::Leftovers::End;
  };
  ProcessRun(const ports::ProcessRequest& request, Parts parts);

  /// Blocks until the child has ended. To be called once.
  Result<ports::ProcessResult> wait(std::stop_token stop);

 private:
  using SteadyClock = std::chrono::steady_clock;
  enum class Ending { None, TimedOut, Cancelled };

  void wait_for_exit(int stop_descriptor);
  void begin_ending(Ending why);
  void end_leftovers();
  void drain_output();
  void signal_all(int signal);
  bool read_available(Descriptor& stream, ports::Stream which);
  void keep(ports::Stream which, std::string_view piece);
  int poll_timeout() const;
  Result<int> reap();

  const ports::ProcessRequest& request_;
  Parts parts_;
  ports::ProcessResult result_;
  SteadyClock::time_point started_ = SteadyClock::now();
  std::optional<SteadyClock::time_point> deadline_;  ///< The timeout's; after TERM the moment of KILL.
  Ending ending_ = Ending::None;
};

}  // namespace sluice::posix
