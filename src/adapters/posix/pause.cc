#include "adapters/posix/pause.h"

#include <condition_variable>
#include <mutex>
#include <random>

namespace sluice::posix {

Status pause_for(Milliseconds span, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any asked_to_stop;
  asked_to_stop.wait_for(lock, stop, span, [] { return false; });
  if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "asked to stop"};
  return {};
}

double chance() {
  thread_local std::minstd_rand source(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(source);
}

}  // namespace sluice::posix
