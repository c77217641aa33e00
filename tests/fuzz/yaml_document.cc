// Any bytes are a document or at least one finding with a place, never both and never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "core/yaml/document.h"

namespace {

using sluice::yaml::Node;

/// Positions lie in the file, and the values that were counted can be walked.
std::size_t walk(const Node& node) {
  SLUICE_ASSERT(node.begin.line >= 1 && node.begin.column >= 1);
  std::size_t nodes = 1;
  for (const auto& item : node.items) nodes += walk(*item);
  for (const auto& member : node.members) {
    SLUICE_ASSERT(member.key_at.line >= 1 && member.key_at.column >= 1);
    nodes += walk(*member.value);
  }
  return nodes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const sluice::yaml::Limits limits{.bytes = 1u << 20, .depth = 50, .nodes = 20'000};
  const auto parsed = sluice::yaml::parse(text, "input", limits);
  SLUICE_ASSERT((parsed.root == nullptr) == has_errors(parsed.findings));
  if (parsed.root) SLUICE_ASSERT(walk(*parsed.root) <= limits.nodes + 1);
  return 0;
}
