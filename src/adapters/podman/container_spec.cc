#include "adapters/podman/container_spec.h"

#include <boost/json.hpp>
#include <cmath>

namespace sluice::podman {
namespace {

namespace json = boost::json;

constexpr long kCpuPeriodMicroseconds = 100'000;

json::object resource_limits(const rollout::Limits& limits) {
  json::object result;
  result["pids"] = json::object{{"limit", limits.pids}};
  // Swap equal to memory: none of it is swap, so that a leak ends in a kill and not in a crawl.
  if (limits.memory_bytes) {
    result["memory"] = json::object{{"limit", *limits.memory_bytes}, {"swap", *limits.memory_bytes}};
  }
  if (limits.cpus) {
    const long quota = std::lround(*limits.cpus * kCpuPeriodMicroseconds);
    result["cpu"] = json::object{{"period", kCpuPeriodMicroseconds}, {"quota", quota}};
  }
  return result;
}

json::object ulimit(const char* type, long limit) { return {{"type", type}, {"soft", limit}, {"hard", limit}}; }

json::object text_object(const std::map<std::string, std::string>& values) {
  json::object result;
  for (const auto& [name, value] : values) result[name] = value;
  return result;
}

}  // namespace

std::string to_json(const ContainerSpec& spec) {
  json::object env = text_object(spec.env);
  for (const auto& [name, value] : spec.secrets) env[name] = value.reveal();
  json::object result;
  result["name"] = spec.name;
  result["image"] = spec.image;
  result["env"] = std::move(env);
  result["labels"] = text_object(spec.labels);
  result["init"] = spec.init;  // Forwards TERM and reaps; without it a shell as PID 1 ignores TERM for the whole grace.
  result["no_new_privileges"] = true;
  result["systemd"] = "false";
  result["restart_policy"] = "no";  // sluice counts crash loops itself.
  json::array no_check;
  no_check.emplace_back("NONE");  // Its timers need systemd; sluice asks the replica itself.
  result["healthconfig"] = json::object{{"Test", no_check}};
  const char* network = spec.network == rollout::Network::Host ? "host" : "bridge";
  result["netns"] = json::object{{"nsmode", spec.no_network ? "none" : network}};
  result["log_configuration"] = json::object{{"driver", "k8s-file"}, {"options", json::object{{"max-size", "10mb"}}}};
  result["r_limits"] =
      json::array{ulimit("nofile", spec.process_limits.files), ulimit("nproc", spec.process_limits.processes)};
  result["resource_limits"] = resource_limits(spec.limits);
  if (!spec.command.empty()) {
    json::array command;
    for (const auto& argument : spec.command) command.emplace_back(argument);
    result["command"] = command;
  }
  if (spec.replace_entrypoint) {
    json::array none;
    none.emplace_back("");
    result["entrypoint"] = none;
  }
  if (spec.read_only) {
    json::array options;
    options.emplace_back("size=64m");
    options.emplace_back("mode=1777");
    json::array mounts;
    mounts.emplace_back(
        json::object{{"destination", "/tmp"}, {"type", "tmpfs"}, {"source", "tmpfs"}, {"options", options}});
    result["read_only_filesystem"] = true;
    result["mounts"] = mounts;
  }
  return json::serialize(result);
}

}  // namespace sluice::podman
