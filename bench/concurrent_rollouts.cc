// So many rollouts at the same time by one controller, in simulated time on simulated ports: memory and processor time.
//
//   concurrent_rollouts [--services 1000] [--bake 180]
//
// Each service of ECS has a first revision, and then all of them go to a second one over 10%, 50% and 100% with an
// alarm and the comparison of both colours by the minute, one beginning 0.05 s after the other. What is measured is the
// controller with its journal in memory and the simulated world, which counts requests ten times a second. Prints one
// JSON object for the first revisions (the world at rest) and one for the rollouts.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "application/controller.h"
#include "simulation/simulated_ports.h"

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;

constexpr int kRequestsPerSecond = 20;
constexpr Milliseconds kLimit = 4h;
/// Between two that begin: the executor starts thirty-two at a time, and a start takes about a second.
constexpr Milliseconds kBetween{50};

struct Settings {
  int services = 1000;
  Milliseconds bake = 180s;
};

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Of this process, in MiB.
double resident_memory() {
  std::ifstream statm("/proc/self/statm");
  long pages = 0;
  statm >> pages >> pages;
  return static_cast<double>(pages) * 4096 / (1 << 20);
}

class Bench {
 public:
  explicit Bench(Settings settings) : settings_(settings) {}

  int run() {
    executor_.in_world(executor_.now(), [this] { (void)controller_.recover(); });
    for (int i = 0; i < settings_.services; ++i) {
      ports_.telemetry.begin(key(i), kRequestsPerSecond);
      plan(i, 1, {{Weight::full(), 0s}}, executor_.now() + i * kBetween);
    }
    if (!until_all_have_ended("first revisions", 1)) return 1;
    const auto percent = [](int share) { return *Weight::from_basis_points(share * 100); };
    for (int i = 0; i < settings_.services; ++i) {
      plan(i, 2, {{percent(10), settings_.bake}, {percent(50), settings_.bake}, {Weight::full(), 0s}},
           executor_.now() + i * kBetween);
    }
    return until_all_have_ended("rollouts", 2) ? 0 : 1;
  }

 private:
  static rollout::ServiceKey key(int i) { return {"bench", "staging", fmt::format("service-{}", i)}; }

  void plan(int i, int number, std::vector<rollout::TrafficStep> steps, TimePoint at) {
    rollout::Plan plan;
    plan.service = key(i);
    plan.deployment = fmt::format("{}-{}", i, number);
    plan.requested_by = "bench";
    plan.green.id = fmt::format("{}-revision-{}", i, number);
    plan.green.image = "shop/web@sha256:" + plan.green.id;
    plan.green.health = {"/health", 1s, 60s};
    plan.green.replicas = 2;
    plan.green.target = rollout::EcsTarget{.region = "eu-west-1",
                                           .role = "",
                                           .cluster = "shop",
                                           .service = key(i).service,
                                           .container = "web",
                                           .target_groups = {"blue", "green"},
                                           .rules = {"rule"},
                                           .url = "",
                                           .test_rule = "",
                                           .test_url = ""};
    plan.front_door = {fmt::format("127.0.0.1:{}", 20'000 + i), "", "/"};  // the simulated router's, one each
    plan.strategy.steps = std::move(steps);
    plan.strategy.drain = 30s;
    plan.alarms = {{.name = "http_5xx", .above = 0.01, .every = 60s}};
    if (number > 1) plan.analysis = analysis::AnalysisSettings{};
    executor_.in_world(at, [this, plan] {
      if (const Status begun = controller_.deploy({{.plan = plan, .serving = {}}}); !begun) {
        std::fprintf(stderr, "%s: %s\n", plan.deployment.c_str(), begun.error().message.c_str());
      }
    });
  }

  /// Of every service there are `each` deployments, and all have succeeded.
  bool until_all_have_ended(const char* name, int each) {
    const TimePoint began = executor_.now();
    const double processor = processor_seconds();
    const auto wanted = static_cast<std::size_t>(settings_.services) * static_cast<std::size_t>(each);
    std::size_t most = 0;
    long happenings = 0;
    double memory = 0;
    while (ports_.journal.summaries().size() < wanted && executor_.now() < began + kLimit) {
      executor_.step();
      if (++happenings % 10'000 != 0) continue;
      most = std::max(most, controller_.deployments().size());
      memory = std::max(memory, resident_memory());
    }
    std::size_t succeeded = 0;
    const auto summaries = ports_.journal.summaries();
    for (const auto& summary : summaries) succeeded += summary.outcome == rollout::Outcome::Succeeded;
    const auto failed = std::ranges::find_if(
        summaries, [](const auto& summary) { return summary.outcome != rollout::Outcome::Succeeded; });
    if (failed != summaries.end()) std::fprintf(stderr, "%s: %s\n", failed->deployment.c_str(), failed->cause.c_str());
    std::size_t records = 0;
    for (const auto& [id, lines] : ports_.journal.records()) records += lines.size();
    const double used = processor_seconds() - processor;
    const double simulated = std::chrono::duration<double>(executor_.now() - began).count();
    std::printf(
        "{\"what\":\"%s\",\"services\":%d,\"succeeded\":%zu,\"at_the_same_time\":%zu,\"simulated_seconds\":%.0f,"
        "\"processor_seconds\":%.1f,\"share_of_one_processor\":%.3f,\"resident_mib\":%.0f,\"records\":%zu}\n",
        name, settings_.services, succeeded, most, simulated, used, used / simulated, memory, records);
    return succeeded == wanted;
  }

  Settings settings_;
  Faults faults_{1, {}};
  Crashes crashes_{faults_, std::nullopt};
  Trace trace_{{}};
  SimulatedExecutor executor_{Chance(1, "time"), faults_, crashes_};
  World world_{executor_, faults_, crashes_, trace_, Chance(1, "world"), {}, nullptr, {}};
  SimulatedPorts ports_{world_};
  application::Controller controller_{ports_.all(), "bench"};
};

}  // namespace
}  // namespace sluice::simulation

int main(int argc, char** argv) {
  sluice::simulation::Settings settings;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    const std::string_view text = i + 1 < argc ? argv[i + 1] : "";
    int value = 0;
    const bool is_number =
        std::from_chars(text.data(), text.data() + text.size(), value).ptr == text.data() + text.size();
    if (!is_number || value < 1 || (option != "--services" && option != "--bake")) {
      std::fputs("concurrent_rollouts [--services 1000] [--bake 180]\n", stderr);
      return 2;
    }
    if (option == "--services") settings.services = value;
    if (option == "--bake") settings.bake = std::chrono::seconds(value);
  }
  return sluice::simulation::Bench(settings).run();
}
