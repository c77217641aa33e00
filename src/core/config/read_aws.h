// What the keys of sluice.yaml mean for a service whose environment is in AWS.
#pragma once

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// Fills `service.target`, which has the environment's region and role, from the service's key `aws`, and reports what
/// of the service (`node`, at `at`) cannot be carried out there: nothing is ignored. `analysis`: what holds for it of
/// that section; null where nothing is said.
void read_aws_service(Reader& reader, const yaml::Node& node, const yaml::Node* analysis, Position at,
                      Service& service);

/// Reads where requests of the service enter over `url`, which has what the environment says; reports smoke tests that
/// could be sent nowhere.
void read_front_door(Reader& reader, const yaml::Node& node, const Service& service, std::string& url);

/// The comparison of a service in AWS takes CloudWatch's minutes: sets what follows of it, and reports what cannot be
/// had. `analysis` as above, `at`: the service.
void read_comparison_by_minutes(Reader& reader, const yaml::Node* analysis, Position at, Service& service);

}  // namespace sluice::config
