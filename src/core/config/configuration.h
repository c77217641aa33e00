// What sluice.yaml says, checked and typed. Each environment is answered whole: defaults, then the file's own
// values, then the environment's overrides (maps merge key by key, lists and scalars replace).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "core/analysis/alarm.h"
#include "core/analysis/analysis_settings.h"
#include "core/config/runner.h"
#include "core/rollout/lifecycle_hook.h"
#include "core/rollout/message_target.h"
#include "core/rollout/probes.h"
#include "core/rollout/revision.h"
#include "core/rollout/scan_gate.h"
#include "core/rollout/smoke_test.h"
#include "core/rollout/strategy.h"

namespace sluice::config {

struct Build {
  std::string context = ".";
  std::string dockerfile = "Dockerfile";  ///< Relative to the context.
  std::map<std::string, std::string> args;
};

struct Scan {
  bool off = false;                                    ///< Only when the file says `scan: off`.
  std::vector<std::string> block{"CRITICAL", "HIGH"};  ///< Severities that stop the push.
};

struct Preflight {
  std::map<std::string, std::string> env;  ///< All that the image sees when it is started alone.
  Milliseconds within{30'000};
};

struct RouteRule {
  std::string host;  ///< Empty: every host.
  std::string path = "/";
};

struct Service {
  std::string name;
  Position at;
  /// Name in the registry, without registry, tag or digest; empty for a function whose code is a zip, for a
  /// gateway and for flags.
  std::string image;
  Build build;
  Scan scan;
  Preflight preflight;
  int port = 8080;
  int replicas = 1;
  rollout::HealthCheck health;
  rollout::Network network = rollout::Network::Bridge;
  rollout::Limits limits;
  bool read_only = false;
  RouteRule route;
  std::vector<std::string> command;
  std::map<std::string, std::string> env;
  std::map<std::string, rollout::SecretSource> secrets;
  std::vector<std::string> release_command;
  Milliseconds release_within{std::chrono::minutes{5}};
  std::vector<std::string> depends_on;  ///< Services of this environment that are deployed first; without cycles.
  std::vector<rollout::SmokeTest> smoke;
  std::optional<rollout::Probes> probes;
  std::vector<rollout::LifecycleHook> hooks;
  rollout::Target target;
  rollout::Strategy strategy;           ///< The service's own, else the environment's, else the file's.
  std::vector<analysis::Alarm> alarms;  ///< Likewise, merged by name; sorted by name.
  /// Likewise, merged; nothing only when the file says `analysis: off`.
  std::optional<analysis::AnalysisSettings> analysis;
  std::vector<std::string> witnesses;  ///< Alarms of CloudWatch that count, too: the environment's, then its own.
  /// Of a service with an image in AWS: its own, else the environment's; nothing where neither says anything, or it
  /// says `scan_findings: off`.
  std::optional<rollout::ScanGate> scan_gate;
};

/// The configuration as it holds in one environment.
struct Environment {
  std::string project;
  std::string name;
  bool is_aws = false;            ///< None of its services has a MachineTarget; else all have.
  std::string listen;             ///< `address:port` of the front door on this machine; empty in AWS.
  std::string registry;           ///< `127.0.0.1:5000`
  std::vector<Service> services;  ///< In the order of the file.
  rollout::AwsAccess access;      ///< As whom AWS is asked; without a region on a machine.
  /// Twelve digits: whoever asks AWS has to be of it. Empty: the role's, and without a role nobody said.
  std::string account;
  std::vector<rollout::MessageTarget> notify;

  const Service* find(std::string_view service) const;
};

/// All environments of one file.
struct Configuration {
  std::string file;
  std::string project;
  std::string default_environment;  ///< `local` where there is one, else the first of the file.
  std::map<std::string, Environment> environments;
  std::vector<EcsRunner> runners;  ///< In the order of the file.
};

struct ParsedConfiguration {
  std::optional<Configuration> configuration;  ///< Absent when `findings` has errors.
  Findings findings;
};

/// Reads and checks sluice.yaml whole: every mistake is a finding with its place, what was meant and the nearest valid
/// name. `file` is the name to print.
ParsedConfiguration parse(std::string_view text, std::string_view file);

/// The published JSON Schema of sluice.yaml (draft 2020-12), made from the same tables as the parser.
std::string json_schema();

}  // namespace sluice::config
