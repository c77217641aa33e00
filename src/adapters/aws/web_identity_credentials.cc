#include "adapters/aws/web_identity_credentials.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/sts.h"

namespace sluice::aws {
namespace {

constexpr Milliseconds kTimeout{10'000};

Result<Secret> token_in_file(ports::Files& files, const std::string& path) {
  TRY_ASSIGN(auto text, files.read(path));
  if (!text) return Error{ErrorKind::NotFound, fmt::format("there is no web identity token at {}", path)};
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  return Secret(std::move(*text));
}

Result<Secret> github_token(const Surroundings& around, const std::string& url, const std::string& request_token,
                            const std::stop_token& stop) {
  ports::HttpRequest request{
      .url = url + (url.find('?') == std::string::npos ? "?" : "&") + "audience=sts.amazonaws.com",
      .timeout = kTimeout};
  request.headers["authorization"] = "Bearer " + request_token;
  auto response = around.http.send(request, stop);
  if (!response) return with_context(std::move(response), "asking GitHub for an OIDC token");
  if (response->status != 200) {
    return Error{
        response->status == 401 || response->status == 403 ? ErrorKind::Denied : ErrorKind::Failed,
        fmt::format("GitHub answered {} when asked for an OIDC token; the job needs `permissions: id-token: write`",
                    response->status)};
  }
  boost::json::error_code failed;
  const boost::json::value answer = boost::json::parse(response->body, failed);
  const boost::json::value* value = failed ? nullptr : answer.find_pointer("/value", failed);
  if (value == nullptr || !value->is_string()) {
    return Error{ErrorKind::Failed, "GitHub's answer to a request for an OIDC token has no `value`"};
  }
  return Secret(std::string(value->get_string()));
}

}  // namespace

MaybeCredentials web_identity_credentials(const Surroundings& around, const std::stop_token& stop) {
  const std::string file = around.variables("AWS_WEB_IDENTITY_TOKEN_FILE").value_or("");
  if (file.empty()) return std::nullopt;
  const std::string role = around.variables("AWS_ROLE_ARN").value_or("");
  if (role.empty()) {
    return Error{ErrorKind::InvalidInput, "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not: set both"};
  }
  TRY_ASSIGN(auto credentials, web_identity_credentials(around, file, role,
                                                        around.variables("AWS_ROLE_SESSION_NAME").value_or(""), stop));
  return credentials;
}

Result<Credentials> web_identity_credentials(const Surroundings& around, const std::string& token_file,
                                             const std::string& role_arn, const std::string& session_name,
                                             const std::stop_token& stop) {
  TRY_ASSIGN(const Secret token, token_in_file(around.files, token_file));
  RoleToAssume role{.role_arn = role_arn};
  if (!session_name.empty()) role.session_name = session_name;
  return Sts(around).assume_role_with_web_identity(role, token, stop);
}

MaybeCredentials github_credentials(const Surroundings& around, const std::string& role_arn,
                                    const std::stop_token& stop) {
  const std::string url = around.variables("ACTIONS_ID_TOKEN_REQUEST_URL").value_or("");
  const std::string request_token = around.variables("ACTIONS_ID_TOKEN_REQUEST_TOKEN").value_or("");
  if (url.empty() || request_token.empty()) return std::nullopt;
  TRY_ASSIGN(const Secret token, github_token(around, url, request_token, stop));
  TRY_ASSIGN(auto credentials, Sts(around).assume_role_with_web_identity({.role_arn = role_arn}, token, stop));
  return credentials;
}

}  // namespace sluice::aws
