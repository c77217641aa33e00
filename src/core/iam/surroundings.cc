#include "core/iam/surroundings.h"

#include <boost/json.hpp>
#include <map>
#include <optional>

#include "core/config/arn.h"
#include "core/iam/place.h"
#include "core/iam/statement.h"
#include "core/rollout/prometheus_workspace.h"

namespace sluice::iam {
namespace {

namespace json = boost::json;

struct Needed {
  Names described;   ///< Secrets that are referred to.
  Names read;        ///< Secrets whose values are read.
  Names parameters;  ///< Either.
  Names topics;
  Names buses;
  Names repositories;                       ///< Of ECR.
  Names workspaces;                         ///< Of Amazon Managed Service for Prometheus.
  Names scanned;                            ///< Those of them whose scans are asked for.
  std::map<std::string, Names> namespaces;  ///< Of CloudWatch, that metrics go to, with the regions that they are in.
};

/// Secrets Manager adds a hyphen and six characters to a name ("IAM policy examples" of its user guide).
constexpr const char* kAnySuffix = "-??????";

std::string arn_of(const rollout::AwsSecret& secret, const Place& place) {
  if (secret.id.starts_with("arn:")) return secret.id;
  return place.arn("secretsmanager", "secret:" + secret.id + kAnySuffix);
}

/// Without the version that may stand behind it.
std::string arn_of(const rollout::AwsParameter& parameter, const Place& place) {
  if (parameter.name.starts_with("arn:")) {
    constexpr std::string_view kKind = ":parameter/";
    const std::size_t name = parameter.name.find(kKind) + kKind.size();
    return parameter.name.substr(0, parameter.name.find(':', name));
  }
  const std::string name = parameter.name.substr(0, parameter.name.find(':'));
  return place.arn("ssm", "parameter" + (name.starts_with('/') ? name : "/" + name));
}

void add(Needed& needed, const rollout::SecretSource& source, const Place& place, bool is_read) {
  if (const auto* secret = std::get_if<rollout::AwsSecret>(&source)) {
    (is_read ? needed.read : needed.described).insert(arn_of(*secret, place));
  } else if (const auto* parameter = std::get_if<rollout::AwsParameter>(&source)) {
    needed.parameters.insert(arn_of(*parameter, place));
  }
}

void add(Needed& needed, const rollout::MessagePlace& target, const Place& place) {
  if (const rollout::SecretSource* secret = secret_of(target)) add(needed, *secret, place, true);
  if (const auto* metrics = std::get_if<rollout::MetricNamespace>(&target)) {
    needed.namespaces[metrics->name].insert(metrics->access.region);
  }
  if (const auto* topic = std::get_if<rollout::SnsTopic>(&target)) needed.topics.insert(topic->arn);
  if (const auto* bus = std::get_if<rollout::EventBus>(&target)) {
    needed.buses.insert(bus->name.starts_with("arn:") ? bus->name : place.arn("events", "event-bus/" + bus->name));
  }
}

/// Workspaces that the service's own metrics are in, each in the region of its address.
void add_workspaces(Needed& needed, const config::Service& service, Place place) {
  if (!service.analysis) return;
  for (const auto& source : service.analysis->sources) {
    const auto workspace = rollout::workspace_at(source.url);
    if (!workspace || !*workspace) continue;
    place.region = (*workspace)->region;
    needed.workspaces.insert(place.arn("aps", "workspace/" + (*workspace)->id));
  }
}

/// Where the repositories of an environment are, and how their names begin.
struct RegistryPlace {
  Place place;
  std::string prefix;
};

/// Of a registry of ECR.
std::optional<RegistryPlace> registry_of(const config::Environment& environment) {
  constexpr std::string_view kRegistry = ".dkr.ecr.";
  const std::string& registry = environment.registry;
  const std::size_t kind = registry.find(kRegistry);
  const std::size_t region = kind + kRegistry.size();
  const std::size_t host = registry.find('/');
  if (kind == std::string::npos || registry.find(".amazonaws.com", region) == std::string::npos) return std::nullopt;
  const bool is_china = registry.find(".amazonaws.com.cn") != std::string::npos;
  return RegistryPlace{
      .place = {is_china ? "aws-cn" : place_of_environment(environment).partition,
                registry.substr(region, registry.find('.', region) - region), registry.substr(0, kind)},
      .prefix = host == std::string::npos ? "" : registry.substr(host + 1) + "/"};
}

/// Repositories that images are pushed to, and looked up in. Those whose scans are asked for are in ECR: where
/// sluice.yaml names another registry, in the environment's own account, under the image's name.
void add_images(Needed& needed, const config::Environment& environment) {
  const auto registry = registry_of(environment);
  const RegistryPlace there = registry.value_or(RegistryPlace{place_of_environment(environment), ""});
  for (const config::Service& service : environment.services) {
    if (service.image.empty()) continue;
    const std::string repository = there.place.arn("ecr", "repository/" + there.prefix + service.image);
    if (registry) needed.repositories.insert(repository);
    if (service.scan_gate) needed.scanned.insert(repository);
  }
}

/// PutMetricData knows no resource, and a condition for its namespace ("Using condition keys to limit access to
/// CloudWatch namespaces").
void allow_metrics(json::array& statements, const Needed& needed) {
  std::string sid = "Metrics";
  int count = 1;
  for (const auto& [name, regions] : needed.namespaces) {
    json::object keys{{"cloudwatch:namespace", name}};
    const bool is_known = !regions.contains("");  // a machine's is that of its keys
    if (is_known) keys["aws:RequestedRegion"] = array_of(regions);
    statements.push_back(
        statement(sid.c_str(), {"cloudwatch:PutMetricData"}, {"*"}, json::object{{"StringEquals", std::move(keys)}}));
    sid = "Metrics" + std::to_string(++count);
  }
}

/// The manifest tells which images are under a digest.
void allow_scans(json::array& statements, const Names& repositories) {
  if (repositories.empty()) return;
  statements.push_back(statement("ScanFindings", {"ecr:BatchGetImage", "ecr:DescribeImageScanFindings"}, repositories));
}

void allow_images(json::array& statements, const Names& repositories) {
  if (repositories.empty()) return;
  statements.push_back(statement("Images",
                                 {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
                                  "ecr:DescribeRepositories", "ecr:GetDownloadUrlForLayer", "ecr:GetLifecyclePolicy",
                                  "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"},
                                 repositories));
  const std::string& first = *repositories.begin();
  const std::string region(config::arn_part(first, config::kArnRegion));
  statements.push_back(statement("LoginToTheRegistry", {"ecr:GetAuthorizationToken"}, {"*"},
                                 equals("aws:RequestedRegion", region.c_str())));
}

}  // namespace

json::array surroundings_of(const config::Environment& environment) {
  const Place place = place_of_environment(environment);
  Needed needed;
  for (const config::Service& service : environment.services) {
    const bool is_read = !std::holds_alternative<rollout::EcsTarget>(service.target);
    for (const auto& [name, source] : service.secrets) add(needed, source, place, is_read);
    add_workspaces(needed, service, place);
  }
  for (const rollout::MessageTarget& target : environment.notify) add(needed, target.place, place);
  add_images(needed, environment);
  json::array statements;
  const auto allow = [&statements](const char* sid, const char* action, const Names& resources) {
    if (!resources.empty()) statements.push_back(statement(sid, {action}, resources));
  };
  allow("VersionsOfSecrets", "secretsmanager:DescribeSecret", needed.described);
  allow("Secrets", "secretsmanager:GetSecretValue", needed.read);
  allow("Parameters", "ssm:GetParameter", needed.parameters);
  allow("OwnMetrics", "aps:QueryMetrics", needed.workspaces);
  allow("Topics", "sns:Publish", needed.topics);
  allow("EventBuses", "events:PutEvents", needed.buses);
  allow_metrics(statements, needed);
  allow_images(statements, needed.repositories);
  allow_scans(statements, needed.scanned);
  return statements;
}

}  // namespace sluice::iam
