#include "core/config/read_scan_gate.h"

#include <fmt/format.h>

#include "core/config/service_kind.h"

namespace sluice::config {

std::optional<rollout::ScanGate> read_scan_gate(const Reader& reader, const yaml::Node* aws) {
  const yaml::Node* const node = reader.get(aws, "scan_findings");
  if (node == nullptr || node->is_scalar()) return std::nullopt;
  rollout::ScanGate gate;
  if (std::vector<std::string> names; reader.read(node, "block", names)) {
    gate.block.clear();
    for (const std::string& name : names)
      gate.block.push_back(image::parse_severity(name).value_or(image::ScanSeverity::Unknown));
  }
  reader.read(node, "allow", gate.allow);
  reader.read(node, "within", gate.within);
  return gate;
}

void read_scan_gate(Reader& reader, const yaml::Node* aws, const std::optional<rollout::ScanGate>& common,
                    Service& service) {
  const bool is_said = reader.get(aws, "scan_findings") != nullptr;
  if (!service.image.empty()) {
    service.scan_gate = is_said ? read_scan_gate(reader, aws) : common;
  } else if (is_said) {
    refuse(reader, *aws, "scan_findings",
           fmt::format("is for services with an image, which lies in ECR: '{}' has none", service.name));
  }
}

}  // namespace sluice::config
