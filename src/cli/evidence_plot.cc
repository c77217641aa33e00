#include "cli/evidence_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "core/analysis/latency_quantile.h"

namespace sluice::cli {
namespace {

using analysis::ColourCounts;
using analysis::LatencyHistogram;

/// More points than this could not be told apart: two become one.
constexpr std::size_t kMostPoints = 1200;
/// Rates and quantiles are drawn over this many points, so that they are not all noise.
constexpr std::size_t kSmoothing = 10;

constexpr double kWidth = 960;
constexpr double kLeft = 76;
constexpr double kRight = 20;
constexpr double kTop = 64;
constexpr double kPanelHeight = 170;
constexpr double kPanelGap = 56;
constexpr const char* kGreen = "#1a7f37";
constexpr const char* kBlue = "#0969da";
constexpr const char* kInk = "#24292f";
constexpr const char* kFaint = "#d0d7de";
constexpr const char* kAlert = "#cf222e";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

/// 1, 2 or 5 times a power of ten, so that about `count` of it make the range.
double step_for(double range, int count) {
  const double rough = std::max(range, 1e-12) / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

}  // namespace

/// One of the drawings above each other.
class EvidencePlot::Panel {
 public:
  Panel(int number, double last_second, double lowest, double highest)
      : top_(kTop + number * (kPanelHeight + kPanelGap)),
        last_(std::max(1.0, last_second)),
        low_(lowest),
        high_(highest > lowest ? highest : lowest + 1) {}

  double x(double seconds) const { return kLeft + seconds / last_ * (kWidth - kLeft - kRight); }
  double y(double value) const {
    return top_ + kPanelHeight * (1 - (std::clamp(value, low_, high_) - low_) / (high_ - low_));
  }
  double top() const { return top_; }

  std::string frame(const std::string& title, const std::string& axis, const std::function<std::string(double)>& label,
                    double step = 0) const {
    std::string out =
        fmt::format("<text x=\"{}\" y=\"{:.1f}\" class=\"panel\">{}</text>\n", kLeft, top_ - 10, escaped(title));
    if (step == 0) step = step_for(high_ - low_, 4);
    for (double value = std::ceil(low_ / step) * step; value <= high_ + step * 1e-6; value += step) {
      out += fmt::format("<line x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", kLeft, y(value),
                         kWidth - kRight, y(value), kFaint);
      out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" class=\"tick\" text-anchor=\"end\">{}</text>\n", kLeft - 8,
                         y(value) + 4, escaped(label(value)));
    }
    const double time_step = step_for(last_, 8);
    for (double second = 0; second <= last_ * 1.0001; second += time_step) {
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"tick\" text-anchor=\"middle\">{:g}</text>\n",
                         x(second), top_ + kPanelHeight + 16, second);
    }
    out += fmt::format("<rect x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"{}\"/>\n", kLeft,
                       top_, kWidth - kLeft - kRight, kPanelHeight, kInk);
    out += fmt::format(
        "<text class=\"tick\" text-anchor=\"middle\" transform=\"translate({} {:.1f}) rotate(-90)\">{}</text>\n", 18,
        top_ + kPanelHeight / 2, escaped(axis));
    return out + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"tick\" text-anchor=\"end\">seconds</text>\n",
                             kWidth - kRight, top_ + kPanelHeight + 30);
  }

  /// A line through what there is; it is interrupted where there is nothing.
  std::string line(const std::vector<std::pair<double, double>>& values, const char* colour) const {
    std::string path;
    double before = std::numeric_limits<double>::quiet_NaN();
    for (const auto& [second, value] : values) {
      if (std::isnan(value)) {
        before = value;
        continue;
      }
      if (std::isnan(before)) {
        path += fmt::format("M{:.1f} {:.1f}", x(second), y(value));
      } else {
        path += fmt::format("L{:.1f} {:.1f}", x(second), y(value));
      }
      before = value;
    }
    return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"/>\n", path, colour);
  }

 private:
  double top_;
  double last_;
  double low_;
  double high_;
};

namespace {

double seconds_of(TimePoint time) { return static_cast<double>(time.time_since_epoch().count()) / 1000; }

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double highest(const std::vector<std::pair<double, double>>& line) {
  double most = 0;
  for (const auto& [second, value] : line) most = value > most ? value : most;  // not so for what is no number
  return most;
}

double lowest(const std::vector<std::pair<double, double>>& line) {
  double least = 0;
  for (const auto& [second, value] : line) least = value < least ? value : least;
  return least;
}

std::string legend(double x, const char* colour, const char* name) {
  return fmt::format(
      "<line x1=\"{0}\" y1=\"20\" x2=\"{1}\" y2=\"20\" stroke=\"{2}\" stroke-width=\"3\"/>"
      "<text x=\"{3}\" y=\"24\" class=\"tick\">{4}</text>\n",
      x, x + 22, colour, x + 28, name);
}

std::string head(const std::string& title, double height) {
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
             "<style>text{{font-family:sans-serif;fill:{2}}}.title{{font-size:16px;font-weight:bold}}"
             ".panel{{font-size:13px;font-weight:bold}}.tick{{font-size:11px}}</style>\n"
             "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
             "<text x=\"{3}\" y=\"26\" class=\"title\">{4}</text>\n",
             kWidth, height, kInk, kLeft, escaped(title)) +
         legend(kWidth - 190, kGreen, "GREEN") + legend(kWidth - 100, kBlue, "BLUE");
}

}  // namespace

void EvidencePlot::add(const analysis::Slot& green, const analysis::Slot& blue, const analysis::TrafficJudge& judge) {
  if (points_.empty()) begun_ = seconds_of(green.start);
  if (points_.empty() || slots_ >= slots_a_point_) {
    if (points_.size() >= kMostPoints) fold();
    points_.push_back({.seconds = seconds_of(green.start) - begun_});
    slots_ = 0;
  }
  ++slots_;
  Point& point = points_.back();
  point.green += {green.requests, green.server_errors};
  point.blue += {blue.requests, blue.server_errors};
  point.green_latency.merge(green.latency);
  point.blue_latency.merge(blue.latency);
  point.share = judge.weight().basis_points() / double{Weight::kFull};
  if (slots_ != slots_a_point_ && judge.decision().kind != analysis::DecisionKind::Rollback) return;
  const auto assessment = judge.assess();
  if (!assessment || point.share == 0) return;
  threshold_ = assessment->log_threshold;
  point.evidence = std::max(point.has_evidence ? point.evidence : -1e9, assessment->log_evidence);
  point.has_evidence = true;
}

EvidencePlot::Point& EvidencePlot::Point::operator+=(const Point& other) {
  green += other.green;
  blue += other.blue;
  green_latency.merge(other.green_latency);
  blue_latency.merge(other.blue_latency);
  share = other.share;
  if (!other.has_evidence) return *this;
  evidence = has_evidence ? std::max(evidence, other.evidence) : other.evidence;
  has_evidence = true;
  return *this;
}

/// Halves the points, each two into one.
void EvidencePlot::fold() {
  std::vector<Point> folded;
  for (std::size_t i = 0; i < points_.size(); i += 2) {
    folded.push_back(points_[i]);
    if (i + 1 < points_.size()) folded.back() += points_[i + 1];
  }
  points_ = std::move(folded);
  slots_a_point_ *= 2;
}

/// What is drawn, one value a point; not a number where there is none.
struct EvidencePlot::Series {
  using Line = std::vector<std::pair<double, double>>;
  Line evidence, share, green_rate, blue_rate, green_p95, blue_p95;
  double last = 1;
};

EvidencePlot::Series EvidencePlot::series() const {
  Series series;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    Point sum;
    for (std::size_t k = i + 1 > kSmoothing ? i + 1 - kSmoothing : 0; k <= i; ++k) sum += points_[k];
    const double second = points_[i].seconds;
    const auto rate = [](const ColourCounts& counts) { return counts.requests > 0 ? counts.rate() : kNothing; };
    const auto p95 = [](const LatencyHistogram& latency) {
      return latency.empty() ? kNothing : analysis::latency_quantile(latency, 0.95);
    };
    series.evidence.emplace_back(second, points_[i].has_evidence ? points_[i].evidence : kNothing);
    series.share.emplace_back(second, points_[i].share);
    series.green_rate.emplace_back(second, rate(sum.green));
    series.blue_rate.emplace_back(second, rate(sum.blue));
    series.green_p95.emplace_back(second, p95(sum.green_latency));
    series.blue_p95.emplace_back(second, p95(sum.blue_latency));
    series.last = second + static_cast<double>(slots_a_point_) / 10;
  }
  return series;
}

std::string EvidencePlot::evidence_panel(const Panel& panel, const Series& series) const {
  std::string out = panel.frame("Evidence against GREEN: a good version comes to it in 1 of so many deployments",
                                "1 of", [](double nats) { return fmt::format("{:.3g}", std::exp(nats)); });
  if (threshold_ > 0) {
    const double y = panel.y(threshold_);
    out += fmt::format(
        "<line x1=\"{0}\" y1=\"{1:.1f}\" x2=\"{2}\" y2=\"{1:.1f}\" stroke=\"{3}\" stroke-dasharray=\"6 4\"/>"
        "<text x=\"{4}\" y=\"{5:.1f}\" class=\"tick\" style=\"fill:{3}\">rolls back at 1 of {6:.3g}</text>\n",
        kLeft, y, kWidth - kRight, kAlert, kLeft + 6, y - 4, std::exp(threshold_));
  }
  return out + panel.line(series.evidence, kInk);
}

/// Where GREEN's share changed, and what was decided, through all drawings.
std::string EvidencePlot::marks(const Panel& panel, const Series& series, double bottom) const {
  std::string out;
  double told = 0;
  for (const auto& [at, share] : series.share) {
    if (share == std::exchange(told, share)) continue;
    out += fmt::format(
        "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"{3}\" stroke-dasharray=\"2 3\"/>"
        "<text x=\"{4:.1f}\" y=\"{5}\" class=\"tick\">GREEN {6:.4g}%</text>\n",
        panel.x(at), kTop, bottom, kInk, panel.x(at) + 4, kTop + 14, share * 100);
  }
  for (const analysis::Decision& decision : decisions_) {
    const double at = panel.x(seconds_of(decision.at) - begun_);
    const bool is_right = at > kWidth / 2;
    out += fmt::format(
        "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"{3}\" stroke-width=\"1.4\"/>"
        "<text x=\"{4:.1f}\" y=\"{5}\" class=\"tick\" text-anchor=\"{6}\" style=\"fill:{3}\">{7}: {8}</text>\n",
        at, kTop, bottom, kAlert, is_right ? at - 4 : at + 4, kTop + 30, is_right ? "end" : "start",
        std::string(to_string(decision.kind)), escaped(decision.reason));
  }
  return out;
}

std::string EvidencePlot::svg(const std::string& title) const {
  const Series of = series();
  const double height = kTop + 3 * (kPanelHeight + kPanelGap);
  std::string out = head(title, height);
  const Panel first(0, of.last, std::max(-3.0, lowest(of.evidence)), threshold_ > 0 ? threshold_ * 1.15 : 1);
  out += evidence_panel(first, of);
  const Panel second(1, of.last, 0, 1.1 * std::max({0.01, highest(of.green_rate), highest(of.blue_rate)}));
  out += second.frame("Answers with 5xx, among the last moments' requests", "5xx",
                      [](double rate) { return fmt::format("{:.3g}%", rate * 100); });
  out += second.line(of.blue_rate, kBlue) + second.line(of.green_rate, kGreen);
  const Panel third(2, of.last, 0, 1.1 * std::max({1.0, highest(of.green_p95), highest(of.blue_p95)}));
  out += third.frame("95th percentile of the latency, among the last moments' requests", "milliseconds",
                     [](double value) { return fmt::format("{:.4g}", value); });
  out += third.line(of.blue_p95, kBlue) + third.line(of.green_p95, kGreen);
  return out + marks(first, of, height - kPanelGap) + "</svg>\n";
}

}  // namespace sluice::cli
