#include "server/request_files.h"

#include <filesystem>

#include "application/deploy_service.h"

namespace sluice::server {

std::string working_directory(const Request& request) {
  return (std::filesystem::path(request.directory) / request.arguments.one("directory")).lexically_normal().string();
}

std::string configuration_path(const Request& request) {
  const std::string file = request.arguments.one("file").empty() ? "sluice.yaml" : request.arguments.one("file");
  return (std::filesystem::path(working_directory(request)) / file).lexically_normal().string();
}

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

Result<config::Environment> environment_of(const Request& request) {
  TRY_ASSIGN(const auto configuration, application::load_configuration(configuration_path(request)));
  return application::choose_environment(configuration, request.arguments.one("environment"));
}

}  // namespace sluice::server
