// Whether HAProxy's log is read without loss: telemetry's count of requests against HAProxy's own counters, under load.
//
//   build/release/log_loss [--rate 20000] [--seconds 10] [--loads 2] [--responders 2]
//
// HAProxy, responders (bench/responder) and load (bench/load) run on this machine, on loopback alone. Prints one JSON
// line a figure; exits 1 when a line was lost. The rate that was reached is among the figures: on a small machine the
// load itself is the limit.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/haproxy/names.h"
#include "adapters/haproxy/runtime_socket.h"
#include "adapters/posix/processes.h"
#include "support/haproxy_world.h"

namespace {

using namespace sluice;
using testing_support::HaproxyWorld;

struct Options {
  double rate = 20'000;
  double seconds = 10;
  int loads = 2;
  int responders = 2;
};

void tell(const char* figure, double value, const char* unit, std::optional<double> goal = std::nullopt) {
  fmt::print("{{\"figure\":\"{}\",\"value\":{:.3f},\"unit\":\"{}\"", figure, value, unit);
  if (goal) fmt::print(",\"goal\":{:.3f},\"ratio_to_goal\":{:.2f}", *goal, value / *goal);
  fmt::print("}}\n");
  std::fflush(stdout);
}

/// HAProxy's own count of a slot's requests.
long long counted_by_haproxy(const HaproxyWorld& world, const std::string& backend) {
  const haproxy::RuntimeSocket socket(world.run_directory() + "/haproxy.sock");
  const auto table = socket.command("show stat");
  if (!table.has_value()) return -1;
  for (const auto& row : haproxy::parse_table(*table, ',')) {
    if (haproxy::text_in(row, "pxname") == backend && haproxy::text_in(row, "svname") == "BACKEND") {
      return haproxy::number_in(row, "req_tot");
    }
  }
  return -1;
}

struct Read {
  long long requests = 0;
  long long timed = 0;
  long long lost = 0;
};

Read read_all(HaproxyWorld& world, const ports::RoutedService& service) {
  Read read;
  const auto measured = world.telemetry().read(service.service, rollout::Slot::A, TimePoint{});
  if (!measured.has_value()) return read;
  for (const auto& slot : measured->slots) {
    read.requests += slot.requests;
    read.timed += slot.latency.total();
  }
  read.lost = measured->lost_lines;
  return read;
}

void run_loads(const Options& options, const std::string& program, const ports::RoutedService& service) {
  const std::string port = service.listen.substr(service.listen.rfind(':') + 1);
  std::vector<std::jthread> loads;
  for (int i = 0; i < options.loads; ++i) {
    loads.emplace_back([&] {
      posix::Processes processes;
      const auto result = processes.run({.argv = {program, "--port", port, "--path", service.route.path, "--rate",
                                                  fmt::format("{}", options.rate / options.loads), "--seconds",
                                                  fmt::format("{}", options.seconds), "--new-share", "0"}},
                                        {});
      if (!result.has_value()) fmt::print(stderr, "log_loss: {}\n", result.error().message);
    });
  }
}

int measure(const Options& options, const std::string& load_program) {
  const auto world = HaproxyWorld::create();
  if (!world) {
    fmt::print(stderr, "log_loss: HAProxy is not installed\n");
    return 1;
  }
  const auto service = world->service("web");
  std::vector<ports::Endpoint> replicas;
  for (int i = 0; i < options.responders; ++i) replicas.push_back(world->replica());
  for (const Status& status :
       {world->router().ensure(service), world->router().set_endpoints(service.service, rollout::Slot::A, replicas, {}),
        world->router().set_split(service.service, {.open = true, .slot_b = Weight::none()})}) {
    if (!status.has_value()) {
      fmt::print(stderr, "log_loss: {}\n", status.error().message);
      return 1;
    }
  }
  const std::string backend = haproxy::backend_name(service.service, rollout::Slot::A);
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const auto began = std::chrono::steady_clock::now();
  run_loads(options, load_program, service);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  const long long counted = counted_by_haproxy(*world, backend);
  Read read;
  testing_support::eventually([&] {
    read = read_all(*world, service);
    return read.requests == counted;
  });
  const auto processor = [](const rusage& usage) {
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  };
  const auto requests = static_cast<double>(counted);
  tell("requests_that_haproxy_counted", requests, "requests");
  tell("requests_a_second", requests / took.count(), "requests/s", options.rate);
  tell("lines_read", static_cast<double>(read.requests), "lines", requests);
  tell("lines_with_a_time", static_cast<double>(read.timed), "lines", requests);
  tell("lines_lost_by_the_counters", static_cast<double>(read.lost), "lines");
  tell("reader_processor_time", (processor(after) - processor(before)) / requests * 1e6, "us/line");
  return read.requests == counted && read.lost == 0 && counted > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Reads HAProxy's log under load and compares with its counters."};
  std::string load_program = std::string(SLUICE_BINARY_DIR) + "/load";
  app.add_option("--rate", options.rate, "Requests a second, all loads together")->check(CLI::Range(1.0, 200'000.0));
  app.add_option("--seconds", options.seconds, "How long")->check(CLI::Range(0.5, 120.0));
  app.add_option("--loads", options.loads, "Load generators")->check(CLI::Range(1, 8));
  app.add_option("--responders", options.responders, "Replicas")->check(CLI::Range(1, 4));
  app.add_option("--load-program", load_program, "bench/load");
  CLI11_PARSE(app, argc, argv);
  return measure(options, load_program);
}
