#include "adapters/aws/surroundings.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws {
namespace json = boost::json;

Result<TimePoint> parse_expiry(std::string text) {
  for (const std::string_view zero : {"+00:00", "+0000"}) {
    if (text.ends_with(zero)) text = text.substr(0, text.size() - zero.size()) + "Z";
  }
  if (text.ends_with("UTC")) text = text.substr(0, text.size() - 3) + "Z";  // what the AWS CLI's cache once held
  return parse_rfc3339(text);
}

Result<Credentials> credentials_of_json(const std::string& text, const std::string& what) {
  json::error_code failed;
  const json::value parsed = json::parse(text, failed);
  if (failed || !parsed.is_object()) return Error{ErrorKind::Failed, what + " gave no JSON object"};
  const json::object& object = parsed.get_object();
  Credentials credentials{.access_key_id = text_member(object, "AccessKeyId"),
                          .secret_access_key = Secret(text_member(object, "SecretAccessKey")),
                          .source = what};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    const std::string said = text_member(object, "Message");
    return Error{ErrorKind::Failed, fmt::format("{} gave no AccessKeyId with a SecretAccessKey{}{}", what,
                                                said.empty() ? "" : ": ", said)};
  }
  std::string token = text_member(object, "Token");
  if (token.empty()) token = text_member(object, "SessionToken");
  credentials.session_token = Secret(std::move(token));
  if (const std::string expiry = text_member(object, "Expiration"); !expiry.empty()) {
    auto expires = parse_expiry(expiry);
    if (!expires) return with_context(std::move(expires), what + " gave an Expiration");
    credentials.expires = *expires;
  }
  return credentials;
}

}  // namespace sluice::aws
