// The way to the resident controller: connects, starts it when it does not run, sends one request, reads its events.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>

#include "base/result.h"
#include "server/protocol.h"

namespace sluice::cli {

class Connection {
 public:
  enum class WhenAbsent {
    Start,
    Refuse,
    Wait,  ///< For its parent to start it again; 10 seconds.
  };
  /// Errors: Denied (another user's controller), Unavailable (it does not start: with the end of its log).
  static Result<Connection> open(const server::Places& places, WhenAbsent when_absent);
  ~Connection();
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;

  struct End {
    int exit_code = 1;
    std::string message;
  };
  using OnEvent = std::function<void(const boost::json::object&)>;
  /// `send` and `listen`.
  Result<End> converse(const server::Request& request, const OnEvent& on_event,
                       const std::function<bool()>& interrupted);
  /// Error: Unavailable when the controller has gone away.
  Status send(const server::Request& request);
  /// Calls `on_event` for each event until the end. Errors: Unavailable when the controller goes away meanwhile;
  /// Cancelled when `interrupted()` became true, and then it may be called again.
  Result<End> listen(const OnEvent& on_event, const std::function<bool()>& interrupted);

 private:
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
  std::string pending_;  ///< Received and not yet a whole line.
};

/// The program that runs now, for starting the controller with the same one.
std::string own_program();

}  // namespace sluice::cli
