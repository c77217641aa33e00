// From what sluice.yaml says of a service, and an image, to a deployment that the controller can start.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "application/controller.h"
#include "base/result.h"
#include "core/appspec/app_spec.h"
#include "core/config/configuration.h"
#include "ports/api_definitions.h"
#include "ports/fingerprints.h"
#include "ports/fleet.h"
#include "ports/packages.h"
#include "ports/registry.h"
#include "ports/secrets.h"
#include "ports/service_log.h"

namespace sluice::application {

/// Reads and checks a configuration file. Errors: NotFound, InvalidInput with every finding, a line each.
Result<config::Configuration> load_configuration(const std::string& path);

/// The environment of that name, the default one for "". Error: InvalidInput with the nearest name.
Result<config::Environment> choose_environment(const config::Configuration& configuration, const std::string& name);
/// Likewise a service; "" stands for the only one there is.
Result<config::Service> choose_service(const config::Environment& environment, const std::string& name);

/// The same services, each after those of them that it depends on; else in the order given.
std::vector<config::Service> in_dependency_order(std::vector<config::Service> services);
/// The services that a service of the environment depends on, at whatever distance.
std::vector<std::string> dependencies_of(const config::Environment& environment, const config::Service& service);

struct DeployServiceOptions {
  std::string image;  ///< A tag (`sha-1a2b3c4`), a digest (`sha256:…`), or a whole reference.
  std::string code;   ///< Of a function whose code is a zip: an absolute path, or `s3://bucket/key?versionId=ID`.
  /// What `--appspec` names; its hooks run, and what it says of the task set or of the version counts.
  std::optional<appspec::AppSpec> app_spec;
  std::string base_directory;
  std::string user;
  bool supersede = false;
  bool while_alarming = false;
  std::optional<TimePoint> committed_at = {};  ///< Of the commit that the image is of, where that is known.
};

struct DeployServicePorts {
  ports::Registry& registry;
  ports::Secrets& secrets;
  ports::Fingerprints& fingerprints;
  ports::Ids& ids;
  ports::Fleet& fleet;
  ports::Packages& packages;
  ports::ApiDefinitions& api_definitions;
  ports::ServiceLog& service_log;
  std::function<Status(Milliseconds)> pause;  ///< Waits; an error (Cancelled) ends the looking up.
};

/// Looks up the image's digest, the package's or the definition's hash, the secrets' fingerprints, and what serves by
/// the world's own account: blocks. In AWS it is looked up up to three times, 2 and 4 s after an error that may pass by
/// itself: a release asks dozens of questions, and nothing has begun yet. Errors: InvalidInput, NotFound (image,
/// package, definition, secret), Unavailable (registry), those of ports::Fleet::serving, and
/// of ports::ServiceLog::look_at_utilization where an alarm is on that.
Result<DeployRequest> deploy_request(const config::Environment& environment, const config::Service& service,
                                     const DeployServiceOptions& options, const DeployServicePorts& ports);

/// Takes an older revision back into service, at once: one step to 100%.
DeployRequest revert_request(const ports::LiveService& live, const rollout::Revision& revision,
                             const rollout::Plan& last, const std::string& user);

/// Whether two revisions would run the same thing, whatever their ids are.
bool same_content(const rollout::Revision& a, const rollout::Revision& b);

/// A change from one revision to another, a line a field: `image: a → b`. Values of secrets never show.
std::vector<std::string> differences(const rollout::Revision& from, const rollout::Revision& to);

}  // namespace sluice::application
