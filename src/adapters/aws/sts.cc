#include "adapters/aws/sts.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/credentials_call.h"
#include "adapters/aws/wire_request.h"
#include "adapters/aws/xml_answer.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr Milliseconds kTimeout{10'000};

json::object input_of(const RoleToAssume& role) {
  json::object input{{"RoleArn", role.role_arn}, {"RoleSessionName", role.session_name}};
  if (!role.external_id.empty()) input["ExternalId"] = role.external_id;
  if (role.duration_seconds) input["DurationSeconds"] = *role.duration_seconds;
  return input;
}

}  // namespace

Result<Credentials> Sts::assume_role(const RoleToAssume& role, const Credentials& base,
                                     const std::stop_token& stop) const {
  return ask("AssumeRole", input_of(role), &base, role, stop);
}

Result<Credentials> Sts::assume_role_with_web_identity(const RoleToAssume& role, const Secret& token,
                                                       const std::stop_token& stop) const {
  json::object input = input_of(role);
  input["WebIdentityToken"] = token.reveal();
  return ask("AssumeRoleWithWebIdentity", input, nullptr, role, stop);
}

Result<Credentials> Sts::ask(const std::string& operation, const json::object& input, const Credentials* base,
                             const RoleToAssume& role, const std::stop_token& stop) const {
  const std::string what = fmt::format("sts {} of {}", operation, role.role_arn);
  TRY_ASSIGN(const Service* service, find_service("sts"));
  TRY_ASSIGN(const Endpoint endpoint, endpoint_of(*service, around_.region, around_.variables));
  const WireRequest request = wire_request(*service, operation, input, {});
  const auto signed_at = [&](TimePoint now) {
    return to_http(request, {*service, endpoint, around_.region}, base, now, kTimeout);
  };
  TRY_ASSIGN(const ports::HttpResponse response, ask_for_credentials(around_, signed_at, what, stop));
  auto answer = answer_of_xml(response.body, operation);
  if (!answer) return with_context(std::move(answer), what);
  json::error_code failed;
  const json::value* keys = answer->find_pointer("/Credentials", failed);
  if (keys == nullptr) return Error{ErrorKind::Failed, what + ": the answer has no Credentials"};
  return credentials_of_json(json::serialize(*keys), what);
}

}  // namespace sluice::aws
