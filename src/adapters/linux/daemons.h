// ports::Daemons with posix_spawn(3) and pidfd_open(2).
#pragma once

#include <string>

#include "ports/daemons.h"

namespace sluice::linux_host {

class Daemons final : public ports::Daemons {
 public:
  /// `home`: what must survive (records in `home`/daemons, output in `home`/logs); made when absent.
  explicit Daemons(std::string home) : home_(std::move(home)) {}
  Result<std::unique_ptr<ports::Daemon>> supervise(ports::DaemonRequest request) override;

 private:
  std::string home_;
};

}  // namespace sluice::linux_host
