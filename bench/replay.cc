// What a line of recorded traffic costs, read and judged, as a share of its budget of a microsecond.
#include "core/recording/replay.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "core/recording/recording_format.h"

namespace sluice::recording {
namespace {

constexpr double kLineBudget = 1e-6;

/// Two minutes of a thousand requests a second, of which GREEN gets a tenth after the first.
std::vector<std::string> lines_of(Format format) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(5.8, 0.8);
  std::vector<std::string> lines;
  if (format == Format::Csv) lines.emplace_back("t,arm,status,latency_ms,log_errors");
  for (int i = 0; i < 120'000; ++i) {
    const double t = i / 1000.0;
    const char* arm = i > 60'000 && i % 10 == 0 ? "green" : "blue";
    const int status = random() % 2000 == 0 ? 500 : 200;
    const double took = latency(random);
    if (format == Format::Csv) {
      lines.push_back(fmt::format("{:.3f},{},{},{:.1f},0", t, arm, status, took));
    } else if (format == Format::Haproxy) {
      lines.push_back(fmt::format("t0k {:.0f} 7223 shop.local.web:{} s1 {} 0 {:.0f} {:.0f} - GET /api/v1/chat 0AF1{}",
                                  t * 1000, arm[0] == 'g' ? 'b' : 'a', status, took, took * 1000, i));
    } else {
      lines.push_back(
          fmt::format(R"({{"t": {:.3f}, "arm": "{}", "status": {}, "latency_ms": {:.1f}, "log_errors": 0}})", t, arm,
                      status, took));
    }
  }
  return lines;
}

void one_line(benchmark::State& state, Format format) {
  const std::vector<std::string> lines = lines_of(format);
  const analysis::Alarm alarm{.name = "http_5xx", .above = 0.01, .datapoints = 2, .out_of = 3};
  const analysis::JudgeSettings settings{.alarms = {alarm}, .analysis = analysis::AnalysisSettings{}};
  std::int64_t read = 0;
  const std::clock_t begun = std::clock();
  for (auto _ : state) {
    Replay replay(analysis::TrafficJudge::create(settings).value(), {}, [](const analysis::Decision&) {});
    LineParser parser = LineParser::create(format, lines.front(), {}).value();
    for (const std::string& line : lines) replay.add(parser.parse(line));
    replay.finish();
    read += static_cast<std::int64_t>(lines.size());
  }
  const double seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  state.counters["of_budget"] = seconds / static_cast<double>(read) / kLineBudget;
}

BENCHMARK_CAPTURE(one_line, ndjson, Format::Ndjson)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_line, csv, Format::Csv)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_line, haproxy, Format::Haproxy)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::recording

BENCHMARK_MAIN();
