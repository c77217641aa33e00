// The world in which the contract of ports::TrafficRouter is tested: replicas, clients, and what may go wrong.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "ports/traffic_router.h"

namespace sluice::contract {

/// A router with the replicas and clients around it.
class RouterWorld {
 public:
  virtual ~RouterWorld() = default;
  virtual ports::TrafficRouter& router() = 0;
  /// A service that the router does not know yet; equal names give the same front door and different paths.
  virtual ports::RoutedService service(const std::string& name) = 0;
  /// A replica that answers every request.
  virtual ports::Endpoint replica() = 0;
  /// Where nobody answers.
  virtual ports::Endpoint dead_end() = 0;
  /// Ends a replica as a crash would.
  virtual void kill(const ports::Endpoint& replica) = 0;
  /// Sends requests one after the other; how many were answered by whom: `ADDRESS:PORT` of a replica, or a status.
  virtual std::map<std::string, int> ask(const ports::RoutedService& service, int count) = 0;
  /// The same with the headers of an entrance.
  virtual std::map<std::string, int> ask(const ports::TrafficRouter::Entrance& entrance,
                                         const ports::RoutedService& service, int count) = 0;
  /// sluice dies and comes back: `router()` is a new object over the same world.
  virtual void crash() = 0;
  /// What carries the traffic dies; it must come back by itself.
  virtual void kill_data_plane() = 0;
};

struct RouterWorldFactory {
  std::string name;
  std::function<std::unique_ptr<RouterWorld>()> make;
  friend void PrintTo(const RouterWorldFactory& factory, std::ostream* out) { *out << factory.name; }
};

inline std::string name_of(const ports::Endpoint& endpoint) {
  return endpoint.address + ":" + std::to_string(endpoint.port);
}

}  // namespace sluice::contract
