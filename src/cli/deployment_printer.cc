#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <vector>

#include "base/time.h"
#include "cli/event_fields.h"
#include "cli/event_printer.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

constexpr int kBarCells = 40;

/// `from` and `to` as the controller wrote them.
std::string span_between(const std::string& from, const std::string& to) {
  const auto begin = parse_rfc3339(from);
  const auto end = parse_rfc3339(to);
  if (!begin || !end || *end < *begin) return "0s";
  return format_duration(*end - *begin);
}

std::string bar(double green_percent, int length, const Terminal& terminal) {
  const int cells = static_cast<int>(green_percent * length / 100.0 + 0.5);
  std::string green;
  std::string blue;
  for (int i = 0; i < length; ++i) (i < cells ? green : blue) += i < cells ? "█" : "░";
  return terminal.tinted(green, Tint::Good) + blue;
}

class DeploymentPrinter final : public EventPrinter {
 public:
  void on_event(const json::object& event) override {
    const std::string type = text(event, "type");
    if (type == "accepted") return accepted(event);
    if (type == "unchanged") {
      return terminal_.print(
          fmt::format("{}: {} serves already; nothing to do", text(event, "service"), text(event, "label")));
    }
    if (type == "figures") {
      shown_of(event).figures = event;
      return redraw(text(event, "at"));
    }
    if (type == "deployment") return deployment(event);
    if (type == "taken_over" || type == "left_alone") return terminal_.print(text(event, "line"));
    if (type == "word_delayed") {
      std::fprintf(stderr, "sluice: %s\n", text(event, "message").c_str());
      return;
    }
    if (type == "ended_deployment") terminal_.print(fmt::format("{} {}", text(event, "label"), text(event, "outcome")));
  }

  void make_room() override { terminal_.leave_block(); }

  void on_end(int exit_code, const std::string& message) override {
    terminal_.draw({});
    if (exit_code == 0) {
      if (!message.empty()) terminal_.print(message);
      return;
    }
    if (!message.empty()) std::fprintf(stderr, "sluice: %s\n", message.c_str());
  }

 private:
  /// One deployment, as far as its events have told.
  struct Shown {
    std::string id;
    json::object deployment;
    json::object figures;
    std::string last_title;
    double last_weight = -1;
    bool rolling_back = false;
  };

  Shown& shown_of(const json::object& event) {
    const std::string id = text(event, "deployment");
    const auto known = std::ranges::find(shown_, id, &Shown::id);
    return known != shown_.end() ? *known : shown_.emplace_back(Shown{.id = id});
  }

  void accepted(const json::object& event) {
    const std::string id = text(event, "deployment");
    if (std::ranges::find(shown_, id, &Shown::id) != shown_.end()) return;  // asked for again
    (void)shown_of(event);
    const std::string service = text(event, "service");
    width_ = std::max(width_, service.size());
    const bool is_alone = !event.contains("others") || number(event, "others") == 0;
    terminal_.print(is_alone ? fmt::format("deployment {}", id) : fmt::format("deployment {} of {}", id, service));
  }

  bool is_release() const { return shown_.size() > 1; }
  /// Which service a line is about, where there are several.
  std::string about(const json::object& event) const {
    return is_release() ? fmt::format("{:<{}}  ", text(event, "service"), width_) : "";
  }

  void deployment(const json::object& event) {
    Shown& shown = shown_of(event);
    shown.deployment = event;
    const std::string at = text(event, "at");
    const std::string title = text(event, "mode") == "held" ? "held" : text(event, "stage_title");
    const double weight = number(event, "green_weight_percent");
    if (!title.empty() && (title != shown.last_title || weight != shown.last_weight)) {
      std::string line = fmt::format("{:>7}  {}{}", span_between(text(event, "started_at"), at), about(event), title);
      if (text(event, "mode") == "rolling_back" && !shown.rolling_back) {
        shown.rolling_back = true;
        terminal_.print(terminal_.tinted(fmt::format("         {}rolling back: {}", about(event), text(event, "cause")),
                                         Tint::Bad));
      }
      if (text(event, "mode") == "held") line += ": " + text(event, "cause");
      terminal_.print(line);
    }
    shown.last_title = title;
    shown.last_weight = weight;
    const std::string outcome = text(event, "outcome");
    if (!outcome.empty()) ended(event, outcome);
    redraw(at);
  }

  void ended(const json::object& event, const std::string& outcome) {
    terminal_.draw({});
    for (const json::value& line : event.at("evidence").as_array()) {
      terminal_.print("         " + terminal_.tinted(std::string(line.get_string()), Tint::Faint));
    }
    const Tint tint = outcome == "succeeded" ? Tint::Good : outcome == "cancelled" ? Tint::Waiting : Tint::Bad;
    terminal_.print(fmt::format("{:>7}  {} {} {}", span_between(text(event, "started_at"), text(event, "at")),
                                text(event, "service"), text(event, "label"), terminal_.tinted(outcome, tint)));
  }

  void redraw(const std::string& now) {
    if (!terminal_.is_live()) return;
    std::vector<std::string> block;
    for (const Shown& shown : shown_) {
      if (shown.deployment.empty() || !text(shown.deployment, "outcome").empty()) continue;
      if (is_release()) {
        block.push_back(summary(shown, now));
      } else {
        block = details(shown, now);
      }
    }
    if (!block.empty()) terminal_.draw(block);
  }

  /// One line of a release.
  std::string summary(const Shown& shown, const std::string& now) const {
    constexpr int kCells = 10;
    const double weight = number(shown.deployment, "green_weight_percent");
    std::string line = fmt::format("  {}{} {:>5.4g}%  {}", about(shown.deployment), bar(weight, kCells, terminal_),
                                   weight, terminal_.tinted(text(shown.deployment, "stage_title"), Tint::Strong));
    const std::string until = text(shown.deployment, "until");
    if (!until.empty()) line += fmt::format(", {} left", span_between(now, until));
    if (shown.figures.empty()) return line;
    const double green = number(shown.figures.at("green").as_object(), "server_error_percent");
    const double blue = number(shown.figures.at("blue").as_object(), "server_error_percent");
    line += fmt::format("  5xx GREEN {} BLUE {:.2f}%",
                        terminal_.tinted(fmt::format("{:.2f}%", green), green > 0 ? Tint::Bad : Tint::Faint), blue);
    return line;
  }

  std::vector<std::string> details(const Shown& shown, const std::string& now) {
    const double weight = number(shown.deployment, "green_weight_percent");
    std::vector<std::string> block;
    std::string head = fmt::format("  {}", terminal_.tinted(text(shown.deployment, "stage_title"), Tint::Strong));
    const std::string until = text(shown.deployment, "until");
    if (!until.empty()) head += fmt::format("  {} left", span_between(now, until));
    block.push_back(head);
    block.push_back(fmt::format("  {} GREEN {:.4g}%", bar(weight, kBarCells, terminal_), weight));
    if (!shown.figures.empty()) {
      block.push_back(side("GREEN", shown.figures.at("green").as_object()));
      block.push_back(side("BLUE ", shown.figures.at("blue").as_object()));
      if (const auto* comparison = shown.figures.at("comparison").if_object()) block.push_back(evidence(*comparison));
    }
    return block;
  }

  /// The evidence against GREEN on its way to the line, and what is known in its favour.
  std::string evidence(const json::object& comparison) {
    const double rollback = number(comparison, "rollback_evidence_percent");
    const double hold = number(comparison, "hold_evidence_percent");
    const double most = std::max(rollback, hold);
    const Tint tint = most >= 100 ? Tint::Bad : most >= 50 ? Tint::Waiting : Tint::Faint;
    std::string line = "  against GREEN  " + terminal_.tinted(fmt::format("{:.0f}%", std::min(most, 100.0)), tint) +
                       (hold > rollback ? " of what holds" : " of what rolls back");
    if (const json::value& worse = comparison.at("at_most_worse_points"); worse.is_number()) {
      line += fmt::format("; 5xx at most {:.2g} points above BLUE", std::max(0.0, worse.to_number<double>()));
    }
    return line;
  }

  std::string side(const char* colour, const json::object& figures) {
    const double errors = number(figures, "server_error_percent");
    std::string line = fmt::format(
        "  {}  {:7.1f} requests/s  {}  p50 {:>6}  p95 {:>6}", colour, number(figures, "requests_per_second"),
        terminal_.tinted(fmt::format("{:6.2f}% 5xx", errors), errors > 0 ? Tint::Bad : Tint::Faint),
        answer_time(figures, "p50_milliseconds"), answer_time(figures, "p95_milliseconds"));
    const double lost = number(figures, "lost_log_lines");
    if (lost > 0) line += terminal_.tinted(fmt::format("  {:.0f} not told of", lost), Tint::Waiting);
    return line;
  }

  Terminal terminal_;
  std::vector<Shown> shown_;  ///< In the order in which they were told of.
  std::size_t width_ = 0;     ///< Of the longest service's name.
};

}  // namespace

std::unique_ptr<EventPrinter> deployment_printer() { return std::make_unique<DeploymentPrinter>(); }

}  // namespace sluice::cli
