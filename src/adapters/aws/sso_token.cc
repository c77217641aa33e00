#include "adapters/aws/sso_token.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/wire_request.h"
#include "base/descriptor.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr Milliseconds kRenewAhead = 15min;
constexpr Milliseconds kTimeout{10'000};

Error must_log_in(const SsoSession& session, std::string_view why) {
  const std::string which = session.name.empty() ? std::string() : " --sso-session " + session.name;
  return {ErrorKind::Denied, fmt::format("{}: run `aws sso login{}`", why, which)};
}

/// Writes beside the file and renames: a reader sees the old or the new one, whole.
Status replace_file(const std::string& path, const std::string& text) {
  const auto problem = [&path] { return Error{ErrorKind::Unavailable, "cannot write the SSO token cache " + path}; };
  std::string beside = path + ".XXXXXX";
  const Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));  // mode 0600
  if (file.number() < 0) return problem();
  const bool written = ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(file.number()) == 0 && ::rename(beside.c_str(), path.c_str()) == 0;
  if (!written) {
    ::unlink(beside.c_str());
    return problem();
  }
  return {};
}

/// A new token by the refresh token of `cached`; nothing when that cannot be done.
std::optional<json::object> renewed(const Surroundings& around, const SsoSession& session, const json::object& cached,
                                    const std::stop_token& stop) {
  for (const char* needed : {"refreshToken", "clientId", "clientSecret", "registrationExpiresAt"}) {
    if (text_member(cached, needed).empty()) return std::nullopt;
  }
  const auto registration = parse_expiry(text_member(cached, "registrationExpiresAt"));
  if (!registration || *registration <= around.clock.now()) return std::nullopt;
  const auto service = find_service("sso-oidc");
  const auto endpoint = endpoint_of(**service, session.region, around.variables);
  if (!endpoint) return std::nullopt;
  const json::object input{{"grantType", "refresh_token"},
                           {"clientId", cached.at("clientId")},
                           {"clientSecret", cached.at("clientSecret")},
                           {"refreshToken", cached.at("refreshToken")}};
  const WireRequest wire = wire_request(**service, "CreateToken", input, {.method = "POST", .path = "/token"});
  const auto request = to_http(wire, {**service, *endpoint, session.region}, nullptr, around.clock.now(), kTimeout);
  const auto response = around.http.send(request, stop);
  if (!response || response->status != 200) return std::nullopt;
  json::error_code failed;
  const json::value answer = json::parse(response->body, failed);
  if (failed || !answer.is_object() || text_member(answer.get_object(), "accessToken").empty()) return std::nullopt;
  const json::value* seconds = answer.get_object().if_contains("expiresIn");
  if (seconds == nullptr || !seconds->is_int64()) return std::nullopt;
  json::object result = cached;
  result["accessToken"] = answer.at("accessToken");
  const TimePoint expires = around.clock.now() + std::chrono::seconds(seconds->get_int64());
  result["expiresAt"] = format_rfc3339(expires).substr(0, 19) + "Z";
  if (const std::string next = text_member(answer.get_object(), "refreshToken"); !next.empty()) {
    result["refreshToken"] = next;
  }
  return result;
}

}  // namespace

Result<Secret> sso_token(const Surroundings& around, const SsoSession& session, const std::stop_token& stop) {
  const std::string key = sha1_hex(session.name.empty() ? session.start_url : session.name);
  const std::string path = around.variables("HOME").value_or("") + "/.aws/sso/cache/" + key + ".json";
  TRY_ASSIGN(const auto text, around.files.read(path));
  if (!text) return must_log_in(session, "there is no SSO token in " + path);
  json::error_code failed;
  const json::value parsed = json::parse(*text, failed);
  if (failed || !parsed.is_object()) return must_log_in(session, path + " is no JSON object");
  const json::object& cached = parsed.get_object();
  const auto expires = parse_expiry(text_member(cached, "expiresAt"));
  if (!expires || text_member(cached, "accessToken").empty()) {
    return must_log_in(session, path + " holds no accessToken with its expiresAt");
  }
  if (*expires - around.clock.now() >= kRenewAhead) return Secret(text_member(cached, "accessToken"));
  if (const auto next = renewed(around, session, cached, stop)) {
    TRY(replace_file(path, json::serialize(*next)));
    return Secret(text_member(*next, "accessToken"));
  }
  if (*expires <= around.clock.now()) return must_log_in(session, "the SSO token has expired");
  return Secret(text_member(cached, "accessToken"));
}

}  // namespace sluice::aws
