#include "core/image/image_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace sluice::image {
namespace {

namespace json = boost::json;

constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Error wrong(std::string_view member, std::string_view expected) {
  return {ErrorKind::InvalidInput, fmt::format("reading the inspection of an image: {} is not {}", member, expected)};
}

/// The member, or null when it is absent or JSON's null.
const json::value* member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::vector<std::string>> strings(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const auto* value = member(object, name);
  if (value == nullptr) return texts;
  if (!value->is_array()) return wrong(name, "a list");
  for (const auto& item : value->as_array()) {
    if (!item.is_string()) return wrong(name, "a list of strings");
    texts.emplace_back(item.as_string());
  }
  return texts;
}

Result<std::string> text(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return wrong(name, "a string");
  return std::string(value->as_string());
}

Result<long> number(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr) return 0L;
  if (!value->is_int64() || value->as_int64() < 0) return wrong(name, "a whole number");
  return static_cast<long>(value->as_int64());
}

Result<std::optional<ImageHealthCheck>> health_check(const json::value* value) {
  if (value == nullptr) return std::optional<ImageHealthCheck>();
  if (!value->is_object()) return wrong("Healthcheck", "an object");
  const auto& object = value->as_object();
  ImageHealthCheck check;
  TRY_ASSIGN(check.test, strings(object, "Test"));
  if (check.test.empty() || check.test[0] == "NONE") return std::optional<ImageHealthCheck>();
  if (check.test.size() < 2 || (check.test[0] != "CMD" && check.test[0] != "CMD-SHELL")) {
    return wrong("Healthcheck.Test", "CMD or CMD-SHELL and a command");
  }
  // The durations are counted in nanoseconds.
  const auto span = [&object](std::string_view name) -> Result<Milliseconds> {
    TRY_ASSIGN(const long nanoseconds, number(object, name));
    return Milliseconds(nanoseconds / 1'000'000);
  };
  TRY_ASSIGN(check.interval, span("Interval"));
  TRY_ASSIGN(check.timeout, span("Timeout"));
  TRY_ASSIGN(check.start_period, span("StartPeriod"));
  TRY_ASSIGN(const long retries, number(object, "Retries"));
  check.retries = static_cast<int>(std::min(retries, 1000L));
  return std::optional(std::move(check));
}

/// `8080/tcp`, `8080`: the port; other protocols are left out.
Result<std::vector<int>> tcp_ports(const json::object& config) {
  std::vector<int> ports;
  const auto* value = member(config, "ExposedPorts");
  if (value == nullptr) return ports;
  if (!value->is_object()) return wrong("ExposedPorts", "an object");
  for (const auto& item : value->as_object()) {
    const std::string_view name(item.key().data(), item.key().size());
    const auto slash = name.find('/');
    if (slash != std::string_view::npos && name.substr(slash) != "/tcp") continue;
    const auto digits = name.substr(0, slash);
    int port = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failed != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65535) {
      return wrong(fmt::format("ExposedPorts[{}]", name), "a port");
    }
    ports.push_back(port);
  }
  std::sort(ports.begin(), ports.end());
  return ports;
}

Result<ImageConfiguration> configuration(const json::object& config, const json::value* health) {
  ImageConfiguration image;
  TRY_ASSIGN(image.entrypoint, strings(config, "Entrypoint"));
  TRY_ASSIGN(image.command, strings(config, "Cmd"));
  TRY_ASSIGN(const auto variables, strings(config, "Env"));
  for (const auto& variable : variables) {
    const auto equals = variable.find('=');
    if (equals == std::string::npos) return wrong("Env", "a list of NAME=VALUE");
    image.env.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  TRY_ASSIGN(auto shell, strings(config, "Shell"));
  if (!shell.empty()) image.shell = std::move(shell);
  TRY_ASSIGN(image.working_directory, text(config, "WorkingDir"));
  TRY_ASSIGN(image.user, text(config, "User"));
  TRY_ASSIGN(image.exposed_ports, tcp_ports(config));
  TRY_ASSIGN(image.health_check, health_check(health));
  return image;
}

}  // namespace

Result<ImageConfiguration> parse_image_inspection(std::string_view text) {
  boost::system::error_code failed;
  const json::value document = json::parse({text.data(), text.size()}, failed);
  if (failed) return wrong("the text", fmt::format("JSON ({})", failed.message()));
  // podman prints a list of one image, with the health check beside its Config.
  if (document.is_array()) {
    if (document.as_array().size() != 1 || !document.as_array()[0].is_object()) return wrong("the list", "one image");
    const auto& image = document.as_array()[0].as_object();
    const auto* config = member(image, "Config");
    if (config == nullptr || !config->is_object()) return wrong("Config", "an object");
    const auto* health = member(image, "HealthCheck");
    if (health == nullptr) health = member(image, "Healthcheck");
    return configuration(config->as_object(), health);
  }
  // buildah prints one object, whose Docker member is the configuration that Docker's format defines.
  if (!document.is_object()) return wrong("the text", "an image");
  const auto* docker = member(document.as_object(), "Docker");
  if (docker == nullptr || !docker->is_object()) return wrong("Docker", "an object");
  const auto* config = member(docker->as_object(), "config");
  if (config == nullptr || !config->is_object()) return wrong("Docker.config", "an object");
  return configuration(config->as_object(), member(config->as_object(), "Healthcheck"));
}

std::optional<std::string> ImageConfiguration::variable(std::string_view name) const {
  for (const auto& [key, value] : env) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string ImageConfiguration::search_path() const { return variable("PATH").value_or(std::string(kDefaultPath)); }

std::vector<std::string> ImageConfiguration::start_arguments() const {
  auto arguments = entrypoint;
  arguments.insert(arguments.end(), command.begin(), command.end());
  return arguments;
}

std::vector<std::string> ImageConfiguration::health_arguments() const {
  if (!health_check) return {};
  if (health_check->test[0] == "CMD") return {health_check->test.begin() + 1, health_check->test.end()};
  auto arguments = shell;
  arguments.push_back(health_check->test[1]);
  return arguments;
}

}  // namespace sluice::image
