#include "core/config/read_analysis.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/form.h"
#include "core/config/read_margins.h"
#include "core/config/read_metrics.h"
#include "core/config/section_reader.h"

namespace sluice::config {
namespace {

using analysis::AnalysisSettings;
using analysis::SequentialMetric;
using yaml::Node;

bool is_off(const Node* node) { return node != nullptr && node->is_scalar(); }

void read_errors(Reader& reader, const Node* node, SequentialMetric& errors) {
  if (is_off(node)) {
    errors.share = 0;
    return;
  }
  SectionReader section(reader, node);
  read_rates(section, errors, kMostRate);
}

void read_latency(Reader& reader, const Node* node, SequentialMetric& latency) {
  if (is_off(node)) {
    latency.share = 0;
    return;
  }
  read_latency_margins(reader, node, latency);
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
  read_metrics(reader, node, strategy, settings);
  // What ties several values together.
  if (const Status valid = analysis::validate(sequential); !valid) {
    if (node == nullptr || !reader.has_bad_member(*node)) {
      reader.report(node == nullptr ? Position{} : node->begin, valid.error().message);
    }
  }
  return settings;
}

}  // namespace sluice::config
