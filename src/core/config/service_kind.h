// What a service is, by its key `kind`.
#pragma once

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

enum class ServiceKind { Container, Function, Gateway };

/// `lambda@edge` is reported with the reason and the alternative, and read as a function. `service.target` has the
/// environment's region and role, and becomes the kind's own target with them; a function or gateway in an environment
/// that is not in AWS is reported.
ServiceKind read_kind(Reader& reader, const yaml::Node& node, Service& service);

/// Reports the key of `node`, if it is there: `'KEY' WHY`.
void refuse(Reader& reader, const yaml::Node& node, std::string_view key, std::string_view why);

}  // namespace sluice::config
