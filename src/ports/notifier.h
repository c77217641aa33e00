// Messages to people.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace sluice::ports {

struct Message {
  std::string id;       ///< The same when it is sent again.
  std::string subject;  ///< One line.
  std::string text;     ///< Cause, figures, what to do next; several lines.
  enum class Tone { Good, Bad, Waiting } tone = Tone::Good;
};

class Notifier {
 public:
  virtual ~Notifier() = default;
  /// One attempt. `address` is the secret address of the place, e.g. an incoming webhook. Errors: Unavailable,
  /// TimedOut, Throttled, UnknownOutcome (repeat later); Denied, NotFound, InvalidInput (do not).
  virtual Status send(const Secret& address, const Message& message) = 0;
};

}  // namespace sluice::ports
