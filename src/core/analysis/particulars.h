// What a decision can name besides its figures, so that a person knows where to look: the worst route, the requests
// that failed first, and what GREEN wrote in its log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/analysis/alarm.h"
#include "core/analysis/request_notes.h"
#include "core/analysis/sequential_test.h"

namespace sluice::analysis {

inline constexpr std::size_t kMostNamedRequests = 3;
inline constexpr std::size_t kMostNamedLines = 2;
inline constexpr std::size_t kLongestNamedLine = 160;  ///< Bytes.

/// What a decision is about.
enum class Concern {
  Errors,
  Latency,
  Log,        ///< Error lines, which name no route.
  Elsewhere,  ///< Nothing that single requests could tell.
};

/// Which particulars a decision wants.
struct Question {
  Concern concern = Concern::Elsewhere;
  Milliseconds span{};     ///< How far it looks back from the decision, at most kNotesLength.
  double slower_than = 0;  ///< Latency: what is slow, in milliseconds.
};
Question question_of(const MetricEvidence& evidence);
Question question_of(const Alarm& alarm);

struct WorstRoute {
  Concern concern = Concern::Errors;  ///< By its errors, or by its mean time.
  RouteFigures green;
  RouteFigures blue;
  friend bool operator==(const WorstRoute&, const WorstRoute&) = default;
};

struct Particulars {
  std::optional<WorstRoute> worst_route;
  std::vector<std::string> request_ids;  ///< At most kMostNamedRequests, the first ones.
  std::vector<std::string> error_lines;  ///< At most kMostNamedLines of GREEN's log, shortened and `redacted`.
  bool empty() const { return !worst_route && request_ids.empty() && error_lines.empty(); }
  friend bool operator==(const Particulars&, const Particulars&) = default;
};

/// What the requests of both colours answer, by the route whose errors (or time) exceed most what they would be at
/// BLUE's rate.
Particulars answer(const Question& question, const NotedSpan& green, const NotedSpan& blue);
/// A line of a log as it may be shown: `readable`, on one line, shortened, without what looks like a secret.
std::string shown_line(std::string_view text);

/// "; worst route: POST /chat (6 of 41 on GREEN, 1 of 371 on BLUE); failed requests: 7A, 7C; GREEN logged: …", to
/// follow a sentence; empty when there are none.
std::string describe(const Particulars& particulars);

}  // namespace sluice::analysis
