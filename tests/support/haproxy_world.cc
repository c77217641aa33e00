#include "support/haproxy_world.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <stdexcept>

#include "support/registry.h"

namespace sluice::testing_support {

std::unique_ptr<HaproxyWorld> HaproxyWorld::create() {
  posix::Processes processes;
  if (!processes.run({.argv = {"haproxy", "-v"}}, {}).has_value() && std::getenv("CI") == nullptr) return nullptr;
  return std::unique_ptr<HaproxyWorld>(new HaproxyWorld());
}

HaproxyWorld::HaproxyWorld() : daemons_(folder_.path()), listen_("127.0.0.1:" + std::to_string(free_tcp_port())) {
  crash();
}

HaproxyWorld::~HaproxyWorld() {
  if (!router_ || router_->daemon() == nullptr) return;
  EXPECT_TRUE(router_->daemon()->end(Milliseconds(0)).has_value());
}

ports::RoutedService HaproxyWorld::service(const std::string& name) {
  return {.service = {.project = "shop", .environment = "local", .service = name},
          .listen = listen_,
          .route = {.host = "", .path = "/" + name},
          .health = {.path = "/health", .every = Milliseconds(200), .within = Milliseconds(5000)},
          .most_replicas = 4};
}

ports::Endpoint HaproxyWorld::replica() {
  auto responder = std::make_unique<ResponderProcess>();
  const ports::Endpoint endpoint{.address = "127.0.0.1", .port = responder->port()};
  responders_[endpoint.port] = std::move(responder);
  return endpoint;
}

ports::Endpoint HaproxyWorld::dead_end() { return {.address = "127.0.0.1", .port = free_tcp_port()}; }

std::map<std::string, int> HaproxyWorld::ask(const ports::RoutedService& service, int count) {
  return ask({.url = "http://" + service.listen, .headers = {}}, service, count);
}

std::map<std::string, int> HaproxyWorld::ask(const ports::TrafficRouter::Entrance& entrance,
                                             const ports::RoutedService& service, int count) {
  std::map<std::string, int> answers;
  for (int i = 0; i < count; ++i) {
    ports::HttpRequest request{.url = entrance.url + service.route.path};
    for (const auto& [name, value] : entrance.headers) request.headers[name] = value;
    const auto answer = http_.send(request, {});
    ++answers[!answer.has_value()     ? answer.error().message
              : answer->status != 200 ? std::to_string(answer->status)
                                      : answer->headers.at("x-app")];
  }
  return answers;
}

void HaproxyWorld::crash() {
  router_.reset();
  telemetry_.reset();
  auto telemetry = haproxy::Telemetry::create({.home = home(), .run_directory = run_directory()}, clock_);
  if (!telemetry.has_value()) throw std::runtime_error(telemetry.error().message);
  telemetry_ = std::move(*telemetry);
  auto router = haproxy::Router::create({.home = home(),
                                         .run_directory = run_directory(),
                                         .log_port = telemetry_->port(),
                                         .log_token = telemetry_->token()},
                                        daemons_, processes_, http_);
  if (!router.has_value()) throw std::runtime_error(router.error().message);
  router_ = std::move(*router);
}

void HaproxyWorld::kill_data_plane() {
  const int starts = router_->daemon()->starts();
  ASSERT_EQ(::kill(router_->daemon()->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually([&] {
    return router_->daemon()->starts() > starts && http_.send({.url = "http://" + listen_}, {}).has_value();
  }));
}

}  // namespace sluice::testing_support
