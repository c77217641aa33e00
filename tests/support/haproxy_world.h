// The real HAProxy with a home of its own, its telemetry, and responders as plain processes.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "adapters/curl/http_client.h"
#include "adapters/haproxy/router.h"
#include "adapters/haproxy/telemetry.h"
#include "adapters/linux/daemons.h"
#include "adapters/posix/clock.h"
#include "adapters/posix/processes.h"
#include "contract/router_world.h"
#include "support/machine.h"
#include "support/responder_process.h"

namespace sluice::testing_support {

class HaproxyWorld final : public contract::RouterWorld {
 public:
  /// Null when HAProxy is not installed and this is not CI, where that is a failure.
  static std::unique_ptr<HaproxyWorld> create();
  ~HaproxyWorld() override;

  ports::TrafficRouter& router() override { return *router_; }
  ports::RoutedService service(const std::string& name) override;
  ports::Endpoint replica() override;
  ports::Endpoint dead_end() override;
  void kill(const ports::Endpoint& replica) override { responders_.at(replica.port)->kill(); }
  std::map<std::string, int> ask(const ports::RoutedService& service, int count) override;
  std::map<std::string, int> ask(const ports::TrafficRouter::Entrance& entrance, const ports::RoutedService& service,
                                 int count) override;
  void crash() override;
  void kill_data_plane() override;

  haproxy::Router& haproxy() { return *router_; }
  haproxy::Telemetry& telemetry() { return *telemetry_; }
  const std::string& home() const { return folder_.path(); }
  std::string run_directory() const { return folder_.path() + "/run"; }
  ports::HttpClient& http() { return http_; }
  ports::Clock& clock() { return clock_; }

 private:
  HaproxyWorld();

  TemporaryFolder folder_;
  curl::HttpClient http_;
  linux_host::Daemons daemons_;
  posix::Processes processes_;
  posix::Clock clock_;
  std::string listen_;
  std::map<int, std::unique_ptr<ResponderProcess>> responders_;
  std::unique_ptr<haproxy::Telemetry> telemetry_;
  std::unique_ptr<haproxy::Router> router_;
};

}  // namespace sluice::testing_support
