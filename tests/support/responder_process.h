// The benchmark's responder (bench/responder) as a plain process of this machine.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace sluice::testing_support {

class ResponderProcess {
 public:
  /// Listens on a free port of 127.0.0.1 when this returns; VERSION is `127.0.0.1:PORT` unless `env` says otherwise.
  /// Throws std::runtime_error when it does not come up.
  explicit ResponderProcess(const std::map<std::string, std::string>& env = {});
  ~ResponderProcess();
  ResponderProcess(const ResponderProcess&) = delete;
  ResponderProcess& operator=(const ResponderProcess&) = delete;

  int port() const { return port_; }
  void kill();

 private:
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace sluice::testing_support
