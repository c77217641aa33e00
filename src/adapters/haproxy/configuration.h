// HAProxy's configuration and routes as text, from what the router is to do. Pure.
#pragma once

#include <string>

#include "adapters/haproxy/router_state.h"
#include "base/time.h"

namespace sluice::haproxy {

/// Where things are and how far they may go; the same for all services.
struct Settings {
  std::string home;           ///< Folder of the configuration, `routes.map` and `weights.map`.
  std::string run_directory;  ///< Folder of the sockets and the probe secret.
  int log_port = 0;           ///< UDP port on 127.0.0.1 that takes a line for each request.
  std::string log_token;      ///< First word of each such line.
  int most_connections = 4000;
  Milliseconds drain{std::chrono::minutes{10}};          ///< Longest life of what a former worker still serves.
  Milliseconds answer_within{std::chrono::seconds{60}};  ///< A replica that is silent so long is answered 504.
};

inline constexpr const char* kProbeHeader = "x-sluice-probe";
inline constexpr const char* kSlotHeader = "x-sluice-slot";

std::string weights_path(const Settings& settings);
std::string routes_path(const Settings& settings);
std::string probe_secret_path(const Settings& settings);

/// The whole configuration. Its `description` is `structure_id(…)`, so that a running HAProxy tells what it runs with.
std::string render(const Settings& settings, const RouterState& state);

/// Of everything that takes a reload to change: not the endpoints, which the runtime socket sets.
std::string structure_id(const Settings& settings, const RouterState& state);

/// `LISTEN|HOST/PATH/ SERVICE` a line, HOST `*` for every host. A path leads to a service when it is the route's or
/// goes on below it: both end in `/` here, so that `/api` is not taken for `/apix`.
std::string render_routes(const RouterState& state);

/// The key of a route in that map.
std::string route_key(const ports::RoutedService& service);

/// Connections that fit a limit of open files: each takes two, servers and their checks some more.
int connections_within(long most_files, const RouterState& state);

/// Error: InvalidInput, with what is wrong in a listen address (`address:port`), a route or a health path.
Status check(const ports::RoutedService& service);

}  // namespace sluice::haproxy
