// What the keys of sluice.yaml mean for a service of the kind flags: feature flags of AWS AppConfig.
#pragma once

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// Fills `service.target` from the service's key `aws` and reports what of the service (`node`) cannot be carried out:
/// nothing is ignored. AppConfig itself makes the traffic steps, so that the service has one of 100%, and of the bakes
/// only its own holds.
void read_flags_service(Reader& reader, const yaml::Node& node, Service& service);

/// Reports keys of `aws` that are for flags alone.
void refuse_keys_of_flags(Reader& reader, const yaml::Node& aws);

}  // namespace sluice::config
