// How often the world is looked at: as often as it changes.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/time.h"
#include "ports/clock.h"

namespace sluice::aws {

/// How old what is told of a thing may be: a tenth of the time since it changed, but not less than this. What nobody
/// touches costs ever fewer requests.
inline constexpr Milliseconds kFreshestLook{30'000};

/// What was seen last of each thing. May be used from any number of threads at once.
template <typename Key, typename Value>
class LastLooks {
 public:
  /// `clock` must outlive this.
  explicit LastLooks(const ports::Clock& clock) : clock_(clock) {}

  /// It was looked at now. `touched`: it was changed, though it may look as before.
  void saw(const Key& key, const Value& value, bool touched = false) {
    const std::lock_guard lock(mutex_);
    const TimePoint now = clock_.now();
    const auto [look, is_first] = looks_.try_emplace(key, Look{value, now, now});
    if (is_first) return;
    if (touched || look->second.value != value) look->second.changed_at = now;
    look->second.value = value;
    look->second.at = now;
  }
  void forget(const Key& key) {
    const std::lock_guard lock(mutex_);
    looks_.erase(key);
  }
  void forget_all() {
    const std::lock_guard lock(mutex_);
    looks_.clear();
  }
  /// Nothing when it was never seen, or too long ago.
  std::optional<Value> recent(const Key& key) const {
    const std::lock_guard lock(mutex_);
    const auto look = looks_.find(key);
    if (look == looks_.end()) return std::nullopt;
    const TimePoint now = clock_.now();
    const Milliseconds most = std::max((now - look->second.changed_at) / 10, kFreshestLook);
    return now - look->second.at < most ? std::optional(look->second.value) : std::nullopt;
  }

 private:
  struct Look {
    Value value;
    TimePoint at{};
    TimePoint changed_at{};
  };
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<Key, Look> looks_;
};

}  // namespace sluice::aws
