#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <string>

#include "base/time.h"
#include "cli/event_fields.h"
#include "cli/event_printer.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

std::string duration(const json::object& event) {
  return format_duration(Milliseconds{static_cast<long>(event.at("duration_seconds").to_number<double>() * 1000)});
}

Tint tint_of(const std::string& outcome) {
  if (outcome == "success") return Tint::Good;
  return outcome == "failure" ? Tint::Bad : Tint::Waiting;
}

/// A workflow run as lines, each with its job in front.
class RunPrinter final : public EventPrinter {
 public:
  void on_event(const json::object& event) override {
    const std::string type = text(event, "type");
    const std::string job = text(event, "job");
    if (type == "line") return terminal_.print(text(event, "line"));
    if (type == "run_started") {
      return terminal_.print(
          fmt::format("run {} of {} at {}", text(event, "run"), text(event, "name"), text(event, "sha").substr(0, 12)));
    }
    if (type == "run_waits")
      return terminal_.print(fmt::format("waits: another run has the concurrency group {}", text(event, "group")));
    if (type == "job_begins") return say(job, terminal_.tinted("begins", Tint::Strong));
    if (type == "step_begins") return say(job, terminal_.tinted("▸ " + text(event, "name"), Tint::Strong));
    if (type == "step_skipped")
      return say(job, terminal_.tinted("- " + text(event, "name") + " (skipped)", Tint::Faint));
    if (type == "step_deploys") {
      return say(job, fmt::format("  its deployment is {}: `sluice watch {}` follows that",
                                  text(event, "deployment_id"), text(event, "deployment_id")));
    }
    if (type == "output") return say(job, "  " + text(event, "text"));
    if (type == "annotation") return annotation(event, job);
    if (type == "step_ends" && text(event, "outcome") != "success") {
      return say(job, terminal_.tinted(fmt::format("✗ {}", text(event, "message")), Tint::Bad));
    }
    if (type == "job_ends") return ends(job, event);
    if (type == "run_ends") return ends("run", event);
  }

  void on_end(int exit_code, const std::string& message) override {
    if (message.empty()) return;
    if (exit_code == 0) return terminal_.print(message);
    std::fprintf(stderr, "sluice: %s\n", message.c_str());
  }

 private:
  void say(const std::string& job, const std::string& line) {
    terminal_.print(fmt::format("{} {}", terminal_.tinted(fmt::format("{:>18} │", job), Tint::Faint), line));
  }

  void ends(const std::string& who, const json::object& event) {
    const std::string outcome = text(event, "outcome");
    say(who, fmt::format("{} after {}", terminal_.tinted(outcome, tint_of(outcome)), duration(event)));
  }

  void annotation(const json::object& event, const std::string& job) {
    const std::string severity = text(event, "severity");
    const std::string file = text(event, "file");
    const std::string place = file.empty() ? "" : fmt::format("{}:{}: ", file, event.at("line").as_int64());
    say(job, terminal_.tinted(fmt::format("{}{}: {}", place, severity, text(event, "message")),
                              severity == "error" ? Tint::Bad : Tint::Waiting));
  }

  Terminal terminal_;
};

class WatchPrinter final : public EventPrinter {
 public:
  void on_event(const json::object& event) override {
    if (!chosen_) chosen_ = event.contains("run") ? run_printer() : deployment_printer();
    chosen_->on_event(event);
  }
  void make_room() override {
    if (chosen_) chosen_->make_room();
  }
  void on_end(int exit_code, const std::string& message) override {
    if (!chosen_) chosen_ = run_printer();
    chosen_->on_end(exit_code, message);
  }

 private:
  std::unique_ptr<EventPrinter> chosen_;
};

}  // namespace

std::unique_ptr<EventPrinter> watch_printer() { return std::make_unique<WatchPrinter>(); }
std::unique_ptr<EventPrinter> run_printer() { return std::make_unique<RunPrinter>(); }

}  // namespace sluice::cli
