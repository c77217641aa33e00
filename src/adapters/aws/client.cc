#include "adapters/aws/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "adapters/aws/http_date.h"
#include "adapters/aws/repeats.h"
#include "adapters/aws/sigv4.h"
#include "adapters/aws/xml_answer.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

Result<json::value> parse_answer(const Service& service, const Call& call, const std::string& body) {
  if (service.protocol == Protocol::Query) return answer_of_xml(body, call.operation);
  if (body.empty()) return json::value(json::object{});
  json::error_code failed;
  json::value answer = json::parse(body, failed);
  if (!failed) return answer;
  return Error{ErrorKind::Failed, fmt::format("the answer is no JSON: {}", parse_error_answer(0, {}, body).message)};
}

/// As IAM names it. API Gateway's actions are those of HTTP, on paths.
std::string permission_for(const Call& call) {
  if (call.service == "elbv2") return "elasticloadbalancing:" + call.operation;
  if (call.service == "amp") return "aps:" + call.operation;
  if (call.operation == "Invoke") return "lambda:InvokeFunction";
  if (!call.service.starts_with("apigateway")) return fmt::format("{}:{}", call.service, call.operation);
  const std::string& path = call.rest.path;
  return fmt::format("apigateway:{} on {}", call.rest.method, path.starts_with("/v2") ? path.substr(3) : path);
}

bool may_be_repeated(Repeat repeat, bool did_nothing) {
  switch (repeat) {
    case Repeat::Safe: return true;
    case Repeat::ByCaller: return false;
    case Repeat::Never: return did_nothing;
  }
  std::unreachable();
}

std::string next_step(const Call& call, ErrorKind kind, const ErrorAnswer& refusal, const Credentials* credentials) {
  if (is_about_a_quota(refusal)) {
    const std::string lasting = is_throttling(refusal) ? "; where that lasts, " : "; ";
    return lasting +
           "a quota of the account is reached: delete what is not needed any more, or have it raised in Service "
           "Quotas, and begin again";
  }
  if (kind != ErrorKind::Denied || credentials == nullptr) return {};
  return fmt::format("; allow {} to the keys in use ({})", permission_for(call), credentials->source);
}

}  // namespace

/// What one attempt brought: an answer, a refusal, or none.
struct Client::Attempt {
  ports::HttpResponse response;
  std::optional<ErrorAnswer> refusal;
  std::optional<Error> lost;  ///< No answer.
  Credentials credentials;

  bool worked() const { return !refusal && !lost; }
  /// The call was not carried out, for sure.
  bool did_nothing() const {
    if (lost) return lost->kind == ErrorKind::Unavailable;
    return !is_transient(*refusal) || is_throttling(*refusal);
  }
  bool may_pass_later() const {
    if (lost) {
      return lost->kind == ErrorKind::Unavailable || lost->kind == ErrorKind::TimedOut ||
             lost->kind == ErrorKind::UnknownOutcome;
    }
    return is_transient(*refusal) || is_throttling(*refusal);
  }
  int cost() const {
    return lost && lost->kind == ErrorKind::TimedOut ? CallBudget::kTimeoutCost : CallBudget::kRepeatCost;
  }

  Error error(const Call& call) const {
    const std::string what =
        fmt::format("{} {}{}{}", call.service, call.operation, call.resource.empty() ? "" : " of ", call.resource);
    const bool unknown = call.repeat == Repeat::Never && !did_nothing();
    const std::string look = unknown ? "; it may have been carried out: what is there now decides" : "";
    if (lost) {
      const bool is_read = lost->kind == ErrorKind::UnknownOutcome && call.repeat != Repeat::Never;
      const ErrorKind kind = unknown ? ErrorKind::UnknownOutcome : is_read ? ErrorKind::Unavailable : lost->kind;
      return {kind, fmt::format("{}: {}{}", what, lost->message, look)};
    }
    const ErrorKind kind = unknown ? ErrorKind::UnknownOutcome : kind_of(*refusal);
    const std::string code = refusal->code.empty() ? fmt::format("HTTP {}", refusal->status) : refusal->code;
    const std::string id = refusal->request_id.empty() ? "" : fmt::format(" (request {})", refusal->request_id);
    return {kind, fmt::format("{}: {}: {}{}{}{}", what, code, refusal->message, id,
                              next_step(call, kind, *refusal, &credentials), look)};
  }
};

Result<std::unique_ptr<Client>> Client::create(Options options, Surroundings around) {
  TRY(partition_of(options.region));
  around.region = options.region;
  TRY_ASSIGN(const Profiles profiles, Profiles::load(around.files, around.variables));
  TRY_ASSIGN(around.variables, with_endpoints_of_profile(around.variables, profiles));
  if (!around.pause) around.pause = options.pause;
  if (!around.chance) around.chance = options.chance;
  return std::unique_ptr<Client>(new Client(std::move(options), std::move(around)));
}

Result<Client::Attempt> Client::attempt(const Call& call, const Service& service, const WireRequest& request,
                                        std::stop_token stop) {
  if (options_.may_call) TRY(options_.may_call(call));
  TRY_ASSIGN(const Endpoint endpoint, endpoint_of(service, options_.region, around_.variables, call.host));
  Attempt result;
  auto credentials = credentials_.get(stop);
  if (!credentials) {
    // That something was not found is AWS's to say.
    const ErrorKind kind = credentials.error().kind;
    return Error{kind == ErrorKind::NotFound ? ErrorKind::Denied : kind, credentials.error().message};
  }
  result.credentials = *std::move(credentials);
  const CallBudget::Turn turn = budget_.enter(call.priority, options_.pause, stop);
  const auto http = to_http(request, {service, endpoint, options_.region}, &result.credentials, now(), call.timeout);
  auto response = around_.http.send(http, stop);
  if (options_.on_attempt) options_.on_attempt(call, response ? response->status : 0);
  if (!response) {
    result.lost = std::move(response.error());
    return result;
  }
  result.response = std::move(*response);
  if (result.response.status / 100 != 2) {
    result.refusal = parse_error_answer(result.response.status, result.response.headers, result.response.body);
  }
  return result;
}

/// True when the answer's date is far from ours: from now on AWS's clock counts.
bool Client::adopts_clock(const ports::HttpResponse& response) {
  const auto ahead = clock_of_service_ahead(response, now());
  if (!ahead) return false;
  clock_offset_ += ahead->count();
  return true;
}

Result<json::value> Client::call(const Call& call, const json::object& input, std::stop_token stop) {
  TRY_ASSIGN(const Service* service, find_service(call.service));
  TRY_ASSIGN(const ports::HttpResponse response, exchange(call, input, std::move(stop)));
  auto answer = parse_answer(*service, call, response.body);
  if (!answer) return with_context(std::move(answer), fmt::format("{} {}", call.service, call.operation));
  return answer;
}

Result<json::object> Client::ask(const Call& call, const json::object& input, std::stop_token stop) {
  TRY_ASSIGN(json::value answer, this->call(call, input, std::move(stop)));
  if (answer.is_object()) return std::move(answer.get_object());
  return Error{ErrorKind::Failed, fmt::format("{} {}: the answer is no object", call.service, call.operation)};
}

Result<std::string> Client::presigned(const Call& call, Milliseconds lifetime, std::stop_token stop) {
  TRY_ASSIGN(const Service* service, find_service(call.service));
  TRY_ASSIGN(const Endpoint endpoint, endpoint_of(*service, options_.region, around_.variables));
  TRY_ASSIGN(const Credentials credentials, credentials_.get(stop));
  const RequestToSign request{.method = call.rest.method,
                              .path = endpoint.prefix + call.rest.path,
                              .query = {},
                              .headers = {{"host", endpoint.host}},
                              .body = {}};
  const SigningScope scope{options_.region, std::string(service->signing_name)};
  return endpoint.base + request.path + "?" + presigned_query(request, credentials, scope, now(), lifetime);
}

Result<ports::HttpResponse> Client::exchange(const Call& call, const json::object& input, std::stop_token stop) {
  TRY_ASSIGN(const Service* service, find_service(call.service));
  const WireRequest request = wire_request(*service, call.operation, input, call.rest);
  bool clock_was_adopted = false;
  bool was_renewed = false;
  int cost = 0;
  for (int repeats = 0;;) {
    auto tried = attempt(call, *service, request, stop);
    if (!tried) return with_context(std::move(tried), fmt::format("{} {}", call.service, call.operation));
    if (tried->worked()) {
      budget_.give_back(cost);
      return std::move(tried->response);
    }
    if (tried->refusal && is_about_expiry(*tried->refusal) && !std::exchange(was_renewed, true)) {
      credentials_.expired(tried->credentials);
      continue;
    }
    if (tried->refusal && is_about_the_clock(*tried->refusal) && !clock_was_adopted) {
      clock_was_adopted = true;
      if (adopts_clock(tried->response)) continue;
    }
    const bool may_repeat = tried->may_pass_later() && may_be_repeated(call.repeat, tried->did_nothing());
    if (!may_repeat || repeats + 1 >= kCallAttempts || !budget_.take(call.priority, tried->cost()))
      return tried->error(call);
    cost = tried->cost();
    if (!options_.pause(pause_before_repeat(repeats++, options_.chance()), stop)) return tried->error(call);
  }
}

}  // namespace sluice::aws
