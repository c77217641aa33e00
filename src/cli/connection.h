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
  /// Sends the request and calls `on_event` for each event until the end. Error: Unavailable when the controller goes
  /// away meanwhile; Cancelled when `interrupted()` became true.
  Result<End> converse(const server::Request& request, const std::function<void(const boost::json::object&)>& on_event,
                       const std::function<bool()>& interrupted);

 private:
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// The program that runs now, for starting the controller with the same one.
std::string own_program();

}  // namespace sluice::cli
