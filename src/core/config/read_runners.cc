#include "core/config/read_runners.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/config/form.h"

namespace sluice::config {
namespace {

using yaml::Node;

constexpr std::string_view kPrefix = "sluice-ci/";
constexpr long kMebibyte = 1024 * 1024;

struct TaskSize {
  int cpu;         ///< In units of 1/1024 vCPU.
  int least_mib;   ///< Of memory.
  int most_mib;    ///< Likewise.
  int stride_mib;  ///< 0: doubles.
};
/// "Task CPU and memory" of ECS's developer guide (fargate-tasks-services), Linux.
constexpr std::array<TaskSize, 7> kTaskSizes{{{256, 512, 2048, 0},
                                              {512, 1024, 4096, 1024},
                                              {1024, 2048, 8192, 1024},
                                              {2048, 4096, 16384, 1024},
                                              {4096, 8192, 30720, 1024},
                                              {8192, 16384, 61440, 4096},
                                              {16384, 32768, 122880, 8192}}};

bool fits(const TaskSize& size, int memory_mib) {
  if (memory_mib < size.least_mib || memory_mib > size.most_mib) return false;
  if (size.stride_mib == 0) return memory_mib == 512 || memory_mib == 1024 || memory_mib == 2048;
  return (memory_mib - size.least_mib) % size.stride_mib == 0;
}

void read_size(Reader& reader, const Node& node, EcsRunner& runner) {
  reader.read(&node, "cpu", runner.cpu);
  const auto size = std::ranges::find(kTaskSizes, runner.cpu, &TaskSize::cpu);
  if (size == kTaskSizes.end()) {
    reader.report(reader.get(&node, "cpu")->begin,
                  fmt::format("'cpu' must be 256, 512, 1024, 2048, 4096, 8192 or 16384 units of 1/1024 vCPU, not {}",
                              runner.cpu));
    return;
  }
  runner.memory_mib = size->least_mib;
  const Node* const memory = reader.get(&node, "memory");
  if (memory == nullptr) return;
  const long bytes = parse_size(memory->text);
  runner.memory_mib = static_cast<int>(bytes / kMebibyte);
  if (bytes % kMebibyte == 0 && fits(*size, runner.memory_mib)) return;
  const std::string steps = size->stride_mib == 0 ? "512m, 1g or 2g"
                                                  : fmt::format("{}g to {}g in steps of {}g", size->least_mib / 1024,
                                                                size->most_mib / 1024, size->stride_mib / 1024);
  reader.report(memory->begin,
                fmt::format("Fargate has no {} with {} units of CPU: it has {}", memory->text, runner.cpu, steps));
}

EcsRunner read_runner(Reader& reader, const yaml::Member& member) {
  const Node& node = *member.value;
  EcsRunner runner;
  runner.name = member.key;
  reader.read(&node, "region", runner.access.region);
  reader.read(&node, "role", runner.access.role);
  reader.read(&node, "cluster", runner.cluster);
  reader.read(&node, "subnets", runner.subnets);
  reader.read(&node, "security_groups", runner.security_groups);
  reader.read(&node, "public_ip", runner.public_ip);
  reader.read(&node, "execution_role", runner.execution_role);
  reader.read(&node, "task_role", runner.task_role);
  reader.read(&node, "image", runner.image);
  reader.read(&node, "bucket", runner.bucket);
  runner.prefix = kPrefix;
  reader.read(&node, "prefix", runner.prefix);
  while (runner.prefix.starts_with('/')) runner.prefix.erase(0, 1);
  if (!runner.prefix.empty() && !runner.prefix.ends_with('/')) runner.prefix += '/';
  read_size(reader, node, runner);
  return runner;
}

}  // namespace

std::vector<EcsRunner> read_runners(Reader& reader, const Node* runners) {
  std::vector<EcsRunner> read;
  for (std::size_t i = 0; runners != nullptr && i < runners->members.size(); ++i) {
    const yaml::Member& member = runners->members[i];
    if (!reader.is_bad(member.value.get())) read.push_back(read_runner(reader, member));
  }
  return read;
}

}  // namespace sluice::config
