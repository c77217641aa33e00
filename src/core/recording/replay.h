// Feeds a judge with recorded traffic, line by line, as the telemetry of a rollout would have: in slots of both
// colours, in the order of time.
//
// Lines may be out of order inside a bounded window: a slot is judged once a line has come that is younger by more
// than the window. A line that is older than what was judged is late: it is left out and counted. When many late lines
// follow each other, the clock has stepped back: they are taken, and it goes on from there. Between two lines that lie
// further apart than kLongestSilence nobody watched.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/analysis/metric_series.h"
#include "core/analysis/request_notes.h"
#include "core/analysis/traffic_judge.h"
#include "core/recording/recorded_line.h"

namespace sluice::recording {

inline constexpr Milliseconds kLongestReorder{std::chrono::minutes{1}};
/// A stretch without any line up to this long had no traffic; a longer one was not recorded.
inline constexpr Milliseconds kLongestSilence{std::chrono::hours{1}};
/// So many late lines, one after the other, are a clock that stepped back.
inline constexpr std::size_t kLateLinesOfAStep = 64;

struct ReplaySettings {
  Milliseconds reorder{2000};  ///< The window, up to kLongestReorder.
  /// Changes of GREEN's share that the recording does not tell, by the time since its first request.
  std::vector<std::pair<Milliseconds, Weight>> weights;
  /// How long the strategy bakes a step of this weight; for the end of a step.
  std::function<std::optional<Milliseconds>(Weight)> bake;
  /// The user's own metrics, in the order of the judge's settings; lines tell of them by their places.
  std::vector<analysis::SequentialMetric> metrics;
  bool goes_on = false;  ///< After a rollback, too: then the other checks tell what they found.
};

struct ReplayCounts {
  std::int64_t green_requests = 0;
  std::int64_t blue_requests = 0;
  std::int64_t weights = 0;
  std::int64_t late = 0;             ///< Left out.
  std::int64_t unknown_status = 0;   ///< Left out: without an answer there is nothing to judge.
  std::int64_t unknown_latency = 0;  ///< Counted, but for the latency.
  std::int64_t clock_steps = 0;
  std::int64_t unwatched = 0;  ///< Stretches longer than kLongestSilence.
};

class Replay {
 public:
  using OnDecision = std::function<void(const analysis::Decision&)>;
  /// Called after each slot, for those who draw it.
  using OnSlot =
      std::function<void(const analysis::Slot& green, const analysis::Slot& blue, const analysis::TrafficJudge& judge)>;

  Replay(analysis::TrafficJudge judge, ReplaySettings settings, OnDecision on_decision, OnSlot on_slot = nullptr);

  /// Requests and changes of weight; other lines are passed over. False: it has been decided for good, no more lines
  /// are needed.
  bool add(const RecordedLine& line);
  /// No more lines: judges what is still open.
  void finish();

  const ReplayCounts& counts() const { return counts_; }
  const analysis::TrafficJudge& judge() const { return judge_; }
  bool has_rolled_back() const { return rolled_back_; }
  /// When the last line was, and whether there was any.
  std::optional<TimePoint> last() const;

 private:
  struct Pair {
    analysis::Slot green;
    analysis::Slot blue;
    std::vector<analysis::MetricSlot> green_metrics;  ///< One each.
    std::vector<analysis::MetricSlot> blue_metrics;
  };

  bool make_room(std::int64_t number, const RecordedLine& line);
  void begin(std::int64_t number);
  void open_slot(std::int64_t number);
  void count(const RecordedLine& line, std::int64_t number);
  void count_metrics(const RecordedLine& line, std::vector<analysis::MetricSlot>& slots) const;
  void judge_metrics(const Pair& pair);
  void note(const RecordedLine& line);
  void name_particulars(analysis::Decision& decision) const;
  void change_weight(TimePoint at, Weight weight);
  void step_clock(std::int64_t number);
  void judge_until(std::int64_t number);
  void judge_slot(Pair pair);
  Pair& pair_of(std::int64_t number);
  static Pair pair_at(TimePoint start, std::size_t metrics);
  void tell();

  analysis::TrafficJudge judge_;
  ReplaySettings settings_;
  OnDecision on_decision_;
  OnSlot on_slot_;
  ReplayCounts counts_;
  std::vector<Pair> open_;  ///< A ring over slot numbers; those from first_ to newest_ are open.
  std::int64_t window_;     ///< In slots.
  std::int64_t first_ = 0;
  std::int64_t newest_ = 0;
  bool begun_ = false;
  bool has_judged_ = false;
  bool knows_logs_ = false;   ///< The recording tells errors of the log; from its first such line on.
  bool has_weights_ = false;  ///< The recording tells them, or the settings do.
  bool done_ = false;
  bool rolled_back_ = false;
  std::vector<RecordedLine> late_;  ///< One after the other.
  /// Sums of the slots of one observation of each metric, where that is longer than a slot.
  std::vector<Pair> metric_sums_;
  analysis::RequestNotes green_notes_;
  analysis::RequestNotes blue_notes_;
  std::string route_;  ///< Of the line that is being noted.
  analysis::Decision told_;
};

}  // namespace sluice::recording
