// Any text is a registry, of ECR or not; any text is a tag under the rules of a repository.
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "adapters/aws/ecr/registries.h"
#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace json = boost::json;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto address = sluice::aws::ecr::address_of(text)) {
    SLUICE_ASSERT(address->account.size() == 12);
    SLUICE_ASSERT(!address->region.empty() && address->region.find('/') == std::string::npos);
    SLUICE_ASSERT(address->prefix.empty() || address->prefix.back() == '/');
  }
  const std::size_t middle = text.find('\n');
  const std::string filter = text.substr(0, middle);
  json::object repository{{"imageTagMutability", "IMMUTABLE_WITH_EXCLUSION"}};
  repository["imageTagMutabilityExclusionFilters"] = json::array{json::object{{"filter", filter}}};
  const bool keeps =
      sluice::aws::ecr::keeps_tag(repository, middle == std::string::npos ? filter : text.substr(middle + 1));
  SLUICE_ASSERT(middle != std::string::npos || !keeps);  // a filter matches itself
  return 0;
}
