// One command's connection, as its handler sees it. On the strand only.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "server/protocol.h"

namespace sluice::server {

class Session {
 public:
  virtual ~Session() = default;
  /// Sends one event object; it must have a field `type`. Nothing happens after the end or when nobody listens.
  virtual void emit(const boost::json::object& event) = 0;
  /// The last word.
  virtual void end(ExitCode code, const std::string& message = "") = 0;
  /// Ends with an error's message: Conflict → 6, InvalidInput and NotFound → 2, else 1.
  void fail(const Error& error);
  /// Stops when the command has gone away or the session has ended.
  virtual std::stop_token gone() const = 0;
  virtual bool is_open() const = 0;
};

using SessionPointer = std::shared_ptr<Session>;
using Handler = std::function<void(const Request&, SessionPointer)>;

}  // namespace sluice::server
