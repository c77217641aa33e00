// Any bytes are an AppSpec file or at least one error; a file keeps the promises that a deployment relies on.
#include "core/appspec/app_spec.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "core/config/form.h"

namespace {

using namespace sluice::appspec;

void check(const EcsService& service) {
  SLUICE_ASSERT(!service.container.empty() && service.terms.port >= 1 && service.terms.port <= 65535);
  SLUICE_ASSERT(service.terms.security_groups.empty() || !service.terms.subnets.empty());
  for (const auto& provider : service.terms.capacity_providers) {
    SLUICE_ASSERT(!provider.name.empty() && provider.base >= 0 && provider.weight >= 0);
  }
}

void check(const LambdaFunction& function) {
  SLUICE_ASSERT(!function.name.empty() && !function.alias.empty());
  SLUICE_ASSERT(!function.current_version.empty() && function.current_version != function.target_version);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = parse({reinterpret_cast<const char*>(data), size}, "appspec.yaml");
  SLUICE_ASSERT(parsed.spec.has_value() != has_errors(parsed.findings));
  if (!parsed.spec) return 0;
  std::visit([](const auto& resource) { check(resource); }, parsed.spec->resource);
  for (const Hook& hook : parsed.spec->hooks) {
    SLUICE_ASSERT(!sluice::config::form::kHookFunction.check(hook.function));
  }
  return 0;
}
