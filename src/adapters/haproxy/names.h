// How a service and its slots are called inside HAProxy, and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "core/rollout/colour.h"
#include "core/rollout/service_key.h"

namespace sluice::haproxy {

/// `PROJECT.ENVIRONMENT.SERVICE`: what the routes lead to and the key of the weights.
std::string service_name(const rollout::ServiceKey& service);
/// `PROJECT.ENVIRONMENT.SERVICE:a`
std::string backend_name(const rollout::ServiceKey& service, rollout::Slot slot);
/// Nothing for a name that is no slot's.
std::optional<std::pair<rollout::ServiceKey, rollout::Slot>> parse_backend_name(std::string_view name);

/// The variable of HAProxy's environment that names an inherited socket for a listen address.
std::string listener_variable(std::string_view listen);

/// Error: InvalidInput when a part is empty or holds anything but letters, digits, `-` and `_`.
Status check_names(const rollout::ServiceKey& service);

}  // namespace sluice::haproxy
