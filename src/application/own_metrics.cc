#include "application/own_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "application/effect_runner.h"
#include "base/replace_text.h"

namespace sluice::application {
namespace {

using analysis::MetricSlot;
using analysis::MetricSource;
using analysis::SequentialKind;
using analysis::SourceKind;
using rollout::Colour;

/// How long after a moment a store has what was scraped until then.
constexpr Milliseconds kStoreDelay{1'000};
/// … and how long after its end a period of CloudWatch's has what a service published: it sums up, and sends, at its
/// end.
constexpr Milliseconds kHighResolutionDelay{10'000};
constexpr Milliseconds kMinutesDelay{60'000};
/// A source from which nothing came for so many periods, and this long, has stopped.
constexpr int kSilentPeriods = 3;
constexpr Milliseconds kSilence{10'000};

TimePoint grid(TimePoint time, Milliseconds length) { return TimePoint{time.time_since_epoch() / length * length}; }

std::vector<MetricSource> of_kind(const analysis::AnalysisSettings& settings, SourceKind kind) {
  std::vector<MetricSource> sources;
  std::ranges::copy_if(settings.sources, std::back_inserter(sources),
                       [&](const MetricSource& source) { return source.from == kind; });
  return sources;
}

Result<std::vector<MetricSlot>> slots_of(const MeasurementSources& sources, const rollout::Plan& plan, Colour colour,
                                         SourceKind kind, std::size_t place, TimePoint from) {
  if (kind == SourceKind::Router) {
    return sources.telemetry.read_metric(plan.service, slot_of(plan, colour), place, from);
  }
  return sources.service_log.read_metric(plan.service, revision_of(plan, colour)->id, place, from);
}

/// With what stands for the colour in place of `$revision` and the like, each passed through `safe`.
std::string of_colour(std::string text, const rollout::Plan& plan, Colour colour,
                      std::string (*safe)(std::string_view)) {
  const rollout::Revision& revision = *revision_of(plan, colour);
  text = replace_all(std::move(text), "$revision", safe(revision.id));
  text = replace_all(std::move(text), "$label", safe(revision.label));
  text = replace_all(std::move(text), "$colour", colour == Colour::Green ? "green" : "blue");
  return replace_all(std::move(text), "$slot", rollout::to_string(slot_of(plan, colour)));
}

/// Values stand in quotes in a query, which they must not close.
std::string quoted(std::string_view value) {
  std::string safe;
  for (const char c : value) {
    if (c == '"' || c == '\\') safe += '\\';
    safe += c;
  }
  return safe;
}

std::string query_of(std::string text, const rollout::Plan& plan, Colour colour) {
  return of_colour(std::move(text), plan, colour, quoted);
}

Result<analysis::CounterReading> ask(const ports::MetricQueries& queries, const rollout::Plan& plan,
                                     const MetricSource& source, Colour colour, TimePoint at, std::stop_token stop) {
  const auto query = [&](const std::string& text) {
    return queries.query(revision_of(plan, colour)->target, source.url, query_of(text, plan, colour), at, stop);
  };
  if (source.kind == SequentialKind::Latency) {
    TRY_ASSIGN(const auto buckets, query(source.buckets));
    return analysis::read_buckets(buckets, source.unit_milliseconds);
  }
  TRY_ASSIGN(const auto events, query(source.events));
  TRY_ASSIGN(const auto requests, query(source.requests));
  return analysis::read_counts(events, requests);
}

ports::PeriodQuestion question_of(const rollout::Plan& plan, MetricSource source, Colour colour) {
  for (auto& [name, value] : source.dimensions) {
    value = of_colour(std::move(value), plan, colour, [](std::string_view as_it_is) { return std::string(as_it_is); });
  }
  return {.revision = *revision_of(plan, colour),
          .source = std::move(source),
          .between = colour == Colour::Green ? analysis::Between::Fast : analysis::Between::Slow};
}

/// Of all metrics of both colours at once.
MetricAnswers ask(const ports::PeriodMetrics& periods, const rollout::Plan& plan, const MetricQuery& query,
                  const std::stop_token& stop) {
  std::vector<ports::PeriodQuestion> questions;
  for (const std::size_t metric : query.metrics) {
    for (const Colour colour : {Colour::Green, Colour::Blue}) {
      questions.push_back(question_of(plan, plan.analysis->sources[metric], colour));
    }
  }
  const Milliseconds every = plan.analysis->sequential.more[query.metrics.front()].every;
  const auto slots = periods.counted(plan.service, questions, query.at, every, stop);
  MetricAnswers answers;
  for (std::size_t i = 0; i + 1 < slots.size(); i += 2)
    answers.emplace_back(OfColours<MetricSlot>{slots[i], slots[i + 1]});
  return answers;
}

analysis::MetricCounts counts_of(const MetricSource& source, const MetricSlot& slot) {
  if (source.kind == SequentialKind::Latency) return {.latency = &slot.latency};
  return {.counts = slot.counts};
}

std::int64_t requests_of(const MetricSource& source, const MetricSlot& slot) {
  return source.kind == SequentialKind::Latency ? slot.latency.total() : slot.counts.requests;
}

/// The same slots without anything in them.
Result<std::vector<MetricSlot>> silent(const Result<std::vector<MetricSlot>>& slots) {
  if (!slots) return slots.error();
  std::vector<MetricSlot> without;
  for (const MetricSlot& slot : *slots) without.push_back({.start = slot.start});
  return without;
}

/// Nothing is known, or something must be mended.
analysis::Verdict verdict_of(const Error& error) {
  const bool is_wrong = error.kind == ErrorKind::InvalidInput || error.kind == ErrorKind::Failed;
  return is_wrong ? analysis::Verdict::Error : analysis::Verdict::NoData;
}

}  // namespace

OwnMetrics::OwnMetrics(const analysis::AnalysisSettings& settings, TimePoint from) {
  std::array<std::size_t, 5> places{};
  for (std::size_t i = 0; i < settings.sources.size(); ++i) {
    const analysis::SequentialMetric& test = settings.sequential.more[i];
    const MetricSource& source = settings.sources[i];
    metrics_.push_back({.name = test.name,
                        .source = source,
                        .every = test.every,
                        .place = places[static_cast<std::size_t>(source.from)]++,
                        .next = grid(from, test.every)});
  }
}

void OwnMetrics::begin(const rollout::Plan& plan, ports::Telemetry& telemetry, ports::ServiceLog& log) {
  if (!plan.analysis) return;
  telemetry.count_answers(plan.service, of_kind(*plan.analysis, SourceKind::Router));
  log.count_fields(plan.service, of_kind(*plan.analysis, SourceKind::Log));
}

void OwnMetrics::step_begins(TimePoint now, bool compared) {
  compared_ = compared;
  for (Metric& metric : metrics_) {
    metric.green_requests = 0;
    metric.blue_requests = 0;
    metric.seen_until.reset();
    // A question that is about the time before the step could tell of little else.
    if (metric.source.from == SourceKind::Prometheus) metric.next = std::max(metric.next, grid(now, metric.every));
    // A period in which the weight moved weighs differently in both colours.
    if (metric.source.from == SourceKind::CloudWatch) {
      metric.next = std::max(metric.next, grid(now, metric.every) + metric.every);
    }
  }
}

void OwnMetrics::clock_stepped(TimePoint now) {
  for (Metric& metric : metrics_) {
    metric.next = grid(now, metric.every);
    metric.before.reset();
    metric.seen_until.reset();
  }
}

void OwnMetrics::observe(std::size_t index, const MetricSlot& green, const MetricSlot& blue,
                         analysis::TrafficJudge& judge) {
  Metric& metric = metrics_[index];
  (void)judge.observe_metric(index, green.start, counts_of(metric.source, green), counts_of(metric.source, blue));
  metric.green_requests += requests_of(metric.source, green);
  metric.blue_requests += requests_of(metric.source, blue);
  metric.seen_until = green.start + metric.every;
}

void OwnMetrics::look(const MeasurementSources& sources, const rollout::Plan& plan, TimePoint until,
                      analysis::TrafficJudge& judge) {
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    switch (metrics_[i].source.from) {
      case SourceKind::Log:
      case SourceKind::Router: look_at(i, sources, plan, until, judge); break;
      case SourceKind::Probes: look_at_probes(i, until, judge); break;
      case SourceKind::Prometheus:
      case SourceKind::CloudWatch: break;  // they are asked
    }
  }
}

void OwnMetrics::look_at(std::size_t index, const MeasurementSources& sources, const rollout::Plan& plan,
                         TimePoint until, analysis::TrafficJudge& judge) {
  Metric& metric = metrics_[index];
  if (until <= metric.next) return;
  const auto read = [&](Colour colour) {
    return slots_of(sources, plan, colour, metric.source.from, metric.place, metric.next);
  };
  const auto blue = read(Colour::Blue);
  // Until GREEN has traffic BLUE alone is learnt.
  const auto green = compared_ ? read(Colour::Green) : silent(blue);
  if (!green || !blue) {
    metric.problem = (green ? blue : green).error();
    metric.next = until;
    return;
  }
  metric.problem.reset();
  auto other = blue->begin();
  for (const MetricSlot& slot : *green) {
    if (slot.start >= until) break;
    while (other != blue->end() && other->start < slot.start) ++other;
    if (other == blue->end()) break;
    if (other->start == slot.start) observe(index, slot, *other, judge);
  }
  metric.next = until;
}

void OwnMetrics::count_probes(TimePoint now, bool green_passed, bool blue_passed) {
  green_probes_.add(now, {.requests = 1, .events = green_passed ? 0 : 1});
  blue_probes_.add(now, {.requests = 1, .events = blue_passed ? 0 : 1});
}

void OwnMetrics::look_at_probes(std::size_t index, TimePoint until, analysis::TrafficJudge& judge) {
  Metric& metric = metrics_[index];
  for (; metric.next < until; metric.next += metric.every) {
    observe(index, green_probes_.at(metric.next), blue_probes_.at(metric.next), judge);
  }
  green_probes_.forget_before(until);
  blue_probes_.forget_before(until);
}

std::vector<MetricQuery> OwnMetrics::due(TimePoint now) {
  std::vector<MetricQuery> queries;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    Metric& metric = metrics_[i];
    const bool by_periods = metric.source.from == SourceKind::CloudWatch;
    if ((!by_periods && metric.source.from != SourceKind::Prometheus) || metric.asking) continue;
    const Milliseconds delay = !by_periods                               ? kStoreDelay
                               : metric.every < std::chrono::seconds{60} ? kHighResolutionDelay
                                                                         : kMinutesDelay;
    const TimePoint newest = grid(now - delay, metric.every) - (by_periods ? metric.every : Milliseconds{0});
    if (newest < metric.next) continue;
    metric.asking = true;
    metric.next = newest + metric.every;
    const auto same = std::ranges::find_if(queries, [&](const MetricQuery& query) {
      const Metric& other = metrics_[query.metrics.front()];
      return by_periods && other.source.from == SourceKind::CloudWatch && other.every == metric.every &&
             query.at == newest;
    });
    if (same != queries.end()) {
      same->metrics.push_back(i);
    } else {
      queries.push_back({{i}, newest});
    }
  }
  return queries;
}

void OwnMetrics::take(const MetricQuery& query, const MetricAnswers& answers, analysis::TrafficJudge& judge) {
  for (std::size_t i = 0; i < query.metrics.size(); ++i) {
    metrics_[query.metrics[i]].asking = false;
    if (i < answers.size()) take_one(query.metrics[i], query.at, answers[i], judge);
  }
}

void OwnMetrics::take_one(std::size_t index, TimePoint at, const MetricAnswer& answer, analysis::TrafficJudge& judge) {
  Metric& metric = metrics_[index];
  if (const auto* counters = std::get_if<OfColours<analysis::CounterReading>>(&answer)) {
    return take_counters(index, at, *counters, judge);
  }
  const auto& periods = std::get<OfColours<MetricSlot>>(answer);
  metric.problem = problem_of(periods);
  if (metric.problem) return;
  observe(index, compared_ ? *periods.green : MetricSlot{.start = at}, *periods.blue, judge);
}

template <typename T>
std::optional<Error> OwnMetrics::problem_of(const OfColours<T>& answer) const {
  if (compared_ && !answer.green) return answer.green.error();
  if (!answer.blue) return answer.blue.error();
  return std::nullopt;
}

void OwnMetrics::take_counters(std::size_t index, TimePoint at, const OfColours<analysis::CounterReading>& answer,
                               analysis::TrafficJudge& judge) {
  Metric& metric = metrics_[index];
  const auto before = std::exchange(metric.before, std::pair{at, answer});
  metric.problem = problem_of(answer);
  if (metric.problem || !before || before->first + metric.every != at) return;
  const auto risen = [&](const Result<analysis::CounterReading>& from, const Result<analysis::CounterReading>& to,
                         analysis::Between between) -> Result<MetricSlot> {
    if (!from) return from.error();
    return analysis::increase(*from, *to, before->first, between);
  };
  const auto blue = risen(before->second.blue, answer.blue, analysis::Between::Slow);
  const auto green = compared_ ? risen(before->second.green, answer.green, analysis::Between::Fast)
                               : Result<MetricSlot>(MetricSlot{.start = before->first});
  if (!green || !blue) {
    metric.problem = (green ? blue : green).error();
    return;
  }
  observe(index, *green, *blue, judge);
}

rollout::CheckResult OwnMetrics::check(const Metric& metric, TimePoint now) const {
  rollout::CheckResult result{"metric " + metric.name, analysis::Verdict::Ok, ""};
  const Milliseconds silence = std::max(kSilence, metric.every * kSilentPeriods);
  const bool has_both = metric.green_requests > 0 && metric.blue_requests > 0;
  if (metric.problem && verdict_of(*metric.problem) == analysis::Verdict::Error) {
    result.verdict = analysis::Verdict::Error;
    result.sentence = fmt::format("the metric {} cannot be judged: {}", metric.name, metric.problem->message);
  } else if (!has_both) {
    result.verdict = analysis::Verdict::NoData;
    result.sentence = fmt::format("the metric {} has no data of {} in this traffic step{}", metric.name,
                                  metric.green_requests == 0 ? "GREEN" : "BLUE",
                                  metric.problem ? ": " + metric.problem->message : "");
  } else if (!metric.seen_until || *metric.seen_until + silence < now) {
    result.verdict = analysis::Verdict::NoData;
    result.sentence = fmt::format("the metric {} has had no data for {}{}", metric.name, format_duration(silence),
                                  metric.problem ? ": " + metric.problem->message : "");
  } else {
    result.sentence = fmt::format("the metric {} was compared", metric.name);
  }
  if (metric.source.missing == analysis::Missing::Ignore) result.verdict = analysis::Verdict::Ok;
  return result;
}

std::vector<rollout::CheckResult> OwnMetrics::checks(TimePoint now) const {
  std::vector<rollout::CheckResult> results;
  if (!compared_) return results;
  for (const Metric& metric : metrics_) results.push_back(check(metric, now));
  return results;
}

MetricAnswers ask(const MetricStores& stores, const rollout::Plan& plan, const MetricQuery& query,
                  std::stop_token stop) {
  const MetricSource& source = plan.analysis->sources[query.metrics.front()];
  if (source.from == SourceKind::CloudWatch) return ask(stores.periods, plan, query, stop);
  return {OfColours<analysis::CounterReading>{ask(stores.queries, plan, source, Colour::Green, query.at, stop),
                                              ask(stores.queries, plan, source, Colour::Blue, query.at, stop)}};
}

}  // namespace sluice::application
