// Which task definitions were registered here: AWS may tell of them late, and registers the same again as another one.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace sluice::aws {

/// May be used from any number of threads at once.
class RegisteredDefinitions {
 public:
  struct Known {
    std::string arn;        ///< Empty: none was, or nobody knows.
    bool in_doubt = false;  ///< One was asked for, and nobody answered.
  };

  Known of(const std::string& revision) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(revision);
    return found == known_.end() ? Known{} : found->second;
  }
  /// Before it is asked for.
  void doubt(const std::string& revision) { set(revision, {.arn = {}, .in_doubt = true}); }
  void registered(const std::string& revision, const std::string& arn) { set(revision, {.arn = arn}); }
  /// It was refused, or is there no more.
  void forget(const std::string& revision) {
    const std::lock_guard lock(mutex_);
    known_.erase(revision);
  }

 private:
  void set(const std::string& revision, Known known) {
    const std::lock_guard lock(mutex_);
    known_[revision] = std::move(known);
  }

  mutable std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace sluice::aws
