#include "adapters/github/issues.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/utf8.h"

namespace sluice::github {
namespace {

namespace json = boost::json;

constexpr std::size_t kPageSize = 100;
constexpr std::size_t kReasonBytes = 200;
constexpr Milliseconds kTimeout{20'000};

/// `{"message": "Not Found", "documentation_url": "…"}`
std::string reason_of(const std::string& body) {
  json::error_code failed;
  const json::value parsed = json::parse(body, failed);
  const json::object* object = failed ? nullptr : parsed.if_object();
  const json::value* message = object == nullptr ? nullptr : object->if_contains("message");
  if (message == nullptr || !message->is_string()) return {};
  return " (" + valid_utf8(std::string(message->get_string()), kReasonBytes) + ")";
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
}

long number_of(const json::object& object) {
  const json::value* number = object.if_contains("number");
  return number != nullptr && number->is_int64() ? static_cast<long>(number->get_int64()) : 0;
}

/// GitHub takes whole seconds.
std::string to_the_second(TimePoint time) {
  return format_rfc3339(std::chrono::floor<std::chrono::seconds>(time)).substr(0, 19) + "Z";
}

}  // namespace

/// (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api, "Exceeding the rate limit";
/// https://docs.github.com/en/rest/issues/issues)
Status judge(const ports::HttpResponse& response, std::string_view what) {
  const int status = response.status;
  if (status >= 200 && status < 300) return {};
  const std::string answer = fmt::format("{}: GitHub answers {}{}", what, status, reason_of(response.body));
  const bool is_limited =
      status == 429 || (status == 403 && (ports::header_in(response.headers, "x-ratelimit-remaining") == "0" ||
                                          !ports::header_in(response.headers, "retry-after").empty()));
  if (is_limited) return Error{ErrorKind::Throttled, answer};
  if (status >= 500) return Error{ErrorKind::Unavailable, answer};
  if (status == 401 || status == 403) {
    return Error{ErrorKind::Denied, answer + "; the token must be allowed to read and write the repository's issues"};
  }
  if (status == 404) {
    return Error{ErrorKind::NotFound, answer + "; there is no such repository, or the token may not see it"};
  }
  if (status == 410) return Error{ErrorKind::NotFound, answer + "; the repository has its issues turned off"};
  if (status >= 300 && status < 400)
    return Error{ErrorKind::NotFound, answer + "; the repository has another name now"};
  return Error{ErrorKind::InvalidInput, answer};
}

Result<json::value> Issues::ask(const std::string& method, const std::string& path, const json::object* body) const {
  ports::HttpRequest request{.method = method,
                             .url = fmt::format("{}/repos/{}/issues{}", place_.api, place_.repository, path),
                             .headers = {{"Authorization", "Bearer " + place_.token.reveal()},
                                         {"Accept", "application/vnd.github+json"},
                                         {"X-GitHub-Api-Version", "2022-11-28"},
                                         {"User-Agent", "sluice"}},
                             .timeout = kTimeout};
  if (body != nullptr) {
    request.headers["Content-Type"] = "application/json";
    request.body = json::serialize(*body);
  }
  const std::string what = "issues of " + place_.repository;
  auto response = http_.send(request, std::stop_token{});
  if (!response) return with_context(std::move(response), what);
  TRY(judge(*response, what));
  json::error_code failed;
  json::value answer = json::parse(response->body, failed);
  if (failed) return Error{ErrorKind::Unavailable, what + ": what answers is not GitHub: no JSON"};
  return answer;
}

Result<std::vector<Issue>> Issues::list(Which which, TimePoint since) const {
  std::vector<Issue> issues;
  for (int page = 1; page <= kMostPages; ++page) {
    TRY_ASSIGN(const json::value answer,
               ask("GET",
                   fmt::format("?state={}&sort=created&direction=desc&per_page={}&page={}&since={}",
                               which == Which::Open ? "open" : "all", kPageSize, page, to_the_second(since)),
                   nullptr));
    if (!answer.is_array()) return Error{ErrorKind::Unavailable, "what answers is not GitHub: no list of issues"};
    for (const json::value& each : answer.get_array()) {
      const json::object* object = each.if_object();
      if (object == nullptr || object->contains("pull_request")) continue;
      issues.push_back({number_of(*object), text_of(*object, "body")});
    }
    if (answer.get_array().size() < kPageSize) break;
  }
  return issues;
}

Result<long> Issues::create(const std::string& title, const std::string& body) const {
  const json::object input{{"title", title}, {"body", body}};
  TRY_ASSIGN(const json::value answer, ask("POST", "", &input));
  return answer.is_object() ? number_of(answer.get_object()) : 0;
}

Result<std::vector<std::string>> Issues::comments(long issue) const {
  std::vector<std::string> texts;
  for (int page = 1; page <= kMostPages; ++page) {
    TRY_ASSIGN(const json::value answer,
               ask("GET", fmt::format("/{}/comments?per_page={}&page={}", issue, kPageSize, page), nullptr));
    if (!answer.is_array()) return Error{ErrorKind::Unavailable, "what answers is not GitHub: no list of comments"};
    for (const json::value& each : answer.get_array()) {
      if (each.is_object()) texts.push_back(text_of(each.get_object(), "body"));
    }
    if (answer.get_array().size() < kPageSize) break;
  }
  return texts;
}

Status Issues::comment(long issue, const std::string& body) const {
  const json::object input{{"body", body}};
  TRY(ask("POST", fmt::format("/{}/comments", issue), &input));
  return {};
}

}  // namespace sluice::github
