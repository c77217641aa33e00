// Counting what is open on a slot's replicas, from HAProxy's own tables.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/haproxy/router_state.h"
#include "adapters/haproxy/runtime_socket.h"

namespace sluice::haproxy {

/// (backend, server) of every place that leads to a slot's replicas: its own backend's s-servers, and those
/// f-servers of the other backend that stand for the same endpoints.
struct SessionPlaces {
  std::set<std::pair<std::string, std::string>> servers;
};

SessionPlaces session_places(const ServiceState& service, rollout::Slot slot);

/// Sum of `scur` over the places in the table of `show stat`.
long count_sessions(const std::vector<TableRow>& stat, const SessionPlaces& places);

/// Sessions at the places whose request was answered 101, in the text of `show sess all`.
long count_websockets(std::string_view sessions, const SessionPlaces& places);

}  // namespace sluice::haproxy
