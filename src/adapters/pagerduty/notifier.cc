#include "adapters/pagerduty/notifier.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/utf8.h"

namespace sluice::pagerduty {
namespace {

namespace json = boost::json;

constexpr std::size_t kSummaryBytes = 1'024;  ///< Of the API; it counts characters.
constexpr std::size_t kTextBytes = 16'000;    ///< An event has 512 KB at most; people read less.
constexpr std::size_t kReasonBytes = 300;
constexpr std::size_t kRoutingKeyLength = 32;

std::string severity_of(const std::string& kind) {
  if (kind == "rollback_stuck") return "critical";
  return kind == "rolled_back" ? "error" : "warning";
}

/// `{"status": "invalid event", "message": "…", "errors": ["…"]}`
std::string reason_of(const std::string& body) {
  json::error_code failed;
  const json::value parsed = json::parse(body, failed);
  if (failed || !parsed.is_object()) return {};
  std::string reason;
  const json::value* message = parsed.get_object().if_contains("message");
  if (message != nullptr && message->is_string()) reason = message->get_string();
  const json::value* errors = parsed.get_object().if_contains("errors");
  for (std::size_t i = 0; errors != nullptr && errors->is_array() && i < errors->get_array().size(); ++i) {
    const json::value& error = errors->get_array()[i];
    if (error.is_string()) reason += (reason.empty() ? "" : "; ") + std::string(error.get_string());
  }
  return reason.empty() ? "" : " (" + valid_utf8(reason, kReasonBytes) + ")";
}

std::string without(std::string text, const Secret& secret) {
  const std::string& value = secret.reveal();
  for (std::size_t at = text.find(value); !value.empty() && at != std::string::npos; at = text.find(value)) {
    text.replace(at, value.size(), "***");
  }
  return text;
}

/// (https://developer.pagerduty.com/docs/events-api-v2/overview, "Response codes & retry logic")
Status judge(const ports::HttpResponse& response, const Secret& key) {
  const int status = response.status;
  if (status >= 200 && status < 300) return {};
  const std::string answer = fmt::format("{}{}", status, without(reason_of(response.body), key));
  if (status == 429) return Error{ErrorKind::Throttled, "PagerDuty takes no more events of this service now"};
  if (status >= 500) return Error{ErrorKind::Unavailable, "PagerDuty is out of order: " + answer};
  if (status == 401 || status == 403) {
    return Error{ErrorKind::Denied, fmt::format("PagerDuty refuses the event: {}; look at its routing key", answer)};
  }
  if (status == 404) {
    return Error{ErrorKind::NotFound,
                 fmt::format("nothing takes events there: {}; look at 'url', which is {} or {}", answer,
                             "https://events.pagerduty.com", "https://events.eu.pagerduty.com")};
  }
  return Error{ErrorKind::InvalidInput,
               fmt::format("PagerDuty does not take the event: {}; look at its routing key, which is of an integration "
                           "of the Events API v2",
                           answer)};
}

}  // namespace

std::string trigger_body(const Secret& routing_key, const ports::Message& message) {
  const ports::About& about = message.about;
  json::object payload{{"summary", valid_utf8(message.subject, kSummaryBytes)},
                       {"source", fmt::format("sluice {}/{}", about.project, about.environment)},
                       {"severity", severity_of(about.kind)},
                       {"component", about.service},
                       {"group", about.environment},
                       {"class", about.kind},
                       {"custom_details", json::object{{"what", valid_utf8(message.text, kTextBytes)},
                                                       {"deployment", about.incident},
                                                       {"revision", about.revision},
                                                       {"label", about.label},
                                                       {"image", about.image}}}};
  return json::serialize(json::object{{"routing_key", routing_key.reveal()},
                                      {"event_action", "trigger"},
                                      {"dedup_key", about.incident},
                                      {"client", "sluice"},
                                      {"payload", std::move(payload)}});
}

std::string resolve_body(const Secret& routing_key, const std::string& incident) {
  return json::serialize(
      json::object{{"routing_key", routing_key.reveal()}, {"event_action", "resolve"}, {"dedup_key", incident}});
}

Status Notifier::post(const rollout::PagerDutyService& service, const Secret& key, const std::string& body) {
  const ports::HttpRequest request{.method = "POST",
                                   .url = service.url + "/v2/enqueue",
                                   .headers = {{"Content-Type", "application/json"}},
                                   .body = body};
  const Result<ports::HttpResponse> response = http_.send(request, std::stop_token{});
  if (!response) return Error{response.error().kind, "the event to PagerDuty: " + response.error().message};
  return judge(*response, key);
}

Status Notifier::send(const ports::Recipient& to, const ports::Message& message) {
  const auto* service = std::get_if<rollout::PagerDutyService>(&to.place);
  if (service == nullptr) return Error{ErrorKind::InvalidInput, "this is no place in PagerDuty"};
  if (to.secret.reveal().size() != kRoutingKeyLength) {
    return Error{
        ErrorKind::InvalidInput,
        fmt::format("a routing key of PagerDuty has {} characters, this one {}: take that of an integration of "
                    "the Events API v2",
                    kRoutingKeyLength, to.secret.reveal().size())};
  }
  for (const std::string& incident : message.about.ended) {
    TRY(post(*service, to.secret, resolve_body(to.secret, incident)));
  }
  if (!message.about.ended.empty()) return {};
  return post(*service, to.secret, trigger_body(to.secret, message));
}

}  // namespace sluice::pagerduty
