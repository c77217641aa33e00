#include "core/config/form.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "base/weight.h"
#include "core/analysis/alarm.h"
#include "core/config/arn.h"

namespace sluice::config {
namespace {

using Problem = std::optional<std::string>;
constexpr std::size_t kLongestName = 40;
constexpr std::string_view kTimesBlue = "x blue";
constexpr std::string_view kTimesBefore = "x before";
constexpr double kLeastTimesBlue = 1;
constexpr double kMostTimesBlue = 1000;

/// The form's own `what` and `example` say it all.
Problem not_of_this_form() { return std::string(); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

bool consists_of(std::string_view text, std::string_view others, bool (*also)(char) = nullptr) {
  return std::ranges::all_of(text, [&](char c) {
    return is_digit(c) || is_letter(c) || others.find(c) != std::string_view::npos || (also != nullptr && also(c));
  });
}

/// The length of `digits[.digits]` at the start of the text; 0 when there is none.
std::size_t decimal_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at == 0 || at == text.size() || text[at] != '.') return at;
  std::size_t end = at + 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end == at + 1 ? 0 : end;
}

std::string_view unit_of(std::string_view text) { return text.substr(decimal_length(text)); }

std::optional<int> whole_number(std::string_view text) {
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size() || text.empty() || !is_digit(text.front()))
    return std::nullopt;
  return number;
}

Problem check_text(std::string_view text) {
  if (text.empty()) return not_of_this_form();
  return std::nullopt;
}

Problem check_name_of(std::string_view text, std::string_view others) {
  const bool starts_well = !text.empty() && (is_digit(text.front()) || is_lower(text.front()));
  const bool goes_on_well = std::ranges::all_of(
      text, [&](char c) { return is_digit(c) || is_lower(c) || others.find(c) != std::string_view::npos; });
  if (!starts_well || !goes_on_well) return not_of_this_form();
  if (text.size() > kLongestName) return fmt::format("it has {} characters, {} at most", text.size(), kLongestName);
  return std::nullopt;
}
Problem check_name(std::string_view text) { return check_name_of(text, "-"); }
Problem check_alarm_name(std::string_view text) { return check_name_of(text, "-_"); }

Problem check_variable(std::string_view text) {
  if (text.empty() || is_digit(text.front()) || !consists_of(text, "_")) return not_of_this_form();
  return std::nullopt;
}

Problem check_duration(std::string_view text) {
  constexpr std::array<std::string_view, 5> kUnits{"ms", "s", "m", "h", "d"};
  if (decimal_length(text) == 0 || std::ranges::find(kUnits, unit_of(text)) == kUnits.end()) return not_of_this_form();
  if (!parse_duration(text)) return "it is longer than 10 years";
  return std::nullopt;
}

Problem check_weight(std::string_view text) {
  if (decimal_length(text) == 0 || unit_of(text) != "%") return not_of_this_form();
  const Result<Weight> weight = Weight::parse(text);
  if (!weight) return weight.error().message;
  return std::nullopt;
}

Problem check_share(std::string_view text) {
  if (decimal_length(text) == 0 || unit_of(text) != "%") return not_of_this_form();
  constexpr std::size_t kLongestShare = 18;
  if (text.size() > kLongestShare) return "it has too many digits";
  if (parse_share(text) > 1) return "it is more than 100%";
  return std::nullopt;
}

Problem check_factor(std::string_view text) {
  constexpr std::size_t kLongestFactor = 18;
  if (decimal_length(text) == 0 || unit_of(text) != "x") return not_of_this_form();
  if (text.size() > kLongestFactor) return "it has too many digits";
  return std::nullopt;
}

Problem check_threshold(std::string_view text) {
  const std::string_view unit = unit_of(text);
  if (decimal_length(text) == 0) return not_of_this_form();
  if (unit == "%") return check_share(text);
  if (unit != kTimesBlue && unit != kTimesBefore) return check_duration(text);
  const double factor = parse_factor(text);
  if (factor < kLeastTimesBlue || factor > kMostTimesBlue) {
    return fmt::format("BLUE's figure is multiplied by {} to {}", kLeastTimesBlue, kMostTimesBlue);
  }
  return std::nullopt;
}

Problem check_size(std::string_view text) {
  const std::string_view unit = unit_of(text);
  if (decimal_length(text) == 0 || unit.size() != 1 || std::string_view("kmg").find(unit.front()) == unit.npos) {
    return not_of_this_form();
  }
  constexpr long kLeast = 6L << 20;  // below it containers do not even start
  constexpr long kMost = 1L << 50;
  const long bytes = parse_size(text);
  if (bytes < kLeast || bytes > kMost) return "it must lie between 6m and 1048576g";
  return std::nullopt;
}

Problem check_datapoints(std::string_view text) {
  const std::size_t of = text.find(" of ");
  if (of == text.npos) return not_of_this_form();
  const auto some = whole_number(text.substr(0, of));
  const auto all = whole_number(text.substr(of + 4));
  if (!some || !all || text.starts_with('0') || text.substr(of + 4).starts_with('0')) return not_of_this_form();
  if (*some > *all) return fmt::format("{} of {} periods is more than there are", *some, *all);
  if (*all > analysis::kMostPeriods) return fmt::format("an alarm looks at {} periods at most", analysis::kMostPeriods);
  return std::nullopt;
}

Problem check_path(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
  if (!text.starts_with('/') || !printable) return not_of_this_form();
  return std::nullopt;
}

Problem check_route_path(std::string_view text) {
  if (!text.starts_with('/') || !consists_of(text, "._~/%-")) return not_of_this_form();
  return std::nullopt;
}

Problem check_host(std::string_view text) {
  constexpr std::size_t kLongestHost = 253;
  constexpr std::size_t kLongestLabel = 63;
  if (text.empty()) return not_of_this_form();
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    const std::string_view label = text.substr(begin, end - begin);
    const bool fine = !label.empty() && !label.starts_with('-') && !label.ends_with('-') &&
                      std::ranges::all_of(label, [](char c) { return is_digit(c) || is_lower(c) || c == '-'; });
    if (!fine) return not_of_this_form();
    if (label.size() > kLongestLabel) return fmt::format("a part of it is longer than {}", kLongestLabel);
    begin = end + 1;
  }
  if (text.size() > kLongestHost) return fmt::format("it is longer than {}", kLongestHost);
  return std::nullopt;
}

Problem check_url(std::string_view text) {
  const std::string_view rest = text.starts_with("http://")    ? text.substr(7)
                                : text.starts_with("https://") ? text.substr(8)
                                                               : std::string_view();
  const bool printable = std::ranges::all_of(rest, [](char c) { return c >= '!' && c <= '~'; });
  if (rest.empty() || !printable || rest.starts_with('/')) return not_of_this_form();
  return std::nullopt;
}

Problem check_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return not_of_this_form();
  std::string address(text.substr(0, colon));
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (inet_pton(bracketed ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) return not_of_this_form();
  const auto port = whole_number(text.substr(colon + 1));
  if (!port) return not_of_this_form();
  if (*port < 1 || *port > 65535) return "the port must lie between 1 and 65535";
  return std::nullopt;
}

Problem check_image_part(std::string_view part) {
  const auto inner = [](char c) { return is_digit(c) || is_lower(c) || c == '.' || c == '_' || c == '-'; };
  const auto outer = [](char c) { return is_digit(c) || is_lower(c); };
  const bool fine = !part.empty() && outer(part.front()) && outer(part.back()) && std::ranges::all_of(part, inner);
  return fine ? Problem() : not_of_this_form();
}

Problem check_image(std::string_view text) {
  constexpr std::size_t kLongestImage = 200;
  if (text.find('@') != text.npos) return "leave the digest out: sluice deploys by the digest that it pushed";
  const std::size_t slash = text.find('/');
  const std::string_view first = text.substr(0, slash);
  if (slash != text.npos && first.find_first_of(".:") != text.npos) {
    return "leave the registry out: it stands under 'registry', by environment";
  }
  if (text.find(':') != text.npos) return "leave the tag out: sluice names each version by its commit";
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    if (const Problem problem = check_image_part(text.substr(begin, end - begin))) return problem;
    begin = end + 1;
  }
  if (text.size() > kLongestImage) return fmt::format("it is longer than {}", kLongestImage);
  return std::nullopt;
}

Problem check_registry(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::string_view host = text.substr(0, slash);
  if (const std::size_t colon = host.find(':'); colon != host.npos) {
    const auto port = whole_number(host.substr(colon + 1));
    if (!port) return not_of_this_form();
    if (*port < 1 || *port > 65535) return "the port must lie between 1 and 65535";
    host = host.substr(0, colon);
  }
  if (host.empty() || !consists_of(host, ".-")) return not_of_this_form();
  if (slash == text.npos) return std::nullopt;
  return check_image(text.substr(slash + 1)) ? not_of_this_form() : std::nullopt;
}

Problem check_pointer(std::string_view text) {
  if (!text.empty() && !text.starts_with('/')) return not_of_this_form();
  for (std::size_t at = text.find('~'); at != text.npos; at = text.find('~', at + 1)) {
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return not_of_this_form();
  }
  return std::nullopt;
}

Problem check_header_name(std::string_view text) {
  if (text.empty() || !consists_of(text, "!#$%&'*+.^_`|~-")) return not_of_this_form();
  return std::nullopt;
}

Problem check_header_value(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable) return not_of_this_form();
  return std::nullopt;
}

bool is_region(std::string_view text) {
  const auto is_part = [](char c) { return is_digit(c) || is_lower(c) || c == '-'; };
  return text.size() >= 6 && text.size() <= 32 && is_lower(text.front()) && is_digit(text.back()) &&
         std::ranges::all_of(text, is_part) && std::ranges::count(text, '-') >= 2;
}

Problem check_region(std::string_view text) {
  if (!is_region(text)) return not_of_this_form();
  return std::nullopt;
}

bool is_arn_text(std::string_view text) { return consists_of(text, ":/._+=,@-"); }

Problem check_account(std::string_view text) {
  if (text.size() != kAccountDigits || !std::ranges::all_of(text, is_digit)) return not_of_this_form();
  return std::nullopt;
}

Problem check_role_arn(std::string_view text) {
  const auto parts = arn_parts(text);
  const bool fine = !parts.empty() && parts[kArnService] == "iam" && parts[kArnRegion].empty() &&
                    parts[kArnAccount].size() == kAccountDigits && parts[kArnResource].starts_with("role/") &&
                    parts[kArnResource].size() > 5 && is_arn_text(text);
  if (!fine) return not_of_this_form();
  return std::nullopt;
}

Problem check_aws_name(std::string_view text) {
  if (text.empty() || text.size() > 2048 || !is_arn_text(text)) return not_of_this_form();
  return std::nullopt;
}

/// FunctionName of Lambda's CreateFunction: 64 characters of a name.
Problem check_function(std::string_view text) {
  constexpr std::size_t kLongestFunction = 64;
  constexpr std::string_view kKind = "function:";
  std::string_view name = text;
  if (text.starts_with("arn:")) {
    const auto parts = arn_parts(text);
    if (parts.empty() || parts[kArnService] != "lambda" || !is_region(parts[kArnRegion]) ||
        parts[kArnAccount].size() != kAccountDigits || !parts[kArnResource].starts_with(kKind)) {
      return not_of_this_form();
    }
    name = parts[kArnResource].substr(kKind.size());
    if (name.find(':') != name.npos) return "it ends with a version or an alias: 'alias' names that";
  }
  if (name.empty() || name.size() > kLongestFunction || !consists_of(name, "-_")) return not_of_this_form();
  return std::nullopt;
}

/// Name of Lambda's CreateAlias.
Problem check_alias(std::string_view text) {
  constexpr std::size_t kLongestAlias = 128;
  if (text.empty() || text.size() > kLongestAlias || !consists_of(text, "-_")) return not_of_this_form();
  if (std::ranges::all_of(text, is_digit)) return "digits alone name a version, which never changes";
  return std::nullopt;
}

/// FunctionName of Lambda's Invoke: a qualifier may stand behind a colon.
Problem check_hook_function(std::string_view text) {
  constexpr std::string_view kLatest = "$LATEST";
  constexpr std::size_t kColonsOfAnArn = 6;
  std::string_view function = text;
  const auto colons = static_cast<std::size_t>(std::ranges::count(text, ':'));
  if (colons == (text.starts_with("arn:") ? kColonsOfAnArn + 1 : 1)) {
    const std::string_view qualifier = text.substr(text.rfind(':') + 1);
    if (qualifier != kLatest && (qualifier.empty() || !consists_of(qualifier, "-_"))) return not_of_this_form();
    function = text.substr(0, text.rfind(':'));
  }
  return check_function(function);
}

/// What API Gateway makes up: letters and digits.
Problem check_api(std::string_view text) {
  constexpr std::size_t kLongestApi = 64;
  if (text.empty() || text.size() > kLongestApi || !consists_of(text, "")) return not_of_this_form();
  return std::nullopt;
}

/// stageName of API Gateway's CreateStage; `$default` is the stage without a name in the path of an HTTP API.
Problem check_stage(std::string_view text) {
  constexpr std::size_t kLongestStage = 128;
  if (text == "$default") return std::nullopt;
  if (text.empty() || text.size() > kLongestStage || !consists_of(text, "-_")) return not_of_this_form();
  return std::nullopt;
}

Problem check_rule_arn(std::string_view text) {
  const auto parts = arn_parts(text);
  const bool fine = !parts.empty() && parts[kArnService] == "elasticloadbalancing" && is_region(parts[kArnRegion]) &&
                    parts[kArnResource].starts_with("listener-rule/app/") && is_arn_text(text) &&
                    std::ranges::count(parts[kArnResource], '/') == 5;
  if (!fine) return not_of_this_form();
  return std::nullopt;
}

}  // namespace

namespace form {
const Form kText{"text", "text", "a", "^[\\s\\S]+$", check_text};
const Form kName{"name", "a name of lower-case letters, digits and hyphens (at most 40, a letter or digit first)",
                 "my-service", "^[a-z0-9][a-z0-9-]{0,39}$", check_name};
const Form kAlarmName{"alarm_name", "a name of lower-case letters, digits, _ and hyphens (at most 40)", "http_5xx",
                      "^[a-z0-9][a-z0-9_-]{0,39}$", check_alarm_name};
const Form kVariable{"variable", "a variable's name of letters, digits and _", "LOG_LEVEL", "^[A-Za-z_][A-Za-z0-9_]*$",
                     check_variable};
const Form kDuration{"duration", "a duration with its unit (ms, s, m, h, d)", "20s", "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$",
                     check_duration};
const Form kWeight{"weight", "a share of traffic with its unit, 0% to 100%", "10%", "^[0-9]+(\\.[0-9]+)?%$",
                   check_weight};
const Form kShare{"share", "a share with its unit", "1%", "^[0-9]+(\\.[0-9]+)?%$", check_share};
const Form kFactor{"factor", "a factor with an x", "1.5x", "^[0-9]+(\\.[0-9]+)?x$", check_factor};
const Form kThreshold{"threshold",
                      "a threshold with its unit: a share (1%), a duration (3s) or a multiple of BLUE's figure, now "
                      "or before the start",
                      "5x blue", "^[0-9]+(\\.[0-9]+)?(%|ms|s|m|h|d|x blue|x before)$", check_threshold};
const Form kSize{"size", "a size with its unit (k, m, g)", "128m", "^[0-9]+(\\.[0-9]+)?[kmg]$", check_size};
const Form kDatapoints{"datapoints", "so many of so many periods", "2 of 3", "^[1-9][0-9]* of [1-9][0-9]*$",
                       check_datapoints};
const Form kPath{"path", "a path that starts with /", "/health", "^/[!-~]*$", check_path};
const Form kRoutePath{"route_path", "a path that starts with / and has no query", "/api", "^/[A-Za-z0-9._~/%-]*$",
                      check_route_path};
const Form kHost{"host", "a host name in lower case", "chat.example.com",
                 "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$", check_host};
const Form kUrl{"url", "an address that starts with http:// or https://", "http://127.0.0.1:9000/validate",
                "^https?://[!-.0-~][!-~]*$", check_url};
const Form kListen{"listen", "an IP address and a port", "127.0.0.1:20080",
                   "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]+\\]):[0-9]+$", check_listen};
const Form kRegistry{"registry", "a registry's host, with its port where it has one", "127.0.0.1:5000",
                     "^[A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9]([a-z0-9._/-]*[a-z0-9])?)?$", check_registry};
const Form kImage{"image", "an image's name, without registry, tag or digest", "team/chatbot",
                  "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?(/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$", check_image};
const Form kPointer{"pointer", "a JSON pointer (RFC 6901)", "/intent", "^(/([^~/]|~[01])*)*$", check_pointer};
const Form kHeaderName{"header_name", "a header's name", "Accept", "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", check_header_name};
const Form kHeaderValue{"header_value", "printable text on one line", "application/json", "^[ -~]*$",
                        check_header_value};
const Form kRegion{"region", "the name of an AWS region", "eu-west-1", "^[a-z][a-z0-9-]{4,30}[0-9]$", check_region};
const Form kAccount{"account", "the twelve digits of an AWS account", "123456789012", "^[0-9]{12}$", check_account};
const Form kRoleArn{"role_arn", "the ARN of an IAM role", "arn:aws:iam::123456789012:role/sluice",
                    "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9:/._+=,@-]+$", check_role_arn};
const Form kAwsName{"aws_name", "a name in AWS, or an ARN", "chat", "^[A-Za-z0-9:/._+=,@-]+$", check_aws_name};
const Form kRuleArn{
    "rule_arn", "the ARN of a listener rule of an Application Load Balancer",
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/chat/50dc6c495c0c9188/f2f7dc8efc522ab2/"
    "9683b2d02a6cabee",
    "^arn:aws[a-z0-9-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]*:listener-rule/app/[A-Za-z0-9:/._+=,@-]+$",
    check_rule_arn};
const Form kFunction{"function", "the name of a Lambda function, or its ARN", "overflow",
                     "^(arn:aws[a-z0-9-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:)?[A-Za-z0-9_-]{1,64}$", check_function};
const Form kHookFunction{
    "hook_function", "the name of a Lambda function, or its ARN, with or without an alias or a version",
    "check_intents",
    "^(arn:aws[a-z0-9-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:)?[A-Za-z0-9_-]{1,64}(:([$]LATEST|[A-Za-z0-9_-]+))?$",
    check_hook_function};
const Form kAlias{"alias", "the name of an alias of a function", "live", "^[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*$",
                  check_alias};
const Form kApi{"api", "the id of an API of API Gateway", "a1b2c3d4e5", "^[A-Za-z0-9]{1,64}$", check_api};
const Form kStage{"stage", "the name of a stage of an API", "production", "^(\\$default|[A-Za-z0-9_-]{1,128})$",
                  check_stage};
}  // namespace form

long parse_size(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const double factor = text.ends_with('k') ? 1024.0 : text.ends_with('m') ? 1048576.0 : 1073741824.0;
  // Saturates well below what a long holds, and well above any memory.
  return std::lround(std::min(number * factor, 0x1p60));
}

double parse_share(std::string_view text) {
  // Read as a decimal two places lower, so that 7% is the double nearest to 0.07 and not 0.07000000000000001.
  const std::string decimal = std::string(text.substr(0, decimal_length(text))) + "e-2";
  double share = 0;
  std::from_chars(decimal.data(), decimal.data() + decimal.size(), share, std::chars_format::scientific);
  return share;
}

double parse_factor(std::string_view text) {
  double factor = 0;
  std::from_chars(text.data(), text.data() + text.size(), factor, std::chars_format::fixed);
  return factor;
}

bool is_times_blue(std::string_view text) { return unit_of(text) == kTimesBlue; }
bool is_times_before(std::string_view text) { return unit_of(text) == kTimesBefore; }

Datapoints parse_datapoints(std::string_view text) {
  const std::size_t of = text.find(" of ");
  Datapoints read;
  if (of == text.npos) return read;
  read.datapoints = whole_number(text.substr(0, of)).value_or(1);
  read.out_of = whole_number(text.substr(of + 4)).value_or(1);
  return read;
}

}  // namespace sluice::config
