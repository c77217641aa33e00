// Keys for AWS, and where they came from.
#pragma once

#include <optional>
#include <string>

#include "base/secret.h"
#include "base/time.h"

namespace sluice::aws {

struct Credentials {
  std::string access_key_id;  ///< No secret: it is in every signed request.
  Secret secret_access_key;
  Secret session_token;              ///< Empty for the keys of an IAM user.
  std::optional<TimePoint> expires;  ///< Nothing: they do not.
  std::string source;                ///< For people: `the environment`, `profile staging`, `instance metadata`.
};

}  // namespace sluice::aws
