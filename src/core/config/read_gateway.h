// What the keys of sluice.yaml mean for a service of the kind gateway: a stage of an API of Amazon API Gateway.
#pragma once

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// How long a deployment of an API may take to be made, where `health.within` says nothing.
inline constexpr Milliseconds kGatewayStart{std::chrono::minutes{5}};

/// Fills `service.target` from the service's key `aws` and reports what of the service (`node`) cannot be carried out:
/// nothing is ignored. Steps of the service's own are those of a REST API's canary; of steps that the file or the
/// environment says the last one holds, so that the stage swaps as a whole. Alarms and the comparison are for the
/// services behind it, since no figures of API Gateway are read.
void read_gateway_service(Reader& reader, const yaml::Node& node, Service& service);

/// Reports keys of `aws` that are for gateways alone.
void refuse_keys_of_gateways(Reader& reader, const yaml::Node& aws);

}  // namespace sluice::config
