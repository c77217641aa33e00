#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "base/json_text.h"
#include "base/time.h"
#include "cli/event_fields.h"
#include "cli/event_printer.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

std::string seconds(double value) { return format_duration(Milliseconds{static_cast<long>(value * 1000)}); }

Tint tint_of(std::string_view outcome) {
  if (outcome == "succeeded") return Tint::Good;
  return outcome == "cancelled" ? Tint::Waiting : Tint::Bad;
}

class JsonPrinter final : public EventPrinter {
 public:
  void on_event(const json::object& event) override { std::cout << to_json_text(event) << std::endl; }
  void on_end(int exit_code, const std::string& message) override {
    std::cout << to_json_text(json::object{{"type", "end"}, {"exit_code", exit_code}, {"message", message}})
              << std::endl;
  }
};

class LinePrinter final : public EventPrinter {
 public:
  void on_event(const json::object& event) override {
    const std::string type = text(event, "type");
    if (type == "live_service") return live_service(event);
    if (type == "deployment") return deployment(event);
    if (type == "queued_deployment") return queued(event);
    if (type == "figures") return figures(event);
    if (type == "ended_deployment") return ended(event);
    if (type == "workflow_run") return run(event);
    if (type == "ended_run") return ended_run(event);
    if (type == "word_delayed") return complain(text(event, "message"));
    if (type == "plan") return plan(event);
    if (type == "log") {
      const std::string of =
          event.contains("job") ? text(event, "job") + "/" + text(event, "step") : text(event, "colour");
      return terminal_.print(fmt::format("{} {}", terminal_.tinted(of, Tint::Faint), text(event, "line")));
    }
    if (type == "log_problem") return complain(text(event, "colour") + ": " + text(event, "problem"));
    if (type == "smoke_test") return smoke(event);
    if (type == "line" || type == "taken_over" || type == "left_alone") return terminal_.print(text(event, "line"));
  }

  void on_end(int exit_code, const std::string& message) override {
    if (message.empty()) return;
    if (exit_code == 0) return terminal_.print(message);
    complain(message);
  }

 private:
  static void complain(const std::string& message) { std::fprintf(stderr, "sluice: %s\n", message.c_str()); }

  void live_service(const json::object& event) {
    terminal_.print(fmt::format("{}/{}  {} serves at {}{}{}  ({} replicas, revision {})", text(event, "environment"),
                                terminal_.tinted(text(event, "service"), Tint::Strong), text(event, "label"),
                                text(event, "listen"), text(event, "host").empty() ? "" : " " + text(event, "host"),
                                text(event, "path"), number(event, "replicas"), text(event, "revision")));
    const std::string problem = text(event, "problem");
    if (!problem.empty()) terminal_.print("  " + terminal_.tinted(problem, Tint::Bad));
  }

  void deployment(const json::object& event) {
    terminal_.print(fmt::format("{}/{}  deployment {} of {}: {}, GREEN has {}%", text(event, "environment"),
                                terminal_.tinted(text(event, "service"), Tint::Strong), text(event, "deployment"),
                                text(event, "label"), text(event, "stage_title"),
                                number(event, "green_weight_percent")));
    const std::string cause = text(event, "cause");
    if (!cause.empty()) terminal_.print("  " + terminal_.tinted(cause, Tint::Waiting));
    const std::string failure = text(event, "last_failure");
    if (failure.empty()) return;
    terminal_.print("  " + terminal_.tinted(fmt::format("tried {} time(s), and again: {}",
                                                        number(event, "failed_attempts"), failure),
                                            Tint::Bad));
  }

  void queued(const json::object& event) {
    terminal_.print(fmt::format("{}/{}  deployment {} of {} by {} waits for its turn", text(event, "environment"),
                                terminal_.tinted(text(event, "service"), Tint::Strong), text(event, "deployment"),
                                text(event, "label"), text(event, "requested_by")));
  }

  void figures(const json::object& event) {
    for (const char* colour : {"green", "blue"}) {
      const json::object& side = event.at(colour).as_object();
      terminal_.print(fmt::format("  {:5}  {:.1f} requests/s, {:.2f}% 5xx, p50 {}, p95 {}", colour,
                                  number(side, "requests_per_second"), number(side, "server_error_percent"),
                                  answer_time(side, "p50_milliseconds"), answer_time(side, "p95_milliseconds")));
      const double lost = number(side, "lost_log_lines");
      if (lost > 0) {
        terminal_.print(terminal_.tinted(
            fmt::format("         the router counted {:.0f} requests more than its log told of", lost), Tint::Waiting));
      }
    }
  }

  void ended(const json::object& event) {
    const std::string outcome = text(event, "outcome");
    terminal_.print(fmt::format("{}  {}/{}  {:12} {}  {}  by {}", text(event, "started_at").substr(0, 19),
                                text(event, "environment"), text(event, "service"), text(event, "label"),
                                terminal_.tinted(fmt::format("{:21}", outcome), tint_of(outcome)),
                                seconds(number(event, "duration_seconds")), text(event, "requested_by")));
    const std::string cause = text(event, "cause");
    if (!cause.empty()) terminal_.print("    " + cause);
  }

  void run(const json::object& event) {
    terminal_.print(fmt::format("run {} of {} at {} is under way", text(event, "run"),
                                terminal_.tinted(text(event, "name"), Tint::Strong), text(event, "sha").substr(0, 12)));
    for (const json::value& each : event.at("running").as_array()) {
      const json::object& step = each.as_object();
      std::string line =
          fmt::format("  job {}, step {}: {}", text(step, "job"), number(step, "step"), text(step, "name"));
      for (const json::value& deployment : step.at("deployments").as_array()) {
        line += fmt::format(", deployment {}", std::string_view(deployment.as_string()));
      }
      terminal_.print(line);
    }
  }

  void ended_run(const json::object& event) {
    const std::string outcome = text(event, "outcome");
    const Tint tint = outcome == "success" ? Tint::Good : outcome == "cancelled" ? Tint::Waiting : Tint::Bad;
    terminal_.print(fmt::format("{}  workflow {} at {}  {}  {}  by {} (run {})",
                                text(event, "started_at").substr(0, 19), text(event, "name"),
                                text(event, "sha").substr(0, 12), terminal_.tinted(outcome, tint),
                                seconds(number(event, "duration_seconds")), text(event, "actor"), text(event, "run")));
    const std::string cause = text(event, "cause");
    if (!cause.empty()) terminal_.print("    " + cause);
  }

  void plan(const json::object& event) {
    terminal_.print(
        fmt::format("{} in {}", terminal_.tinted(text(event, "service"), Tint::Strong), text(event, "environment")));
    if (const std::string place = text(event, "place"); !place.empty()) terminal_.print("  on " + place);
    if (event.at("unchanged").as_bool()) return terminal_.print("  nothing would change: this revision serves already");
    for (const json::value& line : event.at("changes").as_array())
      terminal_.print("  " + std::string(line.get_string()));
    for (const json::value& hook : event.at("hooks").as_array())
      terminal_.print("  hook " + std::string(hook.get_string()));
    if (const json::object* const scan = event.at("scan").if_object()) plan_of_scan(*scan);
    std::string steps;
    for (const json::value& step : event.at("steps").as_array()) {
      steps += fmt::format("{}{}% for {}", steps.empty() ? "" : ", ", number(step.as_object(), "weight_percent"),
                           seconds(number(step.as_object(), "bake_seconds")));
    }
    terminal_.print(fmt::format("  traffic: {}; bakes take {} in all", steps, seconds(number(event, "bake_seconds"))));
    if (event.at("first").as_bool())
      terminal_.print("  first deployment: there is nothing to compare with, so no canary");
  }

  void plan_of_scan(const json::object& scan) {
    const std::string verdict = text(scan, "verdict");
    if (verdict == "passed") return terminal_.print("  scan: nothing is found that would stop it");
    const bool waits = verdict == "wait";
    terminal_.print(terminal_.tinted(
        fmt::format("  scan: {} {}",
                    waits ? "it would be waited for:" : "it would be refused:", text(scan, "sentence")),
        waits ? Tint::Waiting : Tint::Bad));
  }

  void smoke(const json::object& event) {
    const bool passed = event.at("passed").as_bool();
    terminal_.print(fmt::format("{} {}{}",
                                terminal_.tinted(passed ? "passed" : "failed", passed ? Tint::Good : Tint::Bad),
                                text(event, "name"), passed ? "" : ": " + text(event, "message")));
  }

  Terminal terminal_;
};

}  // namespace

std::unique_ptr<EventPrinter> json_printer() { return std::make_unique<JsonPrinter>(); }
std::unique_ptr<EventPrinter> line_printer() { return std::make_unique<LinePrinter>(); }

}  // namespace sluice::cli
