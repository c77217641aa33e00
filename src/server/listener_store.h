// The controller's parent keeps the sockets on which users' requests come in, so that they outlive the controller as
// well as HAProxy. Parent and controller speak over a socket pair of which the controller inherits one end: each
// message is the whole set. The first one, from the parent, is what it kept; those from the controller replace it.
#pragma once

#include <map>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace sluice::server {

using NamedDescriptors = std::map<std::string, Descriptor>;

inline constexpr int kMostKeptDescriptors = 250;  ///< The kernel passes at most 253 in a message (unix(7)).

/// Names must not hold line ends. Errors: InvalidInput (more than `kMostKeptDescriptors`), Unavailable (nobody is at
/// the other end).
Status send_descriptors(int socket, const NamedDescriptors& descriptors);
/// Waits for a message. Errors: Unavailable (the other end has closed), InvalidInput (a message of another version).
Result<NamedDescriptors> receive_descriptors(int socket);

/// The controller's side. Without a parent that keeps descriptors it is empty and keeps nothing.
class ListenerStore {
 public:
  /// The variable that names the inherited end's number.
  static constexpr const char* kVariable = "SLUICE_LISTENER_STORE";

  /// Takes the end over and removes the variable, so that no other program sees it. Call before any thread starts.
  static ListenerStore of_parent();

  /// What the parent kept; once.
  NamedDescriptors take();
  Status keep(const NamedDescriptors& descriptors) const;

 private:
  Descriptor socket_;
};

}  // namespace sluice::server
