#include "adapters/aws/target_group_minutes.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "adapters/aws/last_part.h"
#include "adapters/aws/listener_rule.h"
#include "adapters/aws/metric_data.h"
#include "adapters/aws/target_groups.h"

namespace sluice::aws {
namespace {

constexpr double kMillisecondsInSecond = 1000;

std::vector<Figure> figures() {
  return with_percentiles({{"requests", "RequestCount", "Sum", &Minute::requests},
                           {"errors", "HTTPCode_Target_5XX_Count", "Sum", &Minute::server_errors},
                           {"success", "HTTPCode_Target_2XX_Count", "Sum", &Minute::answered},
                           {"redirects", "HTTPCode_Target_3XX_Count", "Sum", &Minute::answered},
                           {"refusals", "HTTPCode_Target_4XX_Count", "Sum", &Minute::answered},
                           {"unhealthy", "UnHealthyHostCount", "Maximum", &Minute::unhealthy}},
                          "TargetResponseTime", kMillisecondsInSecond);
}

/// `targetgroup/NAME/ID` of an ARN: the value of the dimension TargetGroup.
std::string dimension_of(const std::string& group_arn) { return group_arn.substr(group_arn.rfind(':') + 1); }

MetricSubject whole_service(const rollout::EcsTarget& place) {
  return {"service",
          "AWS/ECS",
          {{"cpu", "CPUUtilization", "Maximum", &Minute::service_cpu},
           {"memory", "MemoryUtilization", "Maximum", &Minute::service_memory}},
          {{"ClusterName", last_part(place.cluster)}, {"ServiceName", last_part(place.service)}}};
}

void add_unanswered(Minutes& minutes) {
  for (auto& [at, minute] : minutes) {
    minute.unanswered = std::max(0.0, minute.requests - minute.answered - minute.server_errors);
  }
}

void add_service(Minutes& minutes, const Minutes& service) {
  for (const auto& [at, told] : service) {
    Minute& minute = minutes[at];
    minute.service_cpu = told.service_cpu;
    minute.service_memory = told.service_memory;
  }
}

}  // namespace

Result<TargetGroupPair> TargetGroupMinutes::groups_of(Client& client, const rollout::EcsTarget& place,
                                                      const std::stop_token& stop) {
  const std::string& key = place.rules.front();
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = groups_.find(key); known != groups_.end()) return known->second;
  }
  TRY_ASSIGN(const TargetGroupPair groups, target_groups_of(client, place, Priority::Ordinary, stop));
  const std::lock_guard lock(mutex_);
  groups_[key] = groups;
  return groups;
}

Result<MinutesOfBoth> TargetGroupMinutes::read(const rollout::EcsTarget& place, TimePoint from, TimePoint until,
                                               const std::stop_token& stop) {
  if (place.rules.empty()) return Error{ErrorKind::NotFound, "the service names no listener rule"};
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const TargetGroupPair groups, groups_of(*client, place, stop));
  const std::string balancer = load_balancer_of(place.rules.front());
  const auto subject = [&](std::string id, const std::string& group) {
    return MetricSubject{std::move(id),
                         "AWS/ApplicationELB",
                         figures(),
                         {{"LoadBalancer", balancer}, {"TargetGroup", dimension_of(group)}}};
  };
  const MetricQuestion question{.about = fmt::format("load balancer {}", balancer),
                                .subjects = {subject("a", groups[0]), subject("b", groups[1]), whole_service(place)}};
  TRY_ASSIGN(auto series, metric_data(*client, question, from, until, stop));
  add_unanswered(series[0]);
  add_unanswered(series[1]);
  add_service(series[0], series[2]);
  add_service(series[1], series[2]);
  return MinutesOfBoth{std::move(series[0]), std::move(series[1])};
}

}  // namespace sluice::aws
