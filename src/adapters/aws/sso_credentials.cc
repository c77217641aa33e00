#include "adapters/aws/sso_credentials.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/credentials_call.h"
#include "adapters/aws/wire_request.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr Milliseconds kTimeout{10'000};

/// The same members as other sources have, under other names.
Result<Credentials> credentials_of(const std::string& body, const std::string& what) {
  json::error_code failed;
  const json::value parsed = json::parse(body, failed);
  const json::value* keys = failed ? nullptr : parsed.find_pointer("/roleCredentials", failed);
  if (keys == nullptr || !keys->is_object())
    return Error{ErrorKind::Failed, what + ": no roleCredentials in the answer"};
  json::object renamed;
  const json::object& given = keys->get_object();
  for (const auto& [theirs, ours] :
       {std::pair{"accessKeyId", "AccessKeyId"}, std::pair{"secretAccessKey", "SecretAccessKey"},
        std::pair{"sessionToken", "SessionToken"}}) {
    if (const json::value* value = given.if_contains(theirs)) renamed[ours] = *value;
  }
  TRY_ASSIGN(Credentials credentials, credentials_of_json(json::serialize(renamed), what));
  const json::value* expires = given.if_contains("expiration");
  if (expires != nullptr && expires->is_int64()) credentials.expires = TimePoint(Milliseconds(expires->get_int64()));
  return credentials;
}

}  // namespace

Result<Credentials> sso_credentials(const Surroundings& around, const SsoRole& role, const std::stop_token& stop) {
  TRY_ASSIGN(const Secret token, sso_token(around, role.session, stop));
  const std::string what = fmt::format("SSO role {} of account {}", role.role_name, role.account_id);
  TRY_ASSIGN(const Service* service, find_service("sso"));
  TRY_ASSIGN(const Endpoint endpoint, endpoint_of(*service, role.session.region, around.variables));
  RestParts rest{.path = "/federation/credentials"};
  rest.query = {{"role_name", role.role_name}, {"account_id", role.account_id}};
  rest.headers["x-amz-sso_bearer_token"] = token.reveal();
  const WireRequest wire = wire_request(*service, "GetRoleCredentials", {}, rest);
  const auto at = [&](TimePoint now) {
    return to_http(wire, {*service, endpoint, role.session.region}, nullptr, now, kTimeout);
  };
  TRY_ASSIGN(const ports::HttpResponse response, ask_for_credentials(around, at, what, stop));
  return credentials_of(response.body, what);
}

}  // namespace sluice::aws
