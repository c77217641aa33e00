#include "adapters/aws/asking_thread.h"

#include <chrono>
#include <utility>

namespace sluice::aws {

AskingThread::AskingThread(Asking asking, std::mutex& mutex, std::function<bool()> is_due,
                           std::function<void(const std::stop_token&)> ask_due) {
  if (asking == Asking::ByCaller) return;
  thread_ = std::jthread(
      [this, &mutex, is_due = std::move(is_due), ask_due = std::move(ask_due)](const std::stop_token& stop) {
        constexpr std::chrono::seconds kAtMost{1};
        while (!stop.stop_requested()) {
          {
            std::unique_lock lock(mutex);
            woken_.wait_for(lock, stop, kAtMost, is_due);
          }
          ask_due(stop);
        }
      });
}

}  // namespace sluice::aws
