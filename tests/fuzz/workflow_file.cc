// A workflow file of any bytes gives findings or a workflow, and a workflow can be linted.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/workflow/lint.h"
#include "core/workflow/workflow.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = sluice::workflow::parse_workflow(text, "w.yml");
  if (parsed.workflow.has_value() == sluice::has_errors(parsed.findings)) std::abort();
  for (const auto& finding : parsed.findings) {
    if (finding.at.line < 1 || finding.at.column < 1 || finding.message.empty()) std::abort();
  }
  if (parsed.workflow) sluice::workflow::lint_workflow(*parsed.workflow, {});
  return 0;
}
