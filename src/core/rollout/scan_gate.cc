#include "core/rollout/scan_gate.h"

#include <boost/json.hpp>
#include <utility>

#include "core/rollout/object_reader.h"
#include "core/rollout/text_array.h"

namespace sluice::rollout {

boost::json::value to_json(const ScanGate& gate) {
  boost::json::array block;
  for (const image::ScanSeverity severity : gate.block) block.emplace_back(image::to_string(severity));
  return {{"block", std::move(block)}, {"allow", text_array(gate.allow)}, {"within_milliseconds", gate.within.count()}};
}

Result<ScanGate> read_scan_gate(const boost::json::value& value, std::string path) {
  ScanGate gate;
  std::vector<std::string> block;
  ObjectReader reader(value, std::move(path));
  reader.read("block", block);
  reader.read("allow", gate.allow);
  reader.read("within_milliseconds", gate.within);
  gate.block.clear();
  for (const std::string& name : block) {
    if (const auto severity = image::parse_severity(name)) {
      gate.block.push_back(*severity);
    } else {
      reader.fail("block", "has the unknown value '" + name + "'");
    }
  }
  TRY(reader.finish());
  return gate;
}

}  // namespace sluice::rollout
