#include "adapters/aws/performance_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "adapters/aws/json_member.h"
#include "adapters/aws/last_part.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

/// More than a task can take, and little enough to be added up.
constexpr double kMostShare = 1'000;

/// None of what is not a number, or of nothing reserved.
analysis::Utilization share_of(const json::object& event, std::string_view used, std::string_view reserved) {
  const double whole = real_member(event, reserved);
  const json::value* const told = event.if_contains(used);
  if (told == nullptr || !told->is_number() || !(whole > 0)) return {};
  const double share = std::clamp(real_member(event, used) / whole, 0.0, kMostShare);
  return {.reserved = analysis::kWholeReservation,
          .used = std::llround(share * static_cast<double>(analysis::kWholeReservation))};
}

}  // namespace

std::string performance_log_group(const std::string& cluster) {
  return fmt::format("/aws/ecs/containerinsights/{}/performance", last_part(cluster));
}

std::string how_to_enable_insights(const std::string& cluster, const std::string& region) {
  return fmt::format(
      "the cluster {0} has no Container Insights (there is no log group {1}), which tell what CPU and memory its tasks "
      "use: enable them with `aws ecs update-cluster-settings --cluster {0} --settings "
      "name=containerInsights,value=enabled --region {2}`, and deploy some minutes later; or write "
      "service_cpu_utilization and service_memory_utilization in place of cpu_utilization and memory_utilization: they "
      "need none, and are of both colours' tasks together",
      last_part(cluster), performance_log_group(cluster), region);
}

std::string family_and_revision(std::string_view definition) {
  return std::string(definition.substr(definition.rfind('/') + 1));
}

std::string pattern_of_tasks(const std::vector<std::string>& definitions) {
  std::string any;
  for (const std::string& definition : definitions) {
    const std::size_t colon = definition.rfind(':');
    any += fmt::format(R"({}($.Type = "Task" && $.TaskDefinitionFamily = "{}" && $.TaskDefinitionRevision = "{}"))",
                       any.empty() ? "" : " || ", definition.substr(0, colon), definition.substr(colon + 1));
  }
  return "{ " + any + " }";
}

std::optional<TaskSample> read_task_sample(std::string_view line) {
  boost::system::error_code failed;
  const json::value parsed = json::parse(line, failed);
  const json::object* const event = failed ? nullptr : parsed.if_object();
  if (event == nullptr || text_member(*event, "Type") != "Task") return std::nullopt;
  return TaskSample{
      .definition = text_member(*event, "TaskDefinitionFamily") + ":" + text_member(*event, "TaskDefinitionRevision"),
      .cpu = share_of(*event, "CpuUtilized", "CpuReserved"),
      .memory = share_of(*event, "MemoryUtilized", "MemoryReserved")};
}

}  // namespace sluice::aws
