// For tests: sources of measurements that say what they were given.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ports/service_log.h"
#include "ports/telemetry.h"

namespace sluice::application {

/// Gives what the test says; a router slot without slots is one that nobody measures.
class GivenTelemetry final : public ports::Telemetry {
 public:
  Result<ports::Measurements> read(const rollout::ServiceKey&, rollout::Slot slot, TimePoint from) const override {
    if (failure) return *failure;
    const auto& given = sides[index_of(slot)];
    if (given.slots.empty()) return Error{ErrorKind::NotFound, "nothing is measured yet"};
    ports::Measurements since{.slots = {}, .fastest = given.fastest, .lost_lines = given.lost_lines};
    for (const auto& one : given.slots) {
      if (one.start >= from) since.slots.push_back(one);
    }
    return since;
  }
  Result<std::vector<ports::BadAnswer>> first_bad_answers(const rollout::ServiceKey&, rollout::Slot, TimePoint,
                                                          int) const override {
    return std::vector<ports::BadAnswer>{};
  }
  Result<analysis::NotedSpan> notes(const rollout::ServiceKey&, rollout::Slot, TimePoint, TimePoint) const override {
    return analysis::NotedSpan{};
  }
  void count_answers(const rollout::ServiceKey&, const std::vector<analysis::MetricSource>&) override {}
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey&, rollout::Slot, std::size_t,
                                                        TimePoint) const override {
    return Error{ErrorKind::NotFound, "nothing is measured yet"};
  }
  std::array<ports::Measurements, 2> sides;  ///< Router slots A and B.
  std::optional<Error> failure;              ///< Of every read.
};

class GivenLog final : public ports::ServiceLog {
 public:
  Result<std::vector<ports::LogSlot>> read(const rollout::ServiceKey&, const std::string& revision,
                                           TimePoint) const override {
    const auto found = slots.find(revision);
    if (found == slots.end()) return Error{ErrorKind::NotFound, "no log"};
    return found->second;
  }
  Result<std::vector<ports::ErrorLine>> first_error_lines(const rollout::ServiceKey&, const std::string&, TimePoint,
                                                          int) const override {
    return std::vector<ports::ErrorLine>{};
  }
  void count_fields(const rollout::ServiceKey&, const std::vector<analysis::MetricSource>&) override {}
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey&, const std::string&, std::size_t,
                                                        TimePoint) const override {
    return Error{ErrorKind::NotFound, "no log"};
  }
  Result<std::vector<ports::UtilizationSlot>> read_utilization(const rollout::ServiceKey&, const std::string& revision,
                                                               TimePoint) const override {
    const auto found = used.find(revision);
    if (found == used.end()) return Error{ErrorKind::NotFound, "no Container Insights"};
    return found->second;
  }
  Status look_at_utilization(const rollout::ServiceKey& service, const std::string& revision,
                             const std::stop_token&) override {
    const auto found = read_utilization(service, revision, {});
    if (!found) return found.error();
    return {};
  }
  std::map<std::string, std::vector<ports::LogSlot>> slots;         ///< By revision.
  std::map<std::string, std::vector<ports::UtilizationSlot>> used;  ///< Likewise.
};

}  // namespace sluice::application
