#include "adapters/slack/notifier.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "adapters/slack/payload.h"

namespace sluice::slack {
namespace {

/// The first word of Slack's answer, e.g. `channel_is_archived`; nothing where it is no such word.
std::string reason_of(const std::string& body) {
  constexpr std::size_t kLongest = 60;
  const std::size_t end = body.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  const std::string word = body.substr(0, end);
  return word.empty() || word.size() > kLongest ? "" : " (" + word + ")";
}

std::string pause_of(const ports::HttpResponse& response) {
  const std::string after = ports::header_in(response.headers, "retry-after");
  const bool is_number =
      !after.empty() && after.size() < 9 && after.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? fmt::format(": it asks to wait {} s", after) : "";
}

/// What Slack's status means. (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks)
Status judge(const ports::HttpResponse& response) {
  const int status = response.status;
  const std::string answer = fmt::format("{}{}", status, reason_of(response.body));
  if (status >= 200 && status < 300) return {};
  if (status == 429) return Error{ErrorKind::Throttled, "Slack takes no more messages now" + pause_of(response)};
  if (status == 401 || status == 403) {
    return Error{ErrorKind::Denied,
                 fmt::format("Slack refuses the message: {}; look at the webhook's permissions", answer)};
  }
  if (status == 404 || status == 410) {
    return Error{ErrorKind::NotFound,
                 fmt::format("the Slack webhook or its channel is gone: {}; make a new webhook", answer)};
  }
  if (status >= 500) return Error{ErrorKind::Unavailable, fmt::format("Slack is out of order: {}", answer)};
  if (status < 200 || status >= 400) {
    return Error{ErrorKind::InvalidInput, fmt::format("Slack does not take the message: {}", answer)};
  }
  return Error{ErrorKind::InvalidInput,
               fmt::format("the Slack webhook's address answers {}: is it the whole address of a webhook?", answer)};
}

/// The client's message may quote the address, which is a secret.
Error without_address(const Error& error) {
  switch (error.kind) {
    case ErrorKind::TimedOut: return {error.kind, "Slack did not answer in time"};
    case ErrorKind::UnknownOutcome: return {error.kind, "Slack's answer was lost: the message may have arrived"};
    case ErrorKind::Unavailable: return {error.kind, "Slack cannot be reached"};
    case ErrorKind::InvalidInput: return {error.kind, "the Slack webhook is no address that can be asked"};
    default: return {error.kind, fmt::format("the message to Slack failed ({})", to_string(error.kind))};
  }
}

}  // namespace

Status Notifier::send(const ports::Recipient& to, const ports::Message& message) {
  const std::string& url = to.secret.reveal();
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    return Error{ErrorKind::InvalidInput, "the Slack webhook must be an address that starts with https://"};
  }
  const ports::HttpRequest request{.method = "POST",
                                   .url = url,
                                   .headers = {{"Content-Type", "application/json; charset=utf-8"}},
                                   .body = payload(message)};
  const Result<ports::HttpResponse> response = http_.send(request, std::stop_token{});
  if (!response) return without_address(response.error());
  return judge(*response);
}

}  // namespace sluice::slack
