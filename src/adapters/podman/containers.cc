#include "adapters/podman/containers.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/json.hpp>
#include <thread>

namespace sluice::podman {
namespace {

namespace json = boost::json;

constexpr Milliseconds kPullTimeout{std::chrono::minutes{15}};
constexpr long kMostAllowed = 65'536;
constexpr int kRemoveAttempts = 8;
constexpr int kListAttempts = 5;

/// The value at a path of keys; null when any is missing.
const json::value& at(const json::value& value, std::initializer_list<const char*> keys) {
  static const json::value kNull;
  const json::value* current = &value;
  for (const char* key : keys) {
    if (!current->is_object()) return kNull;
    current = current->as_object().if_contains(key);
    if (current == nullptr) return kNull;
  }
  return *current;
}
std::string text_at(const json::value& value, std::initializer_list<const char*> keys) {
  const auto& found = at(value, keys);
  return found.is_string() ? std::string(found.as_string()) : std::string();
}
int number_at(const json::value& value, std::initializer_list<const char*> keys, int otherwise = 0) {
  const auto& found = at(value, keys);
  return found.is_int64() ? static_cast<int>(found.as_int64()) : otherwise;
}

std::string address_of(const json::value& root) {
  if (const std::string direct = text_at(root, {"NetworkSettings", "IPAddress"}); !direct.empty()) return direct;
  const auto& networks = at(root, {"NetworkSettings", "Networks"});
  if (networks.is_object()) {
    for (const auto& [name, network] : networks.as_object()) {
      if (const std::string address = text_at(network, {"IPAddress"}); !address.empty()) return address;
    }
  }
  return {};
}

Result<json::value> parsed(const std::string& text, const std::string& what) {
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  if (failed) return Error{ErrorKind::Failed, what + ": podman's answer is no JSON"};
  return value;
}

Container container_of(const json::value& root) {
  Container container{.id = text_at(root, {"Id"}),
                      .name = text_at(root, {"Name"}),
                      .state = text_at(root, {"State", "Status"}),
                      .pid = number_at(root, {"State", "Pid"}),
                      .exit_code = number_at(root, {"State", "ExitCode"}),
                      .was_started = !text_at(root, {"State", "StartedAt"}).starts_with("0001-"),
                      .stop_signal = number_at(root, {"Config", "StopSignal"}, 15),
                      .address = address_of(root),
                      .log_path = text_at(root, {"HostConfig", "LogConfig", "Path"})};
  const auto& labels = at(root, {"Config", "Labels"});
  if (labels.is_object()) {
    for (const auto& [name, value] : labels.as_object()) {
      if (value.is_string()) container.labels[std::string(name)] = std::string(value.as_string());
    }
  }
  if (container.stop_signal <= 0) container.stop_signal = 15;
  return container;
}

bool on_loopback(const std::string& image) { return image.starts_with("127.") || image.starts_with("localhost:"); }

/// The pull answers 200 and then tells of an error inside its stream of JSON objects, one a line.
Status pull_outcome(const std::string& body, const std::string& image) {
  std::size_t start = 0;
  while (start < body.size()) {
    const std::size_t end = std::min(body.find('\n', start), body.size());
    boost::system::error_code failed;
    const auto line = json::parse(json::string_view(body.data() + start, end - start), failed);
    start = end + 1;
    const std::string error = failed ? std::string() : text_at(line, {"error"});
    if (error.empty()) continue;
    const auto says = [&](const char* part) { return error.find(part) != std::string::npos; };
    const auto kind = says("manifest unknown") || says("name unknown") || says("not found") ? ErrorKind::NotFound
                      : says("unauthorized") || says("denied")                              ? ErrorKind::Denied
                      : says("connection refused") || says("no such host") || says("i/o timeout")
                          ? ErrorKind::Unavailable
                          : ErrorKind::Failed;
    return Error{kind, fmt::format("pulling {}: {}", image, error)};
  }
  return {};
}

}  // namespace

Status Containers::ensure_image(const std::string& image, std::stop_token stop) {
  TRY_ASSIGN(const bool there, api_.has_image(image, stop));
  if (there) return {};
  TRY_ASSIGN(
      const std::string body,
      api_.call(
          {.method = "POST",
           .path = "/images/pull",
           .query = {{"reference", image}, {"tlsVerify", on_loopback(image) ? "false" : "true"}, {"quiet", "true"}},
           .timeout = kPullTimeout},
          "pulling " + image, stop));
  return pull_outcome(body, image);
}

Status Containers::create(const ContainerSpec& spec) {
  const std::string what = "creating container " + spec.name;
  auto response = api_.send({.method = "POST", .path = "/containers/create", .body = to_json(spec)});
  if (!response.has_value()) return with_context(std::move(response), what);
  if (response->status == 201) return {};
  Error error = api_error(*response, what);
  // Podman answers a taken name with 500.
  if (error.message.find("already in use") != std::string::npos) error.kind = ErrorKind::Conflict;
  for (const auto& [name, value] : spec.secrets) {
    if (!value.empty() && error.message.find(value.reveal()) != std::string::npos) {
      error.message = what + ": podman refused it (its answer shows a secret and is left out)";
    }
  }
  return error;
}

Status Containers::start(const std::string& name) {
  TRY(api_.call({.method = "POST", .path = "/containers/" + name + "/start"}, "starting container " + name));
  return {};
}

Result<std::optional<Container>> Containers::inspect(const std::string& name, std::stop_token stop) {
  const std::string what = "inspecting container " + name;
  auto body = api_.call({.path = "/containers/" + name + "/json"}, what, stop);
  if (!body.has_value()) {
    if (body.error().kind == ErrorKind::NotFound) return std::optional<Container>();
    return std::move(body.error());
  }
  TRY_ASSIGN(const json::value root, parsed(*body, what));
  return std::optional<Container>(container_of(root));
}

Result<std::vector<std::string>> Containers::ids(const std::map<std::string, std::string>& labels,
                                                 std::stop_token stop) {
  json::array wanted;
  for (const auto& [name, value] : labels) wanted.emplace_back(name + "=" + value);
  const ApiRequest request{.path = "/containers/json",
                           .query = {{"all", "true"}, {"filters", json::serialize(json::object{{"label", wanted}})}}};
  Result<std::string> body = Error{ErrorKind::Failed, ""};
  // A container that another call removes meanwhile makes the whole list fail.
  for (int attempt = 0; attempt < kListAttempts && !body.has_value(); ++attempt) {
    body = api_.call(request, "listing containers", stop);
  }
  if (!body.has_value()) return std::move(body.error());
  TRY_ASSIGN(const json::value root, parsed(*body, "listing containers"));
  std::vector<std::string> result;
  if (!root.is_array()) return result;
  for (const auto& item : root.as_array()) result.push_back(text_at(item, {"Id"}));
  return result;
}

Result<std::vector<Container>> Containers::list(const std::map<std::string, std::string>& labels) {
  TRY_ASSIGN(const auto all, ids(labels));
  std::vector<Container> result;
  for (const std::string& id : all) {
    TRY_ASSIGN(auto container, inspect(id));
    if (container) result.push_back(std::move(*container));
  }
  std::ranges::sort(result, {}, &Container::name);
  return result;
}

ProcessLimits Containers::process_limits() const {
  ProcessLimits limits;
  const auto read = [pid = api_.service().pid()](__rlimit_resource resource, long& value) {
    rlimit limit{};
    if (pid == 0 || prlimit(pid, resource, nullptr, &limit) != 0) return;
    value = limit.rlim_max == RLIM_INFINITY ? kMostAllowed : std::min(kMostAllowed, static_cast<long>(limit.rlim_max));
  };
  read(RLIMIT_NOFILE, limits.files);
  read(RLIMIT_NPROC, limits.processes);
  return limits;
}

Status Containers::remove(const std::string& name) {
  Result<std::string> gone = Error{ErrorKind::Failed, ""};
  // The first try may fail and still clear the way: "container state improper" after its monitor was killed.
  for (int attempt = 0; attempt < kRemoveAttempts; ++attempt) {
    gone = api_.call({.method = "DELETE",
                      .path = "/containers/" + name,
                      .query = {{"force", "true"}, {"v", "true"}, {"timeout", "0"}}},
                     "removing container " + name);
    if (gone.has_value() || gone.error().kind == ErrorKind::NotFound) return {};
  }
  return std::move(gone.error());
}

}  // namespace sluice::podman
