// What the keys of sluice.yaml mean for a service of the kind function: AWS Lambda behind an alias.
#pragma once

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// How long an update of a function with its provisioned concurrency may take, where `health.within` says nothing.
inline constexpr Milliseconds kFunctionStart{std::chrono::minutes{5}};
/// An alias sends each request to a version at random: a rate of fewer requests than this says nothing, where
/// `minimum_samples` of an alarm does not say otherwise.
inline constexpr int kFunctionSamples = 20;

/// Fills `service.target` from the service's key `aws` and reports what of the service (`node`) cannot be carried out:
/// nothing is ignored. `alarms` and `analysis`: what holds for it of those sections; null where nothing is said.
void read_function_service(Reader& reader, const yaml::Node& node, const yaml::Node* alarms, const yaml::Node* analysis,
                           Service& service);

/// Reports keys of `aws` that are for functions alone.
void refuse_keys_of_functions(Reader& reader, const yaml::Node& aws);

}  // namespace sluice::config
