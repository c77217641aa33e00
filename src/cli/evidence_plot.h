// Draws a replayed rollout as an SVG (https://www.w3.org/TR/SVG11): the evidence on its way to the threshold, both
// colours' rate of 5xx, and their 95th percentiles, over the same time.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/traffic_judge.h"

namespace sluice::cli {

class EvidencePlot {
 public:
  /// After each slot, in the order of time.
  void add(const analysis::Slot& green, const analysis::Slot& blue, const analysis::TrafficJudge& judge);
  void add(const analysis::Decision& decision) { decisions_.push_back(decision); }

  /// The whole file. `title` is told above the drawing.
  std::string svg(const std::string& title) const;

 private:
  /// What is drawn of one stretch of time.
  struct Point {
    double seconds = 0;
    double evidence = 0;  ///< Nats.
    bool has_evidence = false;
    analysis::ColourCounts green;
    analysis::ColourCounts blue;
    analysis::LatencyHistogram green_latency;
    analysis::LatencyHistogram blue_latency;
    double share = 0;  ///< GREEN's, 0..1.

    /// What came after it.
    Point& operator+=(const Point& other);
  };
  struct Series;
  class Panel;

  void fold();
  Series series() const;
  std::string evidence_panel(const Panel& panel, const Series& series) const;
  std::string marks(const Panel& panel, const Series& series, double bottom) const;

  std::vector<Point> points_;
  std::vector<analysis::Decision> decisions_;
  double begun_ = 0;
  std::int64_t slots_a_point_ = 10;
  std::int64_t slots_ = 0;  ///< In the last point.
  double threshold_ = 0;    ///< Nats; 0 without an analysis.
};

}  // namespace sluice::cli
