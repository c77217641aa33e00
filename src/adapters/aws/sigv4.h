// AWS Signature Version 4 in request headers, as a pure function.
// Rules: "Create a signed AWS API request" in AWS's IAM user guide (reference_sigv-create-signed-request); checked with
// AWS's own test suite (tests/data/aws-sigv4).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/credentials.h"
#include "adapters/aws/uri_encoding.h"
#include "base/time.h"

namespace sluice::aws {

/// Any names, in the order of the request; a name may occur more than once.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct RequestToSign {
  std::string method = "POST";
  std::string path = "/";  ///< As it goes on the wire: percent-encoded once.
  QueryPairs query;        ///< Goes on the wire as `canonical_query` writes it.
  HeaderList headers;      ///< All are signed; `host` must be among them, `x-amz-date` must not.
  std::string body;
};

struct SigningScope {
  std::string region;   ///< `eu-west-1`
  std::string service;  ///< The signing name: `ecs`, `elasticloadbalancing`.
};

enum class PathEncoding {
  Twice,  ///< Every service but S3: the signature sees the wire's path encoded again, `.` and `//` resolved.
  Once,   ///< S3: as on the wire.
};

struct SigningRules {
  PathEncoding path = PathEncoding::Twice;
  bool normalize_path = true;      ///< Resolves `.`, `..` and `//` in the path (S3 does not; false for it).
  bool body_hash_header = false;   ///< Sends `x-amz-content-sha256`; S3 wants it.
  bool sign_session_token = true;  ///< False only for services that want the token added after signing.
};

struct Signed {
  /// What must be sent besides the request's own headers, names in lower case: `x-amz-date`, `authorization`, and where
  /// there are such, `x-amz-security-token` and `x-amz-content-sha256`.
  HeaderList headers;
  std::string canonical_request;  ///< For tests, and for explaining a refused signature.
  std::string string_to_sign;
};

/// `at` is the moment of signing; AWS takes it for 5 minutes around its own clock.
Signed sign(const RequestToSign& request, const Credentials& credentials, const SigningScope& scope, TimePoint at,
            const SigningRules& rules = {});

/// The query of an address with which whoever has it can make this one request to S3 until `lifetime` is over or the
/// credentials end, with any body ("Authenticating Requests: Using Query Parameters" of S3's API reference). Of
/// `request` the method, the path, a query and the header `host` count; all of them must be sent so. `lifetime`: a
/// second to seven days.
std::string presigned_query(const RequestToSign& request, const Credentials& credentials, const SigningScope& scope,
                            TimePoint at, Milliseconds lifetime);

/// `20150830T123600Z`
std::string format_amz_date(TimePoint at);

}  // namespace sluice::aws
