#include "adapters/haproxy/sessions.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/haproxy/names.h"

namespace sluice::haproxy {
namespace {

/// The word after ` NAME=` in a block; empty when it is not there.
std::string_view field(std::string_view block, std::string_view name) {
  const auto at = block.find(name);
  if (at == std::string_view::npos) return {};
  const auto start = at + name.size();
  return block.substr(start, block.find_first_of(" \n", start) - start);
}

}  // namespace

SessionPlaces session_places(const ServiceState& service, rollout::Slot slot) {
  SessionPlaces places;
  const auto& key = service.routed.service;
  const auto& own = service.slot(slot).own;
  // All of the slot's own servers: one that was taken out may still have sessions.
  for (std::size_t i = 0; i < own.size(); ++i)
    places.servers.emplace(backend_name(key, slot), fmt::format("s{}", i + 1));
  const auto& fallback = service.slot(rollout::other(slot)).fallback;
  for (std::size_t i = 0; i < fallback.size(); ++i) {
    if (fallback[i] && std::ranges::find(own, fallback[i]) != own.end()) {
      places.servers.emplace(backend_name(key, rollout::other(slot)), fmt::format("f{}", i + 1));
    }
  }
  return places;
}

long count_sessions(const std::vector<TableRow>& stat, const SessionPlaces& places) {
  long sum = 0;
  for (const auto& row : stat) {
    if (places.servers.contains({text_in(row, "pxname"), text_in(row, "svname")})) sum += number_in(row, "scur");
  }
  return sum;
}

long count_websockets(std::string_view sessions, const SessionPlaces& places) {
  long count = 0;
  while (!sessions.empty()) {
    // A block begins with an address at the start of a line and goes on with indented lines.
    auto end = sessions.find("\n0x");
    end = end == std::string_view::npos ? sessions.size() : end + 1;
    const std::string_view block = sessions.substr(0, end);
    sessions.remove_prefix(end);
    const std::pair place(std::string(field(block, "\n  backend=")), std::string(field(block, "\n  server=")));
    if (places.servers.contains(place) && field(block, " status=") == "101") ++count;
  }
  return count;
}

}  // namespace sluice::haproxy
