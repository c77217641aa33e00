// Listens on the control socket and hands each request to its command's handler, on the strand.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/session.h"

namespace boost::asio {
class io_context;
}

namespace sluice::server {

class ControlServer {
 public:
  /// The socket file is made new, for the owner alone. Errors: Denied, Unavailable.
  static Result<std::unique_ptr<ControlServer>> create(boost::asio::io_context& context,
                                                       const std::string& socket_path);
  ~ControlServer();

  void handle(std::string command, Handler handler);
  /// Asked about every request but `shutdown`; its error is the answer then.
  void admit(std::function<Status(const Request&)> may);

 private:
  ControlServer();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::server
