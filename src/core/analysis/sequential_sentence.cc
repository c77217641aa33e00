#include "core/analysis/sequential_sentence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::analysis {
namespace {

/// `5.8`, `1`: one digit after the point, where it is not 0.
std::string short_number(double value) {
  const std::string text = fmt::format("{:.1f}", value);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

std::string percent(double rate) {
  if (rate <= 0) return "0%";
  return rate < 0.001 ? "under 0.1%" : short_number(rate * 100) + "%";
}

std::string latency(double milliseconds) {
  if (milliseconds < 1) return "under 1ms";
  const double unit = milliseconds < 1000 ? 1 : 100;
  return format_duration(Milliseconds{static_cast<std::int64_t>(std::round(milliseconds / unit) * unit)});
}

/// `200`, `1300`, `1 million`: two digits, rounded down, since fewer are claimed.
std::string rounded_down(double value) {
  constexpr double kRounding = 1e-9;
  value *= 1 + kRounding;
  if (value >= 1e6) return "1 million";
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(value)) - 1));
  return fmt::format("{:.0f}", std::floor(value / unit) * unit);
}

/// Ville: were the null hypothesis true, evidence would ever reach x with a chance of at most 1/x.
std::string how_strong(double log_evidence) {
  constexpr double kSomething = 1.0;
  if (log_evidence < kSomething) return "; nothing says that this is worse than allowed";
  return fmt::format(
      "; were GREEN no worse than allowed, evidence this strong would come in fewer than 1 of {} deployments",
      rounded_down(std::exp(std::min(log_evidence, 20.0))));
}

std::string against(const BlockCounts& counts) {
  return fmt::format("{} of {} against {} of {}", counts.green.events, counts.green.requests, counts.blue.events,
                     counts.blue.requests);
}

std::string ratio(const MetricEvidence& evidence) {
  const std::string green = percent(evidence.window.green.rate());
  const std::string blue = percent(evidence.window.blue.rate());
  const std::string counts = against(evidence.window);
  if (evidence.name == kErrorsName) {
    return fmt::format("GREEN answers 5xx to {} of requests, BLUE to {} ({})", green, blue, counts);
  }
  if (evidence.name == kErrorLogName) {
    return fmt::format("GREEN logs errors in {} of requests, BLUE in {} ({})", green, blue, counts);
  }
  if (evidence.name == kProbesName) {
    return fmt::format("GREEN fails {} of sluice's own requests, BLUE {} ({})", green, blue, counts);
  }
  return fmt::format("{} is {} on GREEN, {} on BLUE ({})", evidence.name, green, blue, counts);
}

std::string count(const MetricEvidence& evidence) {
  const BlockCounts& window = evidence.window;
  if (evidence.name == kErrorLogName) {
    return fmt::format("GREEN logs {} error lines in {} requests, BLUE {} in {}", window.green.events,
                       window.green.requests, window.blue.events, window.blue.requests);
  }
  return fmt::format("{} is {} in {} on GREEN, {} in {} on BLUE", evidence.name, window.green.events,
                     window.green.requests, window.blue.events, window.blue.requests);
}

std::string slower(const MetricEvidence& evidence) {
  std::string text = evidence.name == kLatencyName ? "GREEN's latencies against BLUE's:"
                                                   : fmt::format("GREEN's {} against BLUE's:", evidence.name);
  for (const QuantilePair& pair : evidence.quantiles) {
    text += fmt::format(" p{} {} against {},", short_number(pair.level * 100), latency(pair.green), latency(pair.blue));
  }
  if (!evidence.quantiles.empty()) text.pop_back();
  if (evidence.quantiles.empty()) text += " not known yet";
  if (evidence.green_slower_than <= 0) return text;
  const BlockCounts& window = evidence.window;
  return text + fmt::format(" ({} of {} took longer than {}; BLUE: {} of {} longer than {})", window.green.events,
                            window.green.requests, latency(evidence.green_slower_than), window.blue.events,
                            window.blue.requests, latency(evidence.blue_slower_than));
}

std::string historical(const MetricEvidence& evidence) {
  return fmt::format("GREEN answers 5xx to {} of requests ({} of {}) with all the traffic; BLUE's past allows {}",
                     percent(evidence.window.green.rate()), evidence.window.green.events,
                     evidence.window.green.requests, percent(evidence.allowed));
}

std::string found(const MetricEvidence& evidence) {
  if (evidence.historical) return historical(evidence);
  switch (evidence.kind) {
    case SequentialKind::Ratio: return ratio(evidence);
    case SequentialKind::Count: return count(evidence);
    case SequentialKind::Latency: return slower(evidence);
  }
  std::unreachable();
}

}  // namespace

std::string describe(const MetricEvidence& evidence) { return found(evidence) + how_strong(evidence.log_evidence); }

std::string describe_bound(double at_most_worse, double bound_alpha) {
  // Rounded up, since it is a bound.
  const double points = std::ceil(std::clamp(at_most_worse, -1.0, 1.0) * 1000) / 10;
  const std::string sure = fmt::format("on average over this traffic step ({:.6g}% sure)", (1 - bound_alpha) * 100);
  if (points < 0) {
    return fmt::format("GREEN answers 5xx to at least {} points fewer of its requests than BLUE, {}",
                       short_number(-points), sure);
  }
  return fmt::format("GREEN answers 5xx to at most {} points more of its requests than BLUE, {}", short_number(points),
                     sure);
}

const MetricEvidence* leading(const Assessment& assessment, Action action) {
  const MetricEvidence* loudest = nullptr;
  for (const MetricEvidence& evidence : assessment.metrics) {
    if (evidence.then != action) continue;
    const auto past = [](const MetricEvidence& one) { return one.log_evidence - one.log_needed; };
    if (loudest == nullptr || past(evidence) > past(*loudest)) loudest = &evidence;
  }
  return loudest;
}

}  // namespace sluice::analysis
