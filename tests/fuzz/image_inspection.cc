// What buildah, podman and Trivy print is a value or an error that says something, and never a crash.
#include "base/assert.h"
#include "core/image/image_configuration.h"
#include "core/image/inspection.h"
#include "core/image/scan_report.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto image = sluice::image::parse_image_inspection(text);
  if (image.has_value()) {
    const auto causes = sluice::image::inspect(*image, sluice::image::FileTree(), 8080);
    SLUICE_ASSERT(sluice::image::has_refusals(causes));  // An image without files can start nothing.
  } else {
    SLUICE_ASSERT(!image.error().message.empty());
  }
  const auto report = sluice::image::parse_trivy_report(text);
  SLUICE_ASSERT(report.has_value() || !report.error().message.empty());
  return 0;
}
