// The forms of what is named elsewhere: secrets and parameters, topics, buses, repositories.
#include <algorithm>
#include <string>
#include <string_view>

#include "core/config/arn.h"
#include "core/config/form.h"

namespace sluice::config {
namespace {

using Problem = std::optional<std::string>;

constexpr std::size_t kLongestArn = 2048;

Problem not_of_this_form() { return std::string(); }

bool consists_of(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text, [&](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
}

/// The name in `arn:…:SERVICE:REGION:ACCOUNT:KINDNAME`; nothing when it is another ARN.
std::optional<std::string_view> name_in_arn(std::string_view text, std::string_view service, std::string_view kind) {
  const auto parts = arn_parts(text);
  const bool fine = !parts.empty() && text.size() <= kLongestArn && parts[kArnService] == service &&
                    !parts[kArnRegion].empty() && consists_of(parts[kArnRegion], "-") &&
                    parts[kArnAccount].size() == kAccountDigits && parts[kArnResource].starts_with(kind) &&
                    consists_of(parts[kArnPartition], "-");
  if (!fine) return std::nullopt;
  return parts[kArnResource].substr(kind.size());
}

/// Name of CreateSecret.
Problem check_secret_id(std::string_view text) {
  constexpr std::size_t kLongest = 512;
  constexpr std::size_t kSuffix = 7;  // that the ARN adds to the name
  std::string_view name = text;
  if (text.starts_with("arn:")) {
    const auto found = name_in_arn(text, "secretsmanager", "secret:");
    if (!found) return not_of_this_form();
    name = *found;
    if (name.find(':') != name.npos) return "it ends with a member or a version: 'key' names a member";
  }
  if (name.empty() || name.size() > kLongest + kSuffix || !consists_of(name, "/_+=.@-")) return not_of_this_form();
  return std::nullopt;
}

/// Name of PutParameter, with the version or label that GetParameter takes behind it.
Problem check_parameter(std::string_view text) {
  constexpr std::size_t kLongest = 1011;
  std::string_view name = text;
  if (text.starts_with("arn:")) {
    const auto found = name_in_arn(text, "ssm", "parameter/");
    if (!found) return not_of_this_form();
    name = *found;
  }
  if (name.empty() || name.size() > kLongest || !consists_of(name, "/_.-:")) return not_of_this_form();
  if (std::ranges::count(name, ':') > 1 || name.front() == ':' || name.back() == ':') return not_of_this_form();
  return std::nullopt;
}

/// Name of CreateTopic.
Problem check_topic(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  const auto name = name_in_arn(text, "sns", "");
  if (!name || name->empty() || name->size() > kLongest || !consists_of(*name, "_.-")) return not_of_this_form();
  return std::nullopt;
}

/// Name of CreateEventBus.
Problem check_event_bus(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  std::string_view name = text;
  if (text.starts_with("arn:")) {
    const auto found = name_in_arn(text, "events", "event-bus/");
    if (!found) return not_of_this_form();
    name = *found;
  }
  if (name.empty() || name.size() > kLongest || !consists_of(name, "/._-")) return not_of_this_form();
  return std::nullopt;
}

/// API_PutMetricData.html, Namespace; "Valid characters" of CloudWatch's concepts, the space left out.
Problem check_metric_namespace(std::string_view text) {
  constexpr std::size_t kLongest = 255;
  if (text.starts_with("AWS/")) return "AWS/ is for the metrics of AWS itself, which takes none from others there";
  if (text.empty() || text.size() > kLongest || text.front() == ':' || !consists_of(text, "._/#:-")) {
    return not_of_this_form();
  }
  return std::nullopt;
}

Problem check_repository(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos || slash == 0) return not_of_this_form();
  const std::string_view name = text.substr(slash + 1);
  const bool fine = consists_of(text.substr(0, slash), "-") && !name.empty() && consists_of(name, "-_.") &&
                    name != "." && name != "..";
  if (!fine) return not_of_this_form();
  return std::nullopt;
}

}  // namespace

namespace form {
const Form kSecretId{"secret_id", "the name of a secret of AWS Secrets Manager, or its ARN", "shop/model_key",
                     "^(arn:aws[a-zA-Z0-9-]*:secretsmanager:[a-zA-Z0-9-]+:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@-]+$",
                     check_secret_id};
const Form kParameter{
    "parameter", "the name of a parameter of AWS Systems Manager, or its ARN", "/shop/model_key",
    "^(arn:aws[a-zA-Z0-9-]*:ssm:[a-zA-Z0-9-]+:[0-9]{12}:parameter/)?[A-Za-z0-9/_.-]+(:[A-Za-z0-9/_.-]+)?$",
    check_parameter};
const Form kTopicArn{"topic_arn", "the ARN of an SNS topic", "arn:aws:sns:eu-west-1:123456789012:deployments",
                     "^arn:aws[a-zA-Z0-9-]*:sns:[a-zA-Z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$", check_topic};
const Form kEventBus{"event_bus", "the name of an event bus of Amazon EventBridge, or its ARN", "default",
                     "^(arn:aws[a-zA-Z0-9-]*:events:[a-zA-Z0-9-]+:[0-9]{12}:event-bus/)?[A-Za-z0-9/._-]+$",
                     check_event_bus};
const Form kMetricNamespace{"metric_namespace", "a namespace of CloudWatch", "Sluice",
                            "^[A-Za-z0-9._/#-][A-Za-z0-9._/#:-]*$", check_metric_namespace};
const Form kRepository{"repository", "a repository on GitHub as OWNER/NAME", "octo-org/shop",
                       "^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", check_repository};
}  // namespace form

}  // namespace sluice::config
