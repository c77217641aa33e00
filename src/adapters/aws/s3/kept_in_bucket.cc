#include "adapters/aws/s3/kept_in_bucket.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::aws::s3 {

Status KeptInBucket::keep(const std::string& name, const std::string& line, std::string_view what) {
  TRY(holder_.may_act(true));
  Status kept = store_.replace("kept/" + name, line + "\n");
  if (!kept) return with_context(std::move(kept), fmt::format("cannot keep {}", what));
  return {};
}

Result<std::optional<std::string>> KeptInBucket::read(const std::string& name) {
  TRY_ASSIGN(auto object, store_.get("kept/" + name));
  if (!object) return std::optional<std::string>();
  return std::optional(std::move(object->bytes));
}

}  // namespace sluice::aws::s3
