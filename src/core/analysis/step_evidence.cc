#include "core/analysis/step_evidence.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace sluice::analysis {
namespace {

/// `0.3`, `12`, `0.04`: two digits that count, rounded up, because it is a bound.
std::string points(double share) {
  const double value = share * 100;
  if (!(value > 0)) return "0";
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 1);
  return fmt::format("{:.6g}", std::ceil(value / unit - 1e-9) * unit);
}

}  // namespace

Enough has_enough(const StepEvidence& wanted, std::int64_t green_requests, std::optional<double> at_most_worse,
                  bool compared) {
  if (green_requests < wanted.requests) return Enough::TooFewRequests;
  if (!compared || wanted.at_most_worse >= 1) return Enough::Yes;
  return at_most_worse && *at_most_worse <= wanted.at_most_worse ? Enough::Yes : Enough::TooUncertain;
}

std::string describe_lack(Enough enough, const StepEvidence& wanted, std::int64_t green_requests,
                          std::optional<double> at_most_worse) {
  switch (enough) {
    case Enough::Yes: return "";
    case Enough::TooFewRequests:
      return fmt::format("GREEN has answered {} of the {} requests that the step wants", green_requests,
                         wanted.requests);
    case Enough::TooUncertain:
      if (!at_most_worse) return "GREEN and BLUE have not yet had requests to compare";
      return fmt::format(
          "GREEN may still answer 5xx to {} points more of its requests than BLUE, and the step wants "
          "at most {}",
          points(*at_most_worse), points(wanted.at_most_worse));
  }
  std::unreachable();
}

}  // namespace sluice::analysis
