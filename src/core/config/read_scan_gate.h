// The gate on the findings of Amazon ECR's scans: `scan_findings` under `aws` of an environment and of a service.
#pragma once

#include <optional>

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// What `aws`, of an environment or of a service, says itself; nothing where it says nothing, or `off`. `aws` may be
/// null.
std::optional<rollout::ScanGate> read_scan_gate(const Reader& reader, const yaml::Node* aws);

/// Sets `service.scan_gate` by `aws` of the service (null: it has none), else by `common`, the environment's. A service
/// without an image has none, and is told where it says one itself.
void read_scan_gate(Reader& reader, const yaml::Node* aws, const std::optional<rollout::ScanGate>& common,
                    Service& service);

}  // namespace sluice::config
