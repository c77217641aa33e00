#include "server/protocol.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>

namespace sluice::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestRunDirectory = 80;

Error bad_request(std::string problem) {
  return Error{ErrorKind::InvalidInput, "the request cannot be understood: " + std::move(problem)};
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::map<std::string, std::string> read_strings(const json::value& value) {
  return json::value_to<std::map<std::string, std::string>>(value);
}

}  // namespace

bool Arguments::has(std::string_view name) const { return values.contains(std::string(name)); }

std::string Arguments::one(std::string_view name) const {
  const auto found = values.find(std::string(name));
  return found == values.end() || found->second.empty() ? "" : found->second.back();
}

std::vector<std::string> Arguments::many(std::string_view name) const {
  const auto found = values.find(std::string(name));
  return found == values.end() ? std::vector<std::string>{} : found->second;
}

std::string to_line(const Request& request) {
  json::object arguments;
  for (const auto& [name, values] : request.arguments.values) arguments.emplace(name, json::value_from(values));
  const json::object object{{"v", kProtocolVersion},
                            {"id", request.id},
                            {"command", request.command},
                            {"directory", request.directory},
                            {"user", request.user},
                            {"arguments", arguments},
                            {"step", request.step},
                            {"journal", request.journal},
                            {"variables", json::value_from(request.variables)}};
  return json::serialize(object) + "\n";
}

Result<Request> read_request(std::string_view line) {
  try {
    const json::value value = json::parse(line);
    const json::object& object = value.as_object();
    if (const auto version = object.at("v").as_int64(); version != kProtocolVersion) {
      return bad_request(
          fmt::format("it speaks version {} and this controller version {}; `sluice shutdown` ends the "
                      "controller, the next command starts the new one",
                      version, kProtocolVersion));
    }
    Request request;
    request.id = json::value_to<std::string>(object.at("id"));
    request.command = json::value_to<std::string>(object.at("command"));
    request.directory = json::value_to<std::string>(object.at("directory"));
    request.user = json::value_to<std::string>(object.at("user"));
    request.variables = read_strings(object.at("variables"));
    if (const json::value* step = object.if_contains("step")) request.step = json::value_to<std::string>(*step);
    if (const json::value* journal = object.if_contains("journal")) {
      request.journal = json::value_to<std::string>(*journal);
    }
    for (const auto& [name, values] : object.at("arguments").as_object()) {
      request.arguments.values[name] = json::value_to<std::vector<std::string>>(values);
    }
    return request;
  } catch (const std::exception& error) {
    return bad_request(error.what());
  }
}

Result<Places> places_from_environment() {
  Places places{variable("SLUICE_HOME"), variable("SLUICE_RUN")};
  const bool root = ::geteuid() == 0;
  if (places.home.empty()) places.home = root ? "/var/lib/sluice" : variable("HOME") + "/.local/share/sluice";
  if (places.run.empty()) {
    const std::string runtime = variable("XDG_RUNTIME_DIR");
    places.run =
        root ? "/run/sluice" : (runtime.empty() ? fmt::format("/tmp/sluice-{}", ::geteuid()) : runtime + "/sluice");
  }
  for (const auto& [name, path] : {std::pair{"SLUICE_HOME", places.home}, std::pair{"SLUICE_RUN", places.run}}) {
    if (!path.starts_with('/')) {
      return Error{ErrorKind::InvalidInput, fmt::format("{} is '{}': it must be an absolute path", name, path)};
    }
  }
  if (places.run.size() > kLongestRunDirectory) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("SLUICE_RUN has {} characters; sockets below it need a path of at most {}",
                             places.run.size(), kLongestRunDirectory)};
  }
  return places;
}

}  // namespace sluice::server
