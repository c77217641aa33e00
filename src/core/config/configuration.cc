#include "core/config/configuration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "base/nearest_name.h"
#include "core/config/arn.h"
#include "core/config/check.h"
#include "core/config/merge.h"
#include "core/config/read_notify.h"
#include "core/config/read_runners.h"
#include "core/config/read_scan_gate.h"
#include "core/config/read_service.h"
#include "core/config/reader.h"
#include "core/config/service_rules.h"
#include "core/config/shape.h"
#include "core/yaml/document.h"

namespace sluice::config {
namespace {

using yaml::Node;
using yaml::NodePointer;

constexpr std::string_view kDefaultEnvironment = "local";
constexpr std::string_view kDefaultListen = "127.0.0.1:20080";
constexpr std::string_view kDefaultRegistry = "127.0.0.1:5000";

class FileReader {
 public:
  FileReader(NodePointer root, std::string_view file, Checked checked)
      : root_(std::move(root)), file_(file), reader_(std::string(file), std::move(checked.bad)) {}

  Configuration read() {
    Configuration configuration;
    configuration.file = file_;
    reader_.read(root_.get(), "project", configuration.project);
    for (const yaml::Member& environment : environments()) {
      if (configuration.default_environment.empty() || environment.key == kDefaultEnvironment) {
        configuration.default_environment = environment.key;
      }
      configuration.environments.emplace(environment.key, read_environment(environment, configuration));
    }
    configuration.runners = read_runners(reader_, reader_.get(root_.get(), "runners"));
    check_registry_names(configuration);
    check_aws_is_used();
    return configuration;
  }

  Findings take_findings() { return reader_.take_findings(); }

 private:
  /// The file's environments, or `local` with no overrides where it names none.
  std::vector<yaml::Member> environments() const {
    std::vector<yaml::Member> good;
    const Node* named = root_->find("environments");
    if (named == nullptr || named->members.empty()) {
      auto empty = std::make_shared<Node>();
      empty->type = yaml::Type::Mapping;
      empty->begin = root_->begin;
      good.push_back(yaml::Member{std::string(kDefaultEnvironment), root_->begin, std::move(empty)});
      return good;
    }
    for (const yaml::Member& member : named->members) {
      if (!reader_.is_bad(member.value.get())) good.push_back(member);
    }
    return good;
  }

  /// The file's values with the environment's laid over them. Bad ones were told already and are left out.
  Node merged_values(const Node& environment) const {
    Node merged;
    merged.type = yaml::Type::Mapping;
    merged.begin = environment.begin;
    for (const Field& field : std::get<Object>(file_shape().of).fields) {
      if (!field.shape || field.name == "environments" || field.name == "registry" || field.name == "runners") continue;
      const yaml::Member* below = good_member(*root_, field.name);
      const yaml::Member* above = good_member(environment, field.name);
      if (below == nullptr && above == nullptr) continue;
      const NodePointer value =
          merge(below == nullptr ? nullptr : below->value, above == nullptr ? nullptr : above->value, *field.shape);
      const Position at = (above != nullptr ? above : below)->key_at;
      merged.members.push_back(yaml::Member{std::string(field.name), at, value});
    }
    return merged;
  }

  const yaml::Member* good_member(const Node& parent, std::string_view key) const {
    const yaml::Member* member = parent.find_member(key);
    return member == nullptr || reader_.is_bad(member->value.get()) ? nullptr : member;
  }

  Environment read_environment(const yaml::Member& member, const Configuration& configuration) {
    const Node& own = *member.value;
    const Node merged = merged_values(own);
    Environment environment;
    environment.project = configuration.project;
    environment.name = member.key;
    const rollout::Target target = read_target(own, member, environment);
    if (!environment.is_aws) read_listen(own, member, environment, configuration);
    read_registry(own, environment);
    environment.notify = read_notify(reader_, reader_.get(&merged, "notify"), environment.access);
    const Node* services = reader_.get(&merged, "services");
    if (services == nullptr || services->members.empty()) {
      report_no_services(member, merged);
      return environment;
    }
    std::vector<std::string> witnesses;
    reader_.read(reader_.get(&own, "aws"), "alarms", witnesses);
    const auto scan_gate = read_scan_gate(reader_, reader_.get(&own, "aws"));
    for (const yaml::Member& service : services->members) {
      if (!reader_.is_bad(service.value.get())) {
        environment.services.push_back(read_service(reader_, service, merged, {target, witnesses, scan_gate}));
      }
    }
    check_services(reader_, environment.services, *services);
    check_account(own, environment);
    return environment;
  }

  /// What the environment names by ARNs is in its account.
  void check_account(const Node& own, const Environment& environment) {
    if (environment.account.empty()) return;
    const Position at = reader_.get(&own, "account")->begin;
    const auto check = [&](const std::string& name, const std::string& arn) {
      const std::string_view account = arn_part(arn, kArnAccount);
      if (account.empty() || account == environment.account) return;
      reader_.report(at, fmt::format("the account of the environment '{}' is {}, and {} is of {}: {}", environment.name,
                                     environment.account, name, account, arn));
    };
    check("its role", environment.access.role);
    for (const Service& service : environment.services) {
      if (const auto* ecs = std::get_if<rollout::EcsTarget>(&service.target)) {
        for (const std::string& rule : ecs->rules) check(fmt::format("a rule of '{}'", service.name), rule);
      } else if (const auto* lambda = std::get_if<rollout::LambdaTarget>(&service.target)) {
        check(fmt::format("the function of '{}'", service.name), lambda->function);
      }
    }
  }

  void report_no_services(const yaml::Member& member, const Node& merged) {
    const yaml::Member* services = merged.find_member("services");
    const bool has_bad_services = root_->find("services") != nullptr && services == nullptr;
    if (has_bad_services || reader_.has_bad_member(*root_)) return;
    reader_.report(services != nullptr ? services->key_at : member.key_at,
                   "'services' is missing: name at least one service with its image");
  }

  /// Where the environment is; keys that are for another kind of target are told.
  rollout::Target read_target(const Node& own, const yaml::Member& member, Environment& environment) {
    std::string target;
    environment.is_aws = reader_.read(&own, "target", target) && target == "aws";
    if (!environment.is_aws) {
      refuse(own, {"region", "account", "role", "url", "aws"}, "is for 'target: aws': say that, or leave it out");
      return rollout::MachineTarget{};
    }
    has_aws_ = true;
    refuse(own, {"listen"}, "is not for 'target: aws': the listener rules of the services say where requests enter");
    rollout::AwsAccess& access = environment.access;
    reader_.read(&own, "role", access.role);
    reader_.read(&own, "account", environment.account);
    if (!reader_.read(&own, "region", access.region) && !reader_.has_bad_member(own)) {
      reader_.report(member.key_at,
                     fmt::format("'region' is missing in the environment '{}', whose target is aws", member.key));
    }
    rollout::EcsTarget ecs;
    ecs.region = access.region;
    ecs.role = access.role;
    reader_.read(&own, "url", ecs.url);
    return ecs;
  }

  void refuse(const Node& own, std::initializer_list<std::string_view> keys, std::string_view why) {
    for (const std::string_view key : keys) {
      const yaml::Member* member = good_member(own, key);
      if (member != nullptr) reader_.report(member->key_at, fmt::format("'{}' {}", key, why));
    }
  }

  /// A place in AWS that no environment leads to.
  void check_aws_is_used() {
    const Node* services = reader_.get(root_.get(), "services");
    for (std::size_t i = 0; !has_aws_ && services != nullptr && i < services->members.size(); ++i) {
      const yaml::Member* aws = services->members[i].value->find_member("aws");
      if (aws != nullptr && !reader_.is_bad(aws->value.get())) {
        reader_.report(aws->key_at, "no environment has 'target: aws': name one, or leave 'aws' out");
      }
    }
  }

  void read_listen(const Node& own, const yaml::Member& member, Environment& environment,
                   const Configuration& configuration) {
    environment.listen = kDefaultListen;
    reader_.read(&own, "listen", environment.listen);
    if (own.find("listen") != nullptr && reader_.get(&own, "listen") == nullptr) {
      environment.listen.clear();  // told already
      return;
    }
    for (const auto& [name, other] : configuration.environments) {
      if (other.listen != environment.listen) continue;
      const Node* listen = reader_.get(&own, "listen");
      reader_.report(listen != nullptr ? listen->begin : member.key_at,
                     fmt::format("the environments '{}' and '{}' both listen on {}: give one of them another 'listen'",
                                 name, member.key, environment.listen));
      return;
    }
  }

  void read_registry(const Node& own, Environment& environment) {
    environment.registry = kDefaultRegistry;
    const Node* registry = reader_.get(root_.get(), "registry");
    if (registry != nullptr && registry->type == yaml::Type::Mapping) {
      reader_.read(registry, environment.name, environment.registry);
    } else if (registry != nullptr) {
      environment.registry = registry->text;
    }
    reader_.read(&own, "registry", environment.registry);
  }

  void check_registry_names(const Configuration& configuration) {
    const Node* registry = reader_.get(root_.get(), "registry");
    const Node* named = root_->find("environments");
    if (registry == nullptr || (named != nullptr && reader_.is_bad(named))) return;
    std::vector<std::string_view> names;
    for (const auto& [name, environment] : configuration.environments) names.push_back(name);
    for (const yaml::Member& member : registry->members) {
      const bool known =
          configuration.environments.contains(member.key) || (named != nullptr && named->find(member.key) != nullptr);
      if (known || reader_.is_bad(member.value.get())) continue;
      const auto nearest = nearest_name(member.key, names);
      reader_.report(member.key_at, fmt::format("there is no environment '{}'{}", member.key,
                                                nearest ? fmt::format(": did you mean '{}'?", *nearest)
                                                        : fmt::format(": there are {}", fmt::join(names, ", "))));
    }
  }

  NodePointer root_;
  std::string file_;
  Reader reader_;
  bool has_aws_ = false;
};

/// By place, each once: the same mistake shows in every environment that has it.
Findings in_order(Findings findings) {
  const auto key = [](const Finding& finding) { return std::tie(finding.at, finding.severity, finding.message); };
  std::ranges::sort(findings, {}, key);
  const auto repeated = std::ranges::unique(findings);
  findings.erase(repeated.begin(), repeated.end());
  return findings;
}

}  // namespace

const Service* Environment::find(std::string_view service) const {
  const auto found = std::ranges::find(services, service, &Service::name);
  return found == services.end() ? nullptr : &*found;
}

ParsedConfiguration parse(std::string_view text, std::string_view file) {
  yaml::Parsed document = yaml::parse(text, file);
  if (!document.root) return {std::nullopt, std::move(document.findings)};
  if (document.root->type != yaml::Type::Mapping) {
    return {std::nullopt,
            {Finding{Severity::Error, std::string(file), document.root->begin,
                     fmt::format("the file must be a mapping with version, project and services; it is {}",
                                 yaml::describe(document.root->type))}}};
  }
  Checked checked = check(*document.root, file_shape(), file);
  Findings findings = std::move(checked.findings);
  FileReader reader(document.root, file, std::move(checked));
  Configuration configuration = reader.read();
  for (Finding& finding : reader.take_findings()) findings.push_back(std::move(finding));
  findings = in_order(std::move(findings));
  if (has_errors(findings)) return {std::nullopt, std::move(findings)};
  return {std::move(configuration), std::move(findings)};
}

}  // namespace sluice::config
