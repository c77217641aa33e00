#include "adapters/aws/error_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <pugixml.hpp>

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr std::size_t kShown = 300;

/// `com.amazonaws.ecs#ClientException` and `ClientException:http://…` are both `ClientException`.
std::string bare_code(std::string code) {
  code = code.substr(code.rfind('#') == std::string::npos ? 0 : code.rfind('#') + 1);
  return code.substr(0, code.find(':'));
}

std::string text_member(const json::object& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const json::value* member = object.if_contains(name);
    if (member != nullptr && member->is_string()) return std::string(member->get_string());
  }
  return {};
}

bool read_json(std::string_view body, ErrorAnswer& answer) {
  json::error_code failed;
  const json::value parsed = json::parse(body, failed);
  if (failed || !parsed.is_object()) return false;
  const json::object& object = parsed.get_object();
  if (text_member(object, {"status"}) == "error" && object.contains("errorType")) {
    // "Format overview" of Prometheus' HTTP API, which a workspace of Amazon's speaks, too.
    answer.code = text_member(object, {"errorType"});
    answer.message = text_member(object, {"error"});
    return true;
  }
  if (answer.code.empty()) answer.code = bare_code(text_member(object, {"__type", "code", "Code", "error"}));
  answer.message = text_member(object, {"message", "Message", "errorMessage", "error_description"});
  return !answer.code.empty() || !answer.message.empty();
}

/// `<ErrorResponse><Error>…`, `<Response><Errors><Error>…` and S3's `<Error>…`.
bool read_xml(std::string_view body, ErrorAnswer& answer) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return false;
  const pugi::xml_node root = document.document_element();
  pugi::xml_node error = std::string_view(root.name()) == "Error" ? root : root.child("Error");
  if (error.empty()) error = root.child("Errors").child("Error");
  if (error.empty() || error.child("Code").empty()) return false;
  answer.code = error.child("Code").text().get();
  answer.message = error.child("Message").text().get();
  for (const pugi::xml_node place : {root, error}) {
    if (answer.request_id.empty()) answer.request_id = place.child("RequestId").text().get();
  }
  return true;
}

/// Of a page: its title, else its text without marks, shortened, on one line.
std::string plain_text(std::string_view body) {
  const std::size_t title = body.find("<title>");
  if (title != std::string_view::npos) {
    const std::size_t end = body.find("</title>", title);
    if (end != std::string_view::npos) return std::string(body.substr(title + 7, std::min(end - title - 7, kShown)));
  }
  std::string text;
  bool in_mark = false;
  for (const char c : body.substr(0, 8 * kShown)) {
    if (c == '<') in_mark = true;
    const bool is_space = c == '\n' || c == '\r' || c == '\t' || c == ' ' || in_mark;
    if (!is_space) text += c;
    if (is_space && !text.empty() && text.back() != ' ') text += ' ';
    if (c == '>') in_mark = false;
    if (text.size() >= kShown) break;
  }
  return text;
}

template <std::size_t N>
bool is_one_of(const std::string& code, const std::array<std::string_view, N>& codes) {
  return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

ErrorAnswer parse_error_answer(int status, const ports::HttpHeaders& headers, std::string_view body) {
  ErrorAnswer answer{.status = status, .code = bare_code(ports::header_in(headers, "x-amzn-errortype"))};
  answer.request_id = ports::header_in(headers, "x-amzn-requestid");
  if (answer.request_id.empty()) answer.request_id = ports::header_in(headers, "x-amz-request-id");
  if (read_json(body, answer) || read_xml(body, answer)) return answer;
  answer.message = plain_text(body);
  if (answer.message.empty()) answer.message = "nothing";
  if (answer.code.empty()) answer.message = fmt::format("what answers is no AWS service: {}", answer.message);
  return answer;
}

bool is_throttling(const ErrorAnswer& answer) {
  // botocore's standard retry mode has the same codes.
  static constexpr std::array<std::string_view, 14> kCodes = {"Throttling",
                                                              "ThrottlingException",
                                                              "ThrottledException",
                                                              "RequestThrottledException",
                                                              "TooManyRequestsException",
                                                              "ProvisionedThroughputExceededException",
                                                              "TransactionInProgressException",
                                                              "RequestLimitExceeded",
                                                              "BandwidthLimitExceeded",
                                                              "RequestThrottled",
                                                              "SlowDown",
                                                              "PriorRequestNotComplete",
                                                              "EC2ThrottledException",
                                                              "ThrottlingError"};
  static constexpr std::array<std::string_view, 2> kOvertaken = {"ConditionalRequestConflict", "OperationAborted"};
  // ECS says so of RegisterTaskDefinition, whose family somebody else registers a revision of at the same time: nothing
  // was registered (hashicorp/terraform-provider-aws#9777). Of its other errors ClientException is the caller's fault.
  const bool is_crowded =
      answer.code == "ClientException" && answer.message.find("Too many concurrent attempts") != std::string::npos;
  // S3 refuses a conditional write so while another of the same object is under way: this one was not carried out, and
  // whether the other one will be is not known ("Conditional write behavior" of its user guide).
  const bool is_overtaken = answer.status == 409 && is_one_of(answer.code, kOvertaken);
  return is_one_of(answer.code, kCodes) || answer.status == 429 || is_crowded || is_overtaken;
}

bool is_transient(const ErrorAnswer& answer) {
  // "Common errors" of AWS's API references: these come with 500 or 503; a proxy on the way may change that.
  static constexpr std::array<std::string_view, 9> kCodes = {
      "RequestTimeout",  "RequestTimeoutException", "InternalError",
      "InternalFailure", "InternalServerError",     "InternalServiceError",
      "ServerException", "ServiceUnavailable",      "ServiceUnavailableException"};
  static constexpr std::array<int, 4> kStatuses = {500, 502, 503, 504};
  return is_one_of(answer.code, kCodes) || std::ranges::find(kStatuses, answer.status) != kStatuses.end();
}

bool is_about_the_clock(const ErrorAnswer& answer) {
  static constexpr std::array<std::string_view, 6> kCodes = {"RequestTimeTooSkewed",      "RequestExpired",
                                                             "InvalidSignatureException", "RequestInTheFuture",
                                                             "SignatureDoesNotMatch",     "AuthFailure"};
  return is_one_of(answer.code, kCodes);
}

bool is_about_expiry(const ErrorAnswer& answer) {
  static constexpr std::array<std::string_view, 4> kCodes = {"ExpiredToken", "ExpiredTokenException",
                                                             "TokenRefreshRequired", "ExpiredTokenError"};
  return is_one_of(answer.code, kCodes);
}

bool is_about_a_quota(const ErrorAnswer& answer) {
  const auto has = [&answer](std::string_view part) { return answer.code.find(part) != std::string::npos; };
  // API Gateway has one code and 429 for both, and says of it "the request exceeded the rate limit": it is repeated.
  if (is_throttling(answer) && answer.code != "LimitExceededException") return false;
  return has("LimitExceeded") || has("QuotaExceeded") || has("StorageExceeded") || answer.code.starts_with("TooMany");
}

ErrorKind kind_of(const ErrorAnswer& answer) {
  static constexpr std::array<std::string_view, 6> kDenied = {
      "UnrecognizedClientException", "InvalidClientTokenId",  "UnauthorizedOperation",
      "InvalidSignatureException",   "SignatureDoesNotMatch", "MissingAuthenticationToken"};
  const std::string& code = answer.code;
  const auto has = [&code](std::string_view part) { return code.find(part) != std::string::npos; };
  if (is_throttling(answer)) return ErrorKind::Throttled;
  if (is_transient(answer)) return ErrorKind::Unavailable;
  if (is_about_expiry(answer) || is_one_of(code, kDenied) || has("AccessDenied") || has("NotAuthorized")) {
    return ErrorKind::Denied;
  }
  if (has("NotFound") || has("NoSuch") || has("DoesNotExist")) return ErrorKind::NotFound;
  if (has("Conflict") || has("InUse") || has("PreconditionFailed")) return ErrorKind::Conflict;
  switch (answer.status) {
    case 401:
    case 403: return ErrorKind::Denied;
    case 404: return ErrorKind::NotFound;
    case 409:
    case 412: return ErrorKind::Conflict;
    default: return answer.status >= 400 && answer.status < 500 ? ErrorKind::InvalidInput : ErrorKind::Failed;
  }
}

}  // namespace sluice::aws
