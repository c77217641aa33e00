// Figures of CloudWatch by the minute, by GetMetricData.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/aws/client.h"
#include "adapters/aws/minute_series.h"

namespace sluice::aws {

/// A metric's statistic, and which member of a Minute it is.
struct Figure {
  std::string_view id;  ///< Small letters and digits.
  std::string_view metric;
  std::string_view statistic;                                              ///< `Sum`, `p99`, …
  std::variant<double Minute::*, std::optional<double> Minute::*> member;  ///< An optional one tells none from 0.
  double factor = 1;  ///< By which CloudWatch's number is multiplied.
};

/// All of kPercentiles, of a metric whose numbers are so many milliseconds each, behind `others`.
std::vector<Figure> with_percentiles(std::vector<Figure> others, std::string_view metric, double milliseconds = 1);

/// What one series of minutes is made of: metrics of one namespace with these dimensions.
struct MetricSubject {
  std::string id;                ///< Small letters and digits; unlike any other's.
  std::string metric_namespace;  ///< `AWS/ApplicationELB`
  std::vector<Figure> figures;
  std::vector<std::pair<std::string, std::string>> dimensions;
};

/// Of one call ("GetMetricData" of CloudWatch's API reference).
inline constexpr std::size_t kMostMetricQueries = 500;

struct MetricQuestion {
  std::string about;  ///< For errors: `load balancer app/shop/50dc6c495c0c9188`.
  std::vector<MetricSubject> subjects;
  Milliseconds period{60'000};  ///< 1, 5, 10, 20 or 30 s (metrics of high resolution), or whole minutes.
};

/// The minutes of each subject, by its place. A call takes 500 figures (kMostMetricQueries), and has pages. A minute
/// without a datapoint of any figure is absent; likewise where `period` is another. `from` and `until` at whole
/// periods. Errors: those of the client; Unavailable when CloudWatch itself calls its answer incomplete.
Result<std::vector<Minutes>> metric_data(Client& client, const MetricQuestion& question, TimePoint from,
                                         TimePoint until, const std::stop_token& stop);

}  // namespace sluice::aws
