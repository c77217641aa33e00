#include "cli/named_variables.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "core/config/configuration.h"

namespace sluice::cli {
namespace {

void add(const rollout::SecretSource& source, std::map<std::string, std::string>& variables) {
  const auto* variable = std::get_if<rollout::SecretVariable>(&source);
  const char* value = variable == nullptr ? nullptr : std::getenv(variable->name.c_str());
  if (value != nullptr) variables[variable->name] = value;
}

/// What a workflow run takes over from whoever starts it.
std::map<std::string, std::string> run_variables(const server::Request& request) {
  std::map<std::string, std::string> variables;
  if (request.command != "run" && request.command != "push-received") return variables;
  std::vector<std::string> names{"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ"};
  for (const std::string& secret : request.arguments.many("secret")) {
    if (secret.find('=') == std::string::npos) names.push_back(secret);
  }
  for (const std::string& name : names) {
    if (const char* value = std::getenv(name.c_str())) variables[name] = value;
  }
  return variables;
}

}  // namespace

std::map<std::string, std::string> named_variables(const server::Request& request) {
  const std::string file = request.arguments.one("file").empty() ? "sluice.yaml" : request.arguments.one("file");
  const auto path = std::filesystem::path(request.directory) / request.arguments.one("directory") / file;
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  std::map<std::string, std::string> variables = run_variables(request);
  const config::ParsedConfiguration parsed = config::parse(text.str(), path.string());
  if (!stream || !parsed.configuration) return variables;
  for (const auto& [name, environment] : parsed.configuration->environments) {
    for (const rollout::MessageTarget& target : environment.notify) {
      if (const rollout::SecretSource* secret = secret_of(target.place)) add(*secret, variables);
    }
    for (const config::Service& service : environment.services) {
      for (const auto& [secret, source] : service.secrets) add(source, variables);
    }
  }
  return variables;
}

}  // namespace sluice::cli
