#include "adapters/aws/environment_credentials.h"

#include <fmt/format.h>

namespace sluice::aws {

MaybeCredentials environment_credentials(const Variables& variables) {
  const std::string id = variables("AWS_ACCESS_KEY_ID").value_or("");
  const std::string key = variables("AWS_SECRET_ACCESS_KEY").value_or("");
  if (id.empty() && key.empty()) return std::nullopt;
  if (id.empty() || key.empty()) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} is set and {} is not: set both, or neither",
                                                      id.empty() ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
                                                      id.empty() ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY")};
  }
  return Credentials{.access_key_id = id,
                     .secret_access_key = Secret(key),
                     .session_token = Secret(variables("AWS_SESSION_TOKEN").value_or("")),
                     .source = "the environment"};
}

}  // namespace sluice::aws
