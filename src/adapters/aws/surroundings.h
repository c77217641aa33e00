// What credentials are looked for in: variables, files, programs, and services that answer over HTTP.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/aws/credentials.h"
#include "adapters/aws/profile.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/files.h"
#include "ports/http_client.h"
#include "ports/processes.h"

namespace sluice::aws {

/// References lend; the owner outlives whoever has a copy.
struct Surroundings {
  ports::HttpClient& http;
  ports::Files& files;
  ports::Processes& processes;
  const ports::Clock& clock;
  Variables variables;
  std::string region;  ///< Whose STS is asked.
  /// As Client::Options has them, between attempts to get credentials. A Client's are those of its options unless they
  /// are set here. Empty elsewhere: none is waited.
  std::function<Status(Milliseconds, const std::stop_token&)> pause = {};
  std::function<double()> chance = {};
};

/// Nothing: this source is not set up, the next is asked. An error: it is, and failed; nothing else is asked then.
using MaybeCredentials = Result<std::optional<Credentials>>;

/// A moment as the services write it: RFC 3339 with `Z` or an offset of zero. Error: InvalidInput.
Result<TimePoint> parse_expiry(std::string text);

/// JSON with `AccessKeyId`, `SecretAccessKey`, `Token` (or `SessionToken`) and `Expiration`, the form that metadata
/// services and `credential_process` share. `what` names the source in errors. Error: Failed, without a value of it.
Result<Credentials> credentials_of_json(const std::string& text, const std::string& what);

}  // namespace sluice::aws
