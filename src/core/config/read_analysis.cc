#include "core/config/read_analysis.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/form.h"

namespace sluice::config {
namespace {

using analysis::AnalysisSettings;
using analysis::SequentialMetric;
using yaml::Node;

struct Range {
  double least;
  double most;
};

/// Reads one section; what is out of range is told at its place and left at its default.
class SectionReader {
 public:
  SectionReader(Reader& reader, const Node* node) : reader_(reader), node_(node) {}

  void share(std::string_view key, double& out, Range range) {
    const Node* value = reader_.get(node_, key);
    if (value == nullptr) return;
    const double read = parse_share(value->text);
    if (read >= range.least && read <= range.most) {
      out = read;
      return;
    }
    reader_.report(value->begin, fmt::format("'{}' must lie between {:.6g}% and {:.6g}%, not '{}'", key,
                                             range.least * 100, range.most * 100, value->text));
  }
  void factor(std::string_view key, double& out, Range range) {
    const Node* value = reader_.get(node_, key);
    if (value == nullptr) return;
    const double read = parse_factor(value->text);
    if (read >= range.least && read <= range.most) {
      out = read;
      return;
    }
    reader_.report(value->begin, fmt::format("'{}' must lie between {:.6g}x and {:.6g}x, not '{}'", key, range.least,
                                             range.most, value->text));
  }
  void number(std::string_view key, double& out) {
    if (const Node* value = reader_.get(node_, key)) out = value->number;
  }
  void action(std::string_view key, analysis::Action& out) {
    if (std::string text; reader_.read(node_, key, text)) out = analysis::parse_action(text).value_or(out);
  }
  template <typename T>
  void plain(std::string_view key, T& out) {
    reader_.read(node_, key, out);
  }
  const Node* get(std::string_view key) const { return reader_.get(node_, key); }

 private:
  Reader& reader_;
  const Node* node_;
};

bool is_off(const Node* node) { return node != nullptr && node->is_scalar(); }

constexpr Range kRatio{0.1, 1000};
constexpr double kMostRate = 0.5;

void read_rates(SectionReader& section, SequentialMetric& metric, double most) {
  section.factor("margin", metric.ratio, kRatio);
  section.share("slack", metric.slack, {0, most});
  section.share("floor", metric.floor, {0, most});
  section.share("prior", metric.prior, {0, most});
  section.number("share", metric.share);
  section.action("then", metric.then);
}

void read_errors(Reader& reader, const Node* node, SequentialMetric& errors) {
  if (is_off(node)) {
    errors.share = 0;
    return;
  }
  SectionReader section(reader, node);
  read_rates(section, errors, kMostRate);
}

void read_levels(Reader& reader, const Node* list, std::vector<double>& levels) {
  if (list == nullptr) return;
  std::vector<double> read;
  for (const auto& item : list->items) {
    if (reader.is_bad(item.get())) return;
    const double level = parse_share(item->text);
    if (level < 0.01 || level > 0.999) {
      return reader.report(item->begin, fmt::format("a level must lie between 1% and 99.9%, not '{}'", item->text));
    }
    if (!read.empty() && level <= read.back()) {
      return reader.report(item->begin,
                           fmt::format("levels must rise: {} comes after {:.6g}%", item->text, read.back() * 100));
    }
    read.push_back(level);
  }
  if (read.size() > analysis::kMostLatencyLevels) {
    return reader.report(list->begin, fmt::format("there are {} levels; at most {} are compared", read.size(),
                                                  analysis::kMostLatencyLevels));
  }
  levels = std::move(read);
}

void read_latency(Reader& reader, const Node* node, SequentialMetric& latency) {
  if (is_off(node)) {
    latency.share = 0;
    return;
  }
  SectionReader section(reader, node);
  section.factor("margin", latency.slower_ratio, {1, 1000});
  if (Milliseconds plus{0}; reader.read(node, "plus", plus)) {
    latency.slower_milliseconds = static_cast<double>(plus.count());
  }
  section.factor("ratio", latency.ratio, kRatio);
  section.share("slack", latency.slack, {0, kMostRate});
  section.number("share", latency.share);
  section.action("then", latency.then);
  read_levels(reader, section.get("levels"), latency.levels);
}

void read_error_log(Reader& reader, const Node* node, analysis::SequentialSettings& settings) {
  if (is_off(node)) {
    settings.error_log.share = 0;
    return;
  }
  SectionReader section(reader, node);
  if (std::string count; reader.read(node, "count", count)) settings.error_log_by_lines = count == "lines";
  if (settings.error_log_by_lines) settings.error_log.kind = analysis::SequentialKind::Count;
  read_rates(section, settings.error_log, settings.error_log_by_lines ? 1.0 : kMostRate);
}

void read_historical(SectionReader& section, analysis::SequentialSettings& settings) {
  const Node* written = section.get("historical_floor");
  if (written != nullptr && parse_share(written->text) == 0) {
    settings.historical_floor = 0;
    return;
  }
  section.share("historical_floor", settings.historical_floor, {1e-5, kMostRate});
}

void read_alternatives(Reader& reader, const Node* list, analysis::SequentialSettings& settings) {
  if (list == nullptr) return;
  const bool is_bad = std::ranges::any_of(list->items, [&](const auto& item) { return reader.is_bad(item.get()); });
  if (is_bad) return;
  if (list->items.size() != settings.alternatives.size()) {
    return reader.report(list->begin, fmt::format("'alternatives' must be {} numbers, not {}",
                                                  settings.alternatives.size(), list->items.size()));
  }
  for (std::size_t i = 0; i < settings.alternatives.size(); ++i) settings.alternatives[i] = list->items[i]->number;
}

void read_slot(Reader& reader, const Node* node, Milliseconds& slot) {
  Milliseconds read = slot;
  if (!reader.read(node, "slot", read)) return;
  if (read == analysis::kSlotLength || read.count() % 1000 == 0) {
    slot = read;
    return;
  }
  reader.report(reader.get(node, "slot")->begin,
                fmt::format("'slot' must be 100ms or whole seconds, not '{}'", reader.get(node, "slot")->text));
}

void read_evidence(Reader& reader, const Node* node, analysis::SequentialSettings& settings) {
  SectionReader section(reader, node);
  read_alternatives(reader, section.get("alternatives"), settings);
  section.number("cap", settings.cap);
  section.number("most_tempering", settings.most_tempering);
  section.number("tempering_prior", settings.tempering_prior);
  section.plain("half_life", settings.half_life);
  section.number("prior_requests", settings.prior_requests);
  section.share("lowest_rate", settings.lowest_rate, {1e-9, 0.1});
  section.share("highest_rate", settings.highest_rate, {0.5, 0.999});
  section.share("hopeless_rate", settings.hopeless_rate, {0.5, 0.999});
  section.number("mass_at_start", settings.mass_at_start);
  section.number("mass_at_weight_change", settings.mass_at_weight_change);
  section.number("mass_over_plan", settings.mass_over_plan);
  section.number("mass_reserve", settings.mass_reserve);
  section.plain("planned", settings.planned);
  section.plain("block_requests", settings.block_requests);
  section.plain("block_patience", settings.block_patience);
  section.plain("latency_samples", settings.latency_samples);
  read_slot(reader, node, settings.slot_length);
}

void read_enough(Reader& reader, const Node* node, analysis::StepEvidence& enough) {
  SectionReader section(reader, node);
  section.plain("requests", enough.requests);
  section.share("at_most_worse", enough.at_most_worse, {1e-6, 1});
  section.plain("extension", enough.extension);
}

/// How long the steps below 100% bake together, inside what the analysis takes.
Milliseconds planned_time(const rollout::Strategy& strategy, Milliseconds otherwise) {
  Milliseconds sum{0};
  for (const rollout::TrafficStep& step : strategy.steps) {
    if (step.weight != Weight::full()) sum += step.bake;
  }
  if (sum == Milliseconds{0}) return otherwise;
  return std::clamp<Milliseconds>(sum, std::chrono::seconds{1}, std::chrono::hours{24 * 30});
}

}  // namespace

std::optional<AnalysisSettings> read_analysis(Reader& reader, const Node* node, const rollout::Strategy& strategy) {
  if (is_off(node)) return std::nullopt;
  AnalysisSettings settings;
  analysis::SequentialSettings& sequential = settings.sequential;
  sequential.planned = planned_time(strategy, sequential.planned);
  SectionReader section(reader, node);
  section.share("alpha", sequential.alpha, {1e-9, 0.5});
  section.share("hold_alpha", sequential.hold_alpha, {1e-9, 0.5});
  section.share("bound_alpha", sequential.bound_alpha, {1e-9, 0.5});
  read_errors(reader, section.get("errors"), sequential.errors);
  read_latency(reader, section.get("latency"), sequential.latency);
  read_error_log(reader, section.get("error_log"), sequential);
  read_historical(section, sequential);
  read_enough(reader, section.get("enough"), settings.enough);
  read_evidence(reader, node, sequential);
  // What ties several values together.
  if (const Status valid = analysis::validate(sequential); !valid) {
    if (node == nullptr || !reader.has_bad_member(*node)) {
      reader.report(node == nullptr ? Position{} : node->begin, valid.error().message);
    }
  }
  return settings;
}

}  // namespace sluice::config
