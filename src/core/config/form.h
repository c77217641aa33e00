// The written forms of single values in sluice.yaml: a duration, a share, a name. Each form is known to the parser (as
// a check) and to the JSON Schema (as a pattern); a test holds the two together.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace sluice::config {

struct Form {
  std::string_view name;     ///< Its place in the schema's `$defs`.
  std::string_view what;     ///< For messages: `a duration with its unit`.
  std::string_view example;  ///< A value that passes.
  std::string_view pattern;  ///< ECMA 262, anchored. It accepts all that `check` accepts; `check` may know more.
  /// Nothing when the text is fine; else why not, empty where `what` and `example` say it all.
  std::optional<std::string> (*check)(std::string_view text);
};

namespace form {
extern const Form kText;                ///< Any text but none.
extern const Form kName;                ///< Part of container and file names: `[a-z0-9][a-z0-9-]*`, at most 40.
extern const Form kAlarmName;           ///< Likewise, with `_`.
extern const Form kVariable;            ///< An environment variable's name.
extern const Form kDuration;            ///< `250ms`, `5s`, `1.5m`, `2h`, `1d`
extern const Form kWeight;              ///< `0%` to `100%`, two decimals at most.
extern const Form kShare;               ///< `1%`, `0.25%`
extern const Form kFactor;              ///< `1.5x`
extern const Form kThreshold;           ///< A share like `0.25%`, a duration, `5x blue` or `5x before`.
extern const Form kSize;                ///< `512k`, `128m`, `1g`
extern const Form kDatapoints;          ///< `2 of 3`
extern const Form kPath;                ///< `/api?x=1`
extern const Form kRoutePath;           ///< `/api`, no query.
extern const Form kHost;                ///< A DNS name in lower case.
extern const Form kUrl;                 ///< http:// or https://
extern const Form kListen;              ///< `127.0.0.1:20080`, `[::1]:80`
extern const Form kRegistry;            ///< `127.0.0.1:5000`, `host/prefix`
extern const Form kImage;               ///< A repository without registry, tag or digest.
extern const Form kPointer;             ///< RFC 6901.
extern const Form kHeaderName;          ///< A token of RFC 9110.
extern const Form kHeaderValue;         ///< Printable, no line ends.
extern const Form kRegion;              ///< `eu-west-1`
extern const Form kAccount;             ///< `123456789012`
extern const Form kRoleArn;             ///< `arn:aws:iam::123456789012:role/sluice`
extern const Form kAwsName;             ///< Of a cluster, a service, a container or a target group; or its ARN.
extern const Form kRuleArn;             ///< Of a listener rule of an Application Load Balancer.
extern const Form kFunction;            ///< A function of AWS Lambda: its name, or its ARN without a qualifier.
extern const Form kHookFunction;        ///< Likewise, or with a version or an alias behind a colon.
extern const Form kAlias;               ///< Of a function: letters, digits, `-` and `_`, not digits alone.
extern const Form kApi;                 ///< The id of an API of API Gateway.
extern const Form kStage;               ///< Of an API: its name.
extern const Form kSecretId;            ///< A secret of AWS Secrets Manager: its name or ARN.
extern const Form kParameter;           ///< A parameter of AWS Systems Manager: its name or ARN.
extern const Form kTopicArn;            ///< Of an SNS topic.
extern const Form kEventBus;            ///< Of Amazon EventBridge: its name or ARN.
extern const Form kMetricNamespace;     ///< Of CloudWatch, that one may publish to.
extern const Form kRepository;          ///< `owner/name` on GitHub.
extern const Form kAppConfigId;         ///< Of an application, a profile or an environment of AppConfig.
extern const Form kDeploymentStrategy;  ///< Of AppConfig: its id, or the name of a predefined one.
extern const Form kSubnet;              ///< `subnet-0123456789abcdef0`
extern const Form kSecurityGroup;       ///< `sg-0123456789abcdef0`
extern const Form kBucket;              ///< Of S3.
}  // namespace form

/// `128m` as bytes; k, m and g count in 1024. Only for text that passed `form::kSize`.
long parse_size(std::string_view text);
/// `1%` as 0.01, the double nearest to the decimal value. Only for a share that passed `form::kShare` or
/// `form::kThreshold`.
double parse_share(std::string_view text);
/// `1.25x` as 1.25. Only for text that passed `form::kFactor`.
double parse_factor(std::string_view text);

/// What a text that passed `form::kThreshold` is a multiple of, if of anything; `parse_factor` gives the factor.
bool is_times_blue(std::string_view text);
bool is_times_before(std::string_view text);

struct Datapoints {
  int datapoints = 1;
  int out_of = 1;
};
/// `2 of 3`. Only for text that passed `form::kDatapoints`.
Datapoints parse_datapoints(std::string_view text);

}  // namespace sluice::config
