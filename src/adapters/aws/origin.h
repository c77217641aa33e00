// What sluice writes into the description of what it makes, where AWS keeps nothing else by which it could be found
// again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/rollout/service_key.h"

namespace sluice::aws {

struct Origin {
  rollout::ServiceKey service;
  std::string revision;
  std::string sha256;  ///< Of the content, in hexadecimal digits; empty: it has none.
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// `sluice chat/staging/api 01JD… sha256=12ab…`
std::string to_string(const Origin& origin);
/// Nothing of a description that is not of this form: what has it is somebody else's.
std::optional<Origin> parse_origin(std::string_view description);

}  // namespace sluice::aws
