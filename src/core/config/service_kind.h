// What a service is, by its key `kind`.
#pragma once

#include <array>
#include <string_view>

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

enum class ServiceKind { Container, Function, Gateway, Flags };

/// What `aws` says of each kind.
inline constexpr std::array<std::string_view, 6> kAwsOfContainers{"cluster",       "service", "container",
                                                                  "target_groups", "rules",   "test"};
inline constexpr std::array<std::string_view, 5> kAwsOfEngines{"engine", "application", "deployment_group",
                                                               "deployment_config", "every"};
inline constexpr std::array<std::string_view, 3> kAwsOfFunctions{"function", "alias", "provisioned_concurrency"};
inline constexpr std::array<std::string_view, 4> kAwsOfGateways{"rest_api", "api", "stage", "definition"};

/// `definition` besides, which gateways have, too, and `application`, which CodeDeploy has.
inline constexpr std::array<std::string_view, 4> kAwsOfFlags{"profile", "environment", "deployment_strategy", "within"};

/// `lambda@edge` is reported with the reason and the alternative, and read as a function. `service.target` has the
/// environment's region and role, and becomes the kind's own target with them; a kind other than container in an
/// environment that is not in AWS is reported.
ServiceKind read_kind(Reader& reader, const yaml::Node& node, Service& service);

/// Reports the key of `node`, if it is there: `'KEY' WHY`.
void refuse(Reader& reader, const yaml::Node& node, std::string_view key, std::string_view why);

}  // namespace sluice::config
