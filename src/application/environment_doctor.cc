#include "application/environment_doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <string>

#include "application/environment_account.h"
#include "core/iam/policy.h"
#include "core/rollout/function_code.h"

namespace sluice::application {
namespace {

using Findings = std::vector<DoctorFinding>;
using Level = DoctorFinding::Status;

DoctorFinding judge(const ports::DeniedAction& denied, const std::string& environment) {
  // The simulator takes a pattern as it is written: rights on a part of what it means look like none.
  const bool is_pattern = denied.resource.ends_with('*') && denied.resource != "*";
  const std::string what = fmt::format(
      "{} on {}", denied.by_statement ? "a statement denies it" : "no statement allows it", denied.resource);
  if (is_pattern) {
    return {Level::Note, denied.action, what + ", or on a part of it only: then all is well as long as it is enough",
            ""};
  }
  return {Level::Lacks, denied.action, what, fmt::format("sluice iam-policy --environment {}", environment)};
}

Findings permissions(const config::Environment& environment, ports::Permissions& port) {
  const auto identity = port.identity(environment.access);
  if (!identity) return {{Level::Lacks, "keys", identity.error().message, ""}};
  Findings findings{{Level::Ok, "keys", fmt::format("they are those of {}", *identity), ""}};
  if (const Status account = check_account(environment, *identity); !account) {
    return {{Level::Lacks, "account", account.error().message, ""}};
  }
  const auto policy = iam::policy_of(environment);
  if (!policy) {
    findings.push_back({Level::Lacks, "permissions", policy.error().message, ""});
    return findings;
  }
  const auto denied = port.denied(environment.access, *identity, boost::json::serialize(*policy));
  if (!denied) {
    findings.push_back({Level::Note, "permissions", "they cannot be tried: " + denied.error().message, ""});
    return findings;
  }
  if (denied->empty()) findings.push_back({Level::Ok, "permissions", "all that sluice asks for is allowed", ""});
  for (const ports::DeniedAction& action : *denied) findings.push_back(judge(action, environment.name));
  return findings;
}

/// A revision that is never deployed.
rollout::Revision imagined(const config::Service& service) {
  const std::string digest(64, '0');
  rollout::Revision revision{.id = "doctor", .image = "doctor@sha256:" + digest, .target = service.target};
  const bool is_zip = std::holds_alternative<rollout::LambdaTarget>(service.target) && service.image.empty();
  if (is_zip) revision.image = to_string(rollout::FunctionCode(rollout::ZipFile{"/doctor.zip", digest}));
  return revision;
}

/// The alarms on what its own replicas use, as `cpu, memory`.
std::string alarms_on_replicas(const config::Service& service) {
  std::string names;
  for (const analysis::Alarm& alarm : service.alarms) {
    if (!analysis::is_of_replicas(alarm.metric)) continue;
    names += (names.empty() ? "" : ", ") + alarm.name;
  }
  return names;
}

/// The log group may be there, and nobody write to it any more.
DoctorFinding judge_alarms(const std::string& name, const std::string& alarms,
                           const Result<std::vector<ports::UtilizationSlot>>& used) {
  if (!used) return {Level::Lacks, name, fmt::format("{}: {}", alarms, used.error().message), ""};
  const auto is_told = [](const ports::UtilizationSlot& slot) { return slot.cpu.reserved + slot.memory.reserved > 0; };
  if (std::ranges::any_of(*used, is_told)) {
    return {Level::Ok, name, fmt::format("what its tasks use is measured, for {}", alarms), ""};
  }
  return {
      Level::Note, name,
      fmt::format("{}: nothing tells what its tasks used in the last hour; all is well if they started some minutes "
                  "ago, else Container Insights have been switched off again",
                  alarms),
      ""};
}

Findings judge_service(const config::Environment& environment, const config::Service& service,
                       const EnvironmentDoctorPorts& ports) {
  const rollout::ServiceKey key{environment.project, environment.name, service.name};
  const auto serving = ports.fleet_of(service.target).serving(key, imagined(service));
  if (!serving) return {{Level::Lacks, service.name, serving.error().message, ""}};
  const std::string place = describe_place(service.target);
  if (!*serving) return {{Level::Ok, service.name, fmt::format("{} has nothing yet", place), ""}};
  Findings findings{{Level::Ok, service.name, fmt::format("{} serves {}", place, (*serving)->revision.label), ""}};
  const std::string alarms = alarms_on_replicas(service);
  if (alarms.empty()) return findings;
  findings.push_back(judge_alarms(fmt::format("{}'s alarms", service.name), alarms,
                                  ports.utilization_of(key, service.target, (*serving)->revision.id)));
  return findings;
}

}  // namespace

std::vector<DoctorFinding> examine(const config::Environment& environment, const EnvironmentDoctorPorts& ports) {
  if (!environment.is_aws) {
    return {{Level::Ok, environment.name, "this environment is on this machine: leave --environment out", ""}};
  }
  Findings findings = permissions(environment, ports.permissions);
  if (findings.front().status == Level::Lacks) return findings;
  for (const config::Service& service : environment.services) {
    std::ranges::move(judge_service(environment, service, ports), std::back_inserter(findings));
  }
  return findings;
}

}  // namespace sluice::application
