// The kept form of a sequential test: magic, version, a fingerprint of the settings, the state, a checksum.
#include <cstdint>
#include <utility>

#include "core/analysis/sequential_test.h"
#include "core/analysis/state_archive.h"

namespace sluice::analysis {
namespace {

constexpr std::uint32_t kMagic = 0x51534c53;  // "SLSQ"
constexpr std::uint16_t kVersion = 2;
constexpr std::size_t kChecksumSize = 8;

std::uint64_t hash(std::string_view bytes) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : bytes) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

void write_metric(StateWriter& writer, const SequentialMetric& metric) {
  writer.integer(hash(metric.name), 0, 0);
  writer.integer(static_cast<std::uint8_t>(metric.kind), 0, 0);
  writer.integer(static_cast<std::uint8_t>(metric.then), 0, 0);
  for (const double value : {metric.ratio, metric.slack, metric.floor, metric.prior, metric.share, metric.slower_ratio,
                             metric.slower_milliseconds}) {
    writer.number(value, 0, 0);
  }
  writer.integer(metric.every.count(), 0, 0);
  for (const double level : metric.levels) writer.number(level, 0, 0);
}

/// Equal for equal settings: a state goes on only under those that it began with.
std::uint64_t fingerprint(const SequentialSettings& settings) {
  StateWriter writer;
  write_metric(writer, settings.errors);
  write_metric(writer, settings.latency);
  write_metric(writer, settings.error_log);
  for (const SequentialMetric& metric : settings.more) write_metric(writer, metric);
  for (const double value : settings.alternatives) writer.number(value, 0, 0);
  for (const double value :
       {settings.alpha, settings.hold_alpha, settings.bound_alpha, settings.historical_floor, settings.cap,
        settings.most_tempering, settings.tempering_prior, settings.prior_requests, settings.lowest_rate,
        settings.highest_rate, settings.hopeless_rate, settings.mass_at_start, settings.mass_at_weight_change,
        settings.mass_over_plan, settings.mass_reserve}) {
    writer.number(value, 0, 0);
  }
  for (const std::int64_t value :
       {settings.half_life.count(), settings.planned.count(), settings.block_patience.count(),
        settings.slot_length.count(), std::int64_t{settings.block_requests}, std::int64_t{settings.latency_samples},
        std::int64_t{settings.error_log_by_lines}}) {
    writer.integer(value, 0, 0);
  }
  return hash(writer.take());
}

Error damaged(std::string_view what) {
  return {ErrorKind::InvalidInput, "the kept state of the sequential test cannot be used: " + std::string(what) +
                                       "; the test begins anew without it"};
}

}  // namespace

template <typename Archive>
void SequentialTest::archive(Archive& archive) {
  const auto weight_field = [&archive](Weight& weight) {
    auto basis_points = static_cast<std::uint16_t>(weight.basis_points());
    archive.integer(basis_points, 0, Weight::kFull);
    if constexpr (Archive::kReads) weight = Weight::from_basis_points(basis_points).value_or(Weight::none());
  };
  weight_field(weight_);
  for (Weight& weight : metric_weights_) weight_field(weight);
  auto decision = static_cast<std::uint8_t>(decision_);
  archive.integer(decision, 0, static_cast<int>(SequentialDecision::Rollback));
  if constexpr (Archive::kReads) {
    decision_ = static_cast<SequentialDecision>(decision);
  }
  for (MetricGroup& group : groups_) group.archive(archive);
}

std::string SequentialTest::serialize() const {
  StateWriter writer;
  writer.integer(kMagic, 0, 0);
  writer.integer(kVersion, 0, 0);
  writer.integer(fingerprint(*settings_), 0, 0);
  SequentialTest copy = *this;
  copy.archive(writer);
  std::string bytes = writer.take();
  StateWriter checksum;
  checksum.integer(hash(bytes), 0, 0);
  return bytes + checksum.take();
}

Result<SequentialTest> SequentialTest::parse(SequentialSettings settings, std::string_view bytes) {
  TRY_ASSIGN(SequentialTest test, create(std::move(settings)));
  if (bytes.size() < kChecksumSize) return damaged("it is cut off");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumSize);
  StateWriter checksum;
  checksum.integer(hash(body), 0, 0);
  if (checksum.take() != bytes.substr(body.size())) return damaged("its checksum is wrong");
  StateReader reader(body);
  std::uint32_t magic = 0;
  std::uint16_t version = 0;
  std::int64_t written_under = 0;
  reader.integer(magic, kMagic, kMagic);
  if (!reader.ok()) return damaged("it is something else");
  reader.integer(version, kVersion, kVersion);
  if (!reader.ok()) return damaged("it is of another version");
  reader.integer(written_under, INT64_MIN, INT64_MAX);
  if (static_cast<std::uint64_t>(written_under) != fingerprint(test.settings())) {
    return damaged("it was written under other settings");
  }
  test.archive(reader);
  if (!reader.ok() || !reader.at_end()) return damaged("a value in it is out of its range");
  return test;
}

}  // namespace sluice::analysis
