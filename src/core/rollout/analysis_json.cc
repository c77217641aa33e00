#include "core/rollout/analysis_json.h"

#include <boost/json.hpp>
#include <utility>

#include "core/rollout/object_reader.h"

namespace sluice::rollout {
namespace {

namespace json = boost::json;
using analysis::AnalysisSettings;
using analysis::MetricSource;
using analysis::SequentialKind;
using analysis::SequentialMetric;
using analysis::SequentialSettings;
using analysis::StatusRange;
using analysis::StepEvidence;

std::optional<SequentialKind> parse_kind(std::string_view name) {
  for (const auto kind : {SequentialKind::Ratio, SequentialKind::Count, SequentialKind::Latency}) {
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

Result<double> read_number(const json::value& value, std::string path) {
  if (value.is_number()) return value.to_number<double>();
  return Error{ErrorKind::InvalidInput, path + " is no number"};
}

// Each type lists its fields once, in `fields`, for both directions.

template <typename Fields, typename Metric>
void fields(Fields& field, Metric& metric)
  requires std::is_same_v<std::remove_const_t<Metric>, SequentialMetric>
{
  field("name", metric.name);
  field("kind", metric.kind);
  field("ratio", metric.ratio);
  field("slack", metric.slack);
  field("floor", metric.floor);
  field("prior", metric.prior);
  field("share", metric.share);
  field("then", metric.then);
  field("every_milliseconds", metric.every);
  field("levels", metric.levels);
  field("slower_ratio", metric.slower_ratio);
  field("slower_milliseconds", metric.slower_milliseconds);
}

template <typename Fields, typename Settings>
void fields(Fields& field, Settings& settings)
  requires std::is_same_v<std::remove_const_t<Settings>, SequentialSettings>
{
  field("alpha", settings.alpha);
  field("hold_alpha", settings.hold_alpha);
  field("bound_alpha", settings.bound_alpha);
  field("errors", settings.errors);
  field("latency", settings.latency);
  field("error_log", settings.error_log);
  field("error_log_by_lines", settings.error_log_by_lines);
  field("historical_floor", settings.historical_floor);
  field("more", settings.more);
  field("alternatives", settings.alternatives);
  field("cap", settings.cap);
  field("most_tempering", settings.most_tempering);
  field("tempering_prior", settings.tempering_prior);
  field("half_life_milliseconds", settings.half_life);
  field("prior_requests", settings.prior_requests);
  field("lowest_rate", settings.lowest_rate);
  field("highest_rate", settings.highest_rate);
  field("hopeless_rate", settings.hopeless_rate);
  field("mass_at_start", settings.mass_at_start);
  field("mass_at_weight_change", settings.mass_at_weight_change);
  field("mass_over_plan", settings.mass_over_plan);
  field("mass_reserve", settings.mass_reserve);
  field("planned_milliseconds", settings.planned);
  field("block_requests", settings.block_requests);
  field("block_patience_milliseconds", settings.block_patience);
  field("latency_samples", settings.latency_samples);
  field("slot_length_milliseconds", settings.slot_length);
}

template <typename Fields, typename Evidence>
void fields(Fields& field, Evidence& evidence)
  requires std::is_same_v<std::remove_const_t<Evidence>, StepEvidence>
{
  field("requests", evidence.requests);
  field("at_most_worse", evidence.at_most_worse);
  field("extension_milliseconds", evidence.extension);
}

template <typename Fields, typename Source>
void fields(Fields& field, Source& source)
  requires std::is_same_v<std::remove_const_t<Source>, MetricSource>
{
  field("from", source.from);
  field("kind", source.kind);
  field("field", source.field);
  field("statuses", source.statuses);
  field("path", source.path);
  field("url", source.url);
  field("events", source.events);
  field("requests", source.requests);
  field("buckets", source.buckets);
  field("unit_milliseconds", source.unit_milliseconds);
  field("missing", source.missing);
  field.since_seven("metric_namespace", source.metric_namespace);
  field.since_seven("dimensions", source.dimensions);
  field.since_seven("metric", source.metric);
}

template <typename Fields, typename Range>
void fields(Fields& field, Range& range)
  requires std::is_same_v<std::remove_const_t<Range>, StatusRange>
{
  field("least", range.least);
  field("most", range.most);
}

class Writer {
 public:
  void operator()(std::string_view name, const auto& value) { object_[name] = value_of(value); }
  void since_seven(std::string_view name, const auto& value) { (*this)(name, value); }
  json::object take() { return std::move(object_); }

  template <typename T>
  static json::object object_of(const T& value) {
    Writer writer;
    fields(writer, value);
    return writer.take();
  }

 private:
  static json::value value_of(const std::string& text) { return json::string(text); }
  static json::value value_of(double number) { return number; }
  static json::value value_of(long number) { return number; }
  static json::value value_of(int number) { return number; }
  static json::value value_of(bool flag) { return flag; }
  static json::value value_of(Milliseconds span) { return span.count(); }
  static json::value value_of(SequentialKind kind) { return json::string(to_string(kind)); }
  static json::value value_of(analysis::Action action) { return json::string(to_string(action)); }
  static json::value value_of(analysis::SourceKind kind) { return json::string(to_string(kind)); }
  static json::value value_of(analysis::Missing missing) { return json::string(to_string(missing)); }
  static json::value value_of(const std::map<std::string, std::string>& texts) {
    json::object object;
    for (const auto& [name, text] : texts) object[name] = text;
    return object;
  }
  static json::value value_of(const SequentialMetric& metric) { return object_of(metric); }
  static json::value value_of(const StatusRange& range) { return object_of(range); }
  template <typename Range>
    requires requires(const Range& range) { range.begin(); }
  static json::value value_of(const Range& range) {
    json::array array;
    for (const auto& item : range) array.push_back(value_of(item));
    return array;
  }

  json::object object_;
};

template <typename T>
Result<T> read_fields(const json::value& value, std::string path);

class Reader {
 public:
  explicit Reader(ObjectReader& reader) : reader_(reader) {}

  template <typename Plain>
  void operator()(std::string_view name, Plain& out) {
    reader_.read(name, out);
  }
  /// A field that records of before schema 7 do not have.
  void since_seven(std::string_view name, auto& out) {
    if (reader_.has(name)) (*this)(name, out);
  }
  void operator()(std::string_view name, SequentialKind& out) { reader_.read_name(name, out, parse_kind); }
  void operator()(std::string_view name, analysis::Action& out) {
    reader_.read_name(name, out, analysis::parse_action);
  }
  void operator()(std::string_view name, analysis::SourceKind& out) {
    reader_.read_name(name, out, analysis::parse_source_kind);
  }
  void operator()(std::string_view name, analysis::Missing& out) {
    reader_.read_name(name, out, analysis::parse_missing);
  }
  void operator()(std::string_view name, std::vector<StatusRange>& out) {
    reader_.read_list(name, out, read_fields<StatusRange>);
  }
  void operator()(std::string_view name, SequentialMetric& out) {
    reader_.read_as(name, out, read_fields<SequentialMetric>);
  }
  void operator()(std::string_view name, std::vector<SequentialMetric>& out) {
    reader_.read_list(name, out, read_fields<SequentialMetric>);
  }
  void operator()(std::string_view name, std::vector<double>& out) { reader_.read_list(name, out, read_number); }
  template <std::size_t N>
  void operator()(std::string_view name, std::array<double, N>& out) {
    std::vector<double> list;
    reader_.read_list(name, list, read_number);
    if (list.size() != N) return reader_.fail(name, "has not the right number of items");
    std::ranges::copy(list, out.begin());
  }

 private:
  ObjectReader& reader_;
};

template <typename T>
Result<T> read_fields(const json::value& value, std::string path) {
  T read;
  ObjectReader reader(value, std::move(path));
  Reader fields_reader(reader);
  fields(fields_reader, read);
  TRY(reader.finish());
  return read;
}

}  // namespace

json::value to_json(const AnalysisSettings& settings) {
  json::array sources;
  for (const MetricSource& source : settings.sources) sources.push_back(Writer::object_of(source));
  return json::object{{"sequential", Writer::object_of(settings.sequential)},
                      {"enough", Writer::object_of(settings.enough)},
                      {"sources", std::move(sources)}};
}

Result<AnalysisSettings> read_analysis_settings(const json::value& value, std::string path) {
  AnalysisSettings settings;
  ObjectReader reader(value, std::move(path));
  reader.read_as("sequential", settings.sequential, read_fields<SequentialSettings>);
  reader.read_as("enough", settings.enough, read_fields<StepEvidence>);
  // Not before schema 5.
  if (reader.has("sources")) reader.read_list("sources", settings.sources, read_fields<MetricSource>);
  TRY(reader.finish());
  TRY(analysis::validate(settings.sequential));
  if (settings.sources.size() != settings.sequential.more.size()) {
    return Error{ErrorKind::InvalidInput, "a metric of the analysis has no source"};
  }
  return settings;
}

}  // namespace sluice::rollout
