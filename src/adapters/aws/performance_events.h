// What Container Insights log of the tasks of a cluster of ECS, about once a minute and task.
// Source: "Container Insights performance log events for Amazon ECS" of CloudWatch's user guide.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/slot.h"

namespace sluice::aws {

/// The log group of a cluster, given by name or ARN; CloudWatch makes it with the first event.
std::string performance_log_group(const std::string& cluster);

/// What to do where there is no such group.
std::string how_to_enable_insights(const std::string& cluster, const std::string& region);

/// `web:12`: family and revision of a task definition, of its ARN.
std::string family_and_revision(std::string_view definition);

/// So many definitions go into one pattern, which has 1,024 characters at most (FilterLogEvents) and their families 255
/// each.
inline constexpr std::size_t kDefinitionsOfPattern = 2;

/// A filter pattern that events of tasks of these definitions (`web:12`) pass, and no others. At most
/// kDefinitionsOfPattern.
std::string pattern_of_tasks(const std::vector<std::string>& definitions);

/// One sample of a task. What it has no reservation of (a task of an EC2 instance may have none) is not measured:
/// nothing is reserved then.
struct TaskSample {
  std::string definition;  ///< `web:12`
  analysis::Utilization cpu;
  analysis::Utilization memory;
};

/// Nothing when the line is no event of a task.
std::optional<TaskSample> read_task_sample(std::string_view line);

}  // namespace sluice::aws
