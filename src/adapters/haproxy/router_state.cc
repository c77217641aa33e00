#include "adapters/haproxy/router_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace sluice::haproxy {
namespace {

namespace json = boost::json;

constexpr int kSchemaVersion = 1;

json::array to_json(const Places& places) {
  json::array result;
  for (const auto& place : places) {
    if (place) {
      result.emplace_back(json::object{{"address", place->address}, {"port", place->port}});
    } else {
      result.emplace_back(nullptr);
    }
  }
  return result;
}

json::object to_json(const ServiceState& service) {
  const auto& routed = service.routed;
  json::object result;
  result["project"] = routed.service.project;
  result["environment"] = routed.service.environment;
  result["service"] = routed.service.service;
  result["listen"] = routed.listen;
  result["host"] = routed.route.host;
  result["path"] = routed.route.path;
  result["health_path"] = routed.health.path;
  result["health_every_milliseconds"] = routed.health.every.count();
  result["health_within_milliseconds"] = routed.health.within.count();
  result["most_replicas"] = routed.most_replicas;
  for (const auto slot : {rollout::Slot::A, rollout::Slot::B}) {
    json::object both;
    both["own"] = to_json(service.slot(slot).own);
    both["fallback"] = to_json(service.slot(slot).fallback);
    result["slot_" + std::string(rollout::to_string(slot))] = std::move(both);
  }
  return result;
}

std::string text(const json::object& object, const char* name) { return std::string(object.at(name).as_string()); }

Places places_of(const json::value& value) {
  Places places;
  for (const auto& item : value.as_array()) {
    if (item.is_null()) {
      places.emplace_back();
    } else {
      const auto& endpoint = item.as_object();
      places.emplace_back(ports::Endpoint{.address = text(endpoint, "address"),
                                          .port = static_cast<int>(endpoint.at("port").as_int64())});
    }
  }
  return places;
}

ServiceState service_of(const json::object& object) {
  ServiceState service;
  auto& routed = service.routed;
  routed.service = {.project = text(object, "project"),
                    .environment = text(object, "environment"),
                    .service = text(object, "service")};
  routed.listen = text(object, "listen");
  routed.route = {.host = text(object, "host"), .path = text(object, "path")};
  routed.health.path = text(object, "health_path");
  routed.health.every = Milliseconds(object.at("health_every_milliseconds").as_int64());
  routed.health.within = Milliseconds(object.at("health_within_milliseconds").as_int64());
  routed.most_replicas = static_cast<int>(object.at("most_replicas").as_int64());
  for (const auto slot : {rollout::Slot::A, rollout::Slot::B}) {
    const auto& both = object.at("slot_" + std::string(rollout::to_string(slot))).as_object();
    service.slot(slot) = {.own = places_of(both.at("own")), .fallback = places_of(both.at("fallback"))};
  }
  return service;
}

}  // namespace

const ServiceState* RouterState::find(const rollout::ServiceKey& service) const {
  const auto found = std::ranges::find(services, service, [](const auto& state) { return state.routed.service; });
  return found == services.end() ? nullptr : &*found;
}
ServiceState* RouterState::find(const rollout::ServiceKey& service) {
  return const_cast<ServiceState*>(std::as_const(*this).find(service));
}

Result<Places> placed(const Places& places, const std::vector<ports::Endpoint>& wanted) {
  Places result(places.size());
  std::vector<ports::Endpoint> homeless;
  for (const auto& endpoint : wanted) {
    const auto place = std::ranges::find(places, std::optional(endpoint));
    if (place == places.end()) {
      homeless.push_back(endpoint);
    } else {
      result[static_cast<std::size_t>(place - places.begin())] = endpoint;
    }
  }
  for (const auto& endpoint : homeless) {
    const auto empty = std::ranges::find(result, Places::value_type());
    if (empty == result.end()) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("{} replicas, and a slot has {} places", wanted.size(), places.size())};
    }
    *empty = endpoint;
  }
  return result;
}

std::string to_json(const RouterState& state) {
  json::array services;
  for (const auto& service : state.services) services.emplace_back(to_json(service));
  json::object root;
  root["schema_version"] = kSchemaVersion;
  root["services"] = std::move(services);
  return json::serialize(root) + "\n";
}

Result<RouterState> parse_router_state(std::string_view text) {
  try {
    const json::value root = json::parse(json::string_view(text.data(), text.size()));
    if (root.at("schema_version").as_int64() != kSchemaVersion) {
      return Error{ErrorKind::InvalidInput, "the router's state is of another version of sluice"};
    }
    RouterState state;
    for (const auto& service : root.at("services").as_array())
      state.services.push_back(service_of(service.as_object()));
    return state;
  } catch (const std::exception& broken) {  // What Boost.JSON throws for a missing or mistyped member.
    return Error{ErrorKind::InvalidInput, fmt::format("the router's state cannot be read: {}", broken.what())};
  }
}

}  // namespace sluice::haproxy
