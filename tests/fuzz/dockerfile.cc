// Any text is a Dockerfile or a list of findings with a place in it, and never a crash.
#include "core/image/dockerfile.h"

#include "base/assert.h"
#include "core/image/dockerfile_lint.h"
#include "core/image/shell_programs.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = sluice::image::parse_dockerfile(text, "Dockerfile");
  SLUICE_ASSERT(!file.stages.empty() || !file.findings.empty());
  for (const auto& finding : sluice::image::lint_dockerfile(text, "Dockerfile", {{"BASE", "python:3.11-slim"}})) {
    SLUICE_ASSERT(finding.at.line >= 1 && finding.at.column >= 1 && !finding.message.empty());
  }
  for (const auto& program : sluice::image::programs_in_script(text)) SLUICE_ASSERT(!program.empty());
  return 0;
}
