// Messages to people.
#pragma once

#include <string>

#include "base/result.h"

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
  /// One attempt. Errors: Unavailable, TimedOut, Throttled (repeat later); Denied, NotFound, InvalidInput (do not).
  virtual Status send(const Message& message) = 0;
};

}  // namespace sluice::ports
