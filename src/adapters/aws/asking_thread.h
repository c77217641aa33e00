// Who asks AWS for what somebody reads.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace sluice::aws {

enum class Asking {
  InAThread,
  ByCaller,  ///< Whoever has the port says when: where time is simulated.
};

/// The thread of a port that asks in the background for what is due. Its end waits for the call that is under way.
class AskingThread {
 public:
  /// `is_due` is called with `mutex` held, `ask_due` without it; all must outlive this. ByCaller: there is no thread.
  AskingThread(Asking asking, std::mutex& mutex, std::function<bool()> is_due,
               std::function<void(const std::stop_token&)> ask_due);

  /// Something may be due that was not: it is looked at now, and not within a second.
  void wake() const { woken_.notify_all(); }

 private:
  mutable std::condition_variable_any woken_;
  std::jthread thread_;
};

}  // namespace sluice::aws
