#include "cli/analyze.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/json_text.h"
#include "cli/evidence_plot.h"
#include "cli/recording_input.h"
#include "cli/what_if.h"
#include "core/analysis/sequential_sentence.h"
#include "core/config/checks_file.h"
#include "core/recording/recording_format.h"
#include "core/recording/replay.h"
#include "core/rollout/particulars_json.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;
using analysis::Decision;
using analysis::DecisionKind;
using recording::Replay;
using server::Arguments;

constexpr int kUnusable = 2;
/// More bad lines than this are counted, not told one by one.
constexpr std::int64_t kMostProblems = 10;

int refuse(const std::string& message) {
  std::fprintf(stderr, "sluice: %s\n", message.c_str());
  return kUnusable;
}

void print(const Decision& decision, bool with_type) {
  // Written by hand for the sake of `t`, which people should be able to read: 63.3, not 6.33E1.
  const std::int64_t count = decision.at.time_since_epoch().count();
  const std::string particulars =
      decision.particulars.empty() ? "" : ",\"particulars\":" + to_json_text(rollout::to_json(decision.particulars));
  std::printf("{%s\"t\":%s,\"decision\":\"%s\",\"reason\":%s,\"message\":%s%s}\n",
              with_type ? R"("type":"decision",)" : "",
              count % 1000 == 0 ? fmt::format("{}", count / 1000).c_str()
                                : fmt::format("{:.1f}", static_cast<double>(count) / 1000).c_str(),
              std::string(to_string(decision.kind)).c_str(), json::serialize(json::string(decision.reason)).c_str(),
              json::serialize(json::string(decision.message)).c_str(), particulars.c_str());
  std::fflush(stdout);
}

Result<config::Checks> read_checks(const Arguments& arguments) {
  const std::string file = arguments.has("config") ? arguments.one("config") : "sluice.yaml";
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    return Error{
        ErrorKind::NotFound,
        fmt::format("cannot read {}; name a sluice.yaml, or a file with its sections alarms and analysis, with "
                    "--config",
                    file)};
  }
  auto parsed = config::parse_checks(text.str(), file, arguments.one("environment"), arguments.one("service"));
  for (const Finding& finding : parsed.findings) std::fprintf(stderr, "%s\n", to_string(finding).c_str());
  if (!parsed.checks) return Error{ErrorKind::InvalidInput, fmt::format("{} cannot be used", file)};
  return *std::move(parsed.checks);
}

/// `60s=10%`
Result<std::pair<Milliseconds, Weight>> parse_weight_at(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("--weight must be a time and a share, like 60s=10%, not '{}'", text)};
  }
  TRY_ASSIGN(const Milliseconds since, parse_duration(text.substr(0, equals)));
  TRY_ASSIGN(const Weight weight, Weight::parse(text.substr(equals + 1)));
  return std::pair{since, weight};
}

Result<recording::ReplaySettings> replay_settings(const Arguments& arguments, const rollout::Strategy& strategy) {
  recording::ReplaySettings settings;
  if (arguments.has("reorder")) {
    TRY_ASSIGN(settings.reorder, parse_duration(arguments.one("reorder")));
    if (settings.reorder > recording::kLongestReorder) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("--reorder is {}; it can be up to {}", format_duration(settings.reorder),
                               format_duration(recording::kLongestReorder))};
    }
  }
  for (const std::string& text : arguments.many("weight")) {
    TRY_ASSIGN(auto weight, parse_weight_at(text));
    settings.weights.push_back(weight);
  }
  settings.bake = [steps = strategy.steps](Weight weight) -> std::optional<Milliseconds> {
    const auto step = std::ranges::find(steps, weight, &rollout::TrafficStep::weight);
    if (step == steps.end()) return std::nullopt;
    return step->bake;
  };
  settings.goes_on = arguments.has("all");
  return settings;
}

/// The recording's format, by what was said or by its first line.
Result<recording::LineParser> line_parser(const Arguments& arguments, const std::vector<std::string>& metrics,
                                          std::string_view first_line) {
  recording::ArmNames arms{.metrics = metrics};
  if (arguments.has("blue")) arms.blue = arguments.one("blue");
  if (arguments.has("green")) arms.green = arguments.one("green");
  if (arguments.has("format")) {
    TRY_ASSIGN(const recording::Format format, recording::parse_format(arguments.one("format")));
    return recording::LineParser::create(format, first_line, arms);
  }
  const auto format = recording::guess_format(first_line);
  if (!format) {
    return Error{ErrorKind::InvalidInput,
                 "the recording's first line is of no format that sluice knows: say with --format which it is"};
  }
  return recording::LineParser::create(*format, first_line, arms);
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

struct Reading {
  std::int64_t lines = 0;
  std::int64_t bad = 0;
  std::int64_t other = 0;
};

/// Feeds all lines, as long as they are wanted.
Result<Reading> read_all(RecordingInput& input, const std::string& name, const Arguments& arguments,
                         const std::vector<std::string>& metrics, Replay& replay) {
  Reading reading;
  std::string_view text;
  bool more = input.next(text);
  while (more && is_blank(text)) more = input.next(text);
  if (!more) return reading;
  TRY_ASSIGN(recording::LineParser parser, line_parser(arguments, metrics, text));
  for (; more; more = input.next(text)) {
    const recording::RecordedLine line = parser.parse(text);
    ++reading.lines;
    if (line.kind == recording::RecordedLine::Kind::Bad && ++reading.bad <= kMostProblems) {
      std::fprintf(stderr, "%s:%lld: %.*s\n", name.c_str(), static_cast<long long>(input.line_number()),
                   static_cast<int>(line.problem.size()), line.problem.data());
    }
    if (line.kind == recording::RecordedLine::Kind::Other) ++reading.other;
    if (!replay.add(line)) return reading;
  }
  replay.finish();
  if (!input.error().empty()) {
    std::fprintf(stderr, "sluice: reading %s stopped after line %lld: %s\n", name.c_str(),
                 static_cast<long long>(input.line_number()), input.error().c_str());
  }
  return reading;
}

json::object summary_of(const Reading& reading, const recording::ReplayCounts& counts) {
  return {{"type", "recording"},
          {"lines", reading.lines},
          {"green_requests", counts.green_requests},
          {"blue_requests", counts.blue_requests},
          {"weight_changes", counts.weights},
          {"unreadable_lines", reading.bad},
          {"other_lines", reading.other},
          {"late_lines", counts.late},
          {"unknown_status", counts.unknown_status},
          {"unknown_latency", counts.unknown_latency},
          {"clock_steps", counts.clock_steps},
          {"unwatched_stretches", counts.unwatched}};
}

void tell(std::int64_t count, const char* what) {
  if (count > 0) std::fprintf(stderr, "sluice: %lld %s\n", static_cast<long long>(count), what);
}

void print_summary(const Reading& reading, const recording::ReplayCounts& counts, bool as_json) {
  if (as_json) {
    std::printf("%s\n", json::serialize(summary_of(reading, counts)).c_str());
    return;
  }
  tell(reading.bad, "lines could not be read, and were left out");
  tell(counts.late, "lines came later than --reorder allows, and were left out");
  tell(counts.unknown_status, "requests had no status from 100 to 599, and were left out");
  tell(counts.unknown_latency, "requests had no latency; the rest of them counts");
  tell(counts.clock_steps, "times the clock stepped back, and the analysis went on from there");
  tell(counts.unwatched, "stretches without a line were so long that nobody can have watched");
}

/// What is said at the end of a recording that came to no decision.
Decision nothing_decided(const Replay& replay, const std::optional<analysis::AnalysisSettings>& settings) {
  const recording::ReplayCounts& counts = replay.counts();
  Decision decision{.reason = "end of input", .at = replay.last().value_or(TimePoint{})};
  if (counts.green_requests == 0 || counts.blue_requests == 0) {
    decision.message = fmt::format("{} had no requests: there is nothing to compare",
                                   counts.green_requests == 0 && counts.blue_requests == 0 ? "neither colour"
                                   : counts.green_requests == 0                            ? "GREEN"
                                                                                           : "BLUE");
    return decision;
  }
  decision.message = "nothing spoke against GREEN";
  const auto assessment = replay.judge().assess();
  if (assessment && assessment->at_most_worse) {
    decision.message += "; " + analysis::describe_bound(*assessment->at_most_worse, settings->sequential.bound_alpha);
  }
  return decision;
}

int write_plot(const EvidencePlot& plot, const std::string& file, const std::string& recording) {
  std::ofstream stream(file, std::ios::binary);
  stream << plot.svg(recording == "-" ? "A recorded rollout" : recording);
  stream.close();
  return stream ? 0 : refuse(fmt::format("cannot write {}: the folder must be there, and writable", file));
}

int analyze_recording(const Invocation& invocation, const config::Checks& checks) {
  const Arguments& arguments = invocation.arguments;
  auto judge = analysis::TrafficJudge::create({.alarms = checks.alarms, .analysis = checks.analysis});
  if (!judge) return refuse(judge.error().message);
  auto settings = replay_settings(arguments, checks.strategy);
  if (!settings) return refuse(settings.error().message);
  if (checks.analysis) settings->metrics = checks.analysis->sequential.more;
  const std::string name = arguments.has("input") ? arguments.one("input") : "-";
  auto input = RecordingInput::open(name);
  if (!input) return refuse(input.error().message);
  EvidencePlot plot;
  const bool plots = arguments.has("plot");
  Replay::OnSlot on_slot;
  if (plots) {
    on_slot = [&](const analysis::Slot& green, const analysis::Slot& blue, const analysis::TrafficJudge& now) {
      plot.add(green, blue, now);
    };
  }
  const auto on_decision = [&](const Decision& decision) {
    print(decision, invocation.json);
    plot.add(decision);
  };
  std::vector<std::string> metrics;
  for (const analysis::SequentialMetric& metric : settings->metrics) metrics.push_back(metric.name);
  Replay replay(*std::move(judge), *std::move(settings), on_decision, on_slot);
  const auto reading = read_all(*input, name, arguments, metrics, replay);
  if (!reading) return refuse(reading.error().message);
  const recording::ReplayCounts& counts = replay.counts();
  const bool nothing = counts.green_requests + counts.blue_requests == 0;
  if (nothing && reading->bad > 0) {
    return refuse(fmt::format("none of the {} lines of {} could be read", reading->lines, name));
  }
  if (replay.judge().decision().kind == DecisionKind::None && !replay.has_rolled_back()) {
    print(nothing_decided(replay, checks.analysis), invocation.json);
  }
  print_summary(*reading, counts, invocation.json);
  return plots ? write_plot(plot, arguments.one("plot"), name) : 0;
}

}  // namespace

int run_analyze(const Invocation& invocation) {
  const auto checks = read_checks(invocation.arguments);
  if (!checks) return refuse(checks.error().message);
  if (invocation.arguments.has("what-if")) return run_what_if(invocation, *checks);
  return analyze_recording(invocation, *checks);
}

}  // namespace sluice::cli
