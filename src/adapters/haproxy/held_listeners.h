// The sockets that HAProxy listens on, held here as well, so that a HAProxy that dies takes none of them along: until
// the next one has them, connections wait in the kernel's queue instead of being refused.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "ports/daemons.h"

namespace sluice::haproxy {

/// A running HAProxy cannot be given a socket, so it opens those of new addresses itself, and they are taken from it
/// with pidfd_getfd(2). A new HAProxy inherits them all (`bind fd@N`). May be used from any number of threads at once.
class HeldListeners {
 public:
  using Sockets = std::map<std::string, Descriptor>;  ///< By listen address.
  /// Told of every change, so that another process can hold the same sockets; the descriptors are lent.
  using Observer = std::function<void(const Sockets&)>;

  HeldListeners(Sockets from_earlier, Observer changed)
      : sockets_(std::move(from_earlier)), changed_(std::move(changed)) {}

  /// Holds the sockets with which the process `pid` listens on `addresses`, and no others: one that is no longer
  /// wanted stops listening, since the former HAProxy master that inherited it never closes it.
  /// Errors: Denied (this process may not look into that one), Unavailable, NotFound (it does not listen there).
  Status match(const std::set<std::string>& addresses, int pid);

  /// For a HAProxy that is about to start.
  ports::Inheritance inheritance() const;

 private:
  mutable std::mutex mutex_;
  Sockets sockets_;
  Observer changed_;
};

}  // namespace sluice::haproxy
