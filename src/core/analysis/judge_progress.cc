// The kept form of what a judge knows: version, fields, a checksum.
#include <cstdint>

#include "core/analysis/state_archive.h"
#include "core/analysis/traffic_judge.h"

namespace sluice::analysis {
namespace {

constexpr std::uint16_t kVersion = 4;
constexpr std::size_t kChecksumSize = 8;
constexpr double kMostNats = 1e15;
constexpr std::int64_t kLongestText = std::int64_t{64} * 1024;
constexpr std::int64_t kMostReasons = 1000;
constexpr std::int64_t kMostAlarms = 1000;
constexpr std::int64_t kMostChanges = 10'000;
constexpr std::int64_t kMostMetrics = 1000;
constexpr double kMostFigure = 1e15;
/// Some 280,000 years of milliseconds: sums of a few of them stay far from the limits.
constexpr std::int64_t kLatest = std::int64_t{1} << 53;

/// FNV-1a, 64 bits.
std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : bytes) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

// Both directions of each kind of field: a value is written as it is, and read into itself.

template <typename Archive, typename Text>
void text_field(Archive& archive, Text& text) {
  auto size = static_cast<std::int64_t>(text.size());
  archive.integer(size, 0, kLongestText);
  if constexpr (Archive::kReads) {
    if (!archive.ok()) return;
    text.assign(static_cast<std::size_t>(size), '\0');
    for (char& c : text) {
      std::uint8_t byte = 0;
      archive.integer(byte, 0, 255);
      c = static_cast<char>(byte);
    }
  } else {
    for (const char c : text) archive.integer(static_cast<std::uint8_t>(c), 0, 255);
  }
}

template <typename Archive, typename Time>
void time_field(Archive& archive, Time& time) {
  std::int64_t count = time.time_since_epoch().count();
  archive.integer(count, -kLatest, kLatest);
  if constexpr (Archive::kReads) time = TimePoint{Milliseconds{count}};
}

template <typename Archive, typename Optional, typename Field>
void optional_field(Archive& archive, Optional& value, const Field& field) {
  std::uint8_t there = value ? 1 : 0;
  archive.integer(there, 0, 1);
  if constexpr (Archive::kReads) {
    value.reset();
    if (there != 0 && archive.ok()) value.emplace();
  }
  if (value) field(*value);
}

template <typename Archive, typename Reasons>
void reasons_field(Archive& archive, Reasons& reasons) {
  auto count = static_cast<std::int64_t>(reasons.size());
  archive.integer(count, 0, kMostReasons);
  if constexpr (Archive::kReads) {
    reasons.clear();
    for (std::int64_t i = 0; i < count && archive.ok(); ++i) {
      std::string reason;
      text_field(archive, reason);
      reasons.insert(reason);
    }
  } else {
    for (const std::string& reason : reasons) text_field(archive, reason);
  }
}

template <typename Archive, typename Baselines>
void baselines_field(Archive& archive, Baselines& baselines) {
  auto count = static_cast<std::int64_t>(baselines.size());
  archive.integer(count, 0, kMostAlarms);
  const auto baseline_fields = [&](auto& baseline) {
    archive.integer(baseline.requests, 0, kLatest);
    archive.integer(baseline.bad, 0, kLatest);
    archive.number(baseline.value, 0, kMostFigure);
  };
  if constexpr (Archive::kReads) {
    baselines.clear();
    for (std::int64_t i = 0; i < count && archive.ok(); ++i) {
      std::string name;
      text_field(archive, name);
      baseline_fields(baselines[name]);
    }
  } else {
    for (const auto& [name, baseline] : baselines) {
      text_field(archive, name);
      baseline_fields(baseline);
    }
  }
}

/// A count, then so many items.
template <typename Archive, typename Items, typename Field>
void list_field(Archive& archive, Items& items, std::int64_t most, const Field& field) {
  auto count = static_cast<std::int64_t>(items.size());
  archive.integer(count, 0, most);
  if constexpr (Archive::kReads) {
    items.clear();
    for (std::int64_t i = 0; i < count && archive.ok(); ++i) field(items.emplace_back());
  } else {
    for (auto& item : items) field(item);
  }
}

template <typename Archive, typename Share>
void weight_field(Archive& archive, Share& weight) {
  std::int64_t basis_points = weight.basis_points();
  archive.integer(basis_points, 0, Weight::kFull);
  if constexpr (Archive::kReads) {
    weight = Weight::from_basis_points(static_cast<int>(basis_points)).value_or(Weight::none());
  }
}

template <typename Archive, typename Span>
void span_field(Archive& archive, Span& span) {
  std::int64_t count = span.count();
  archive.integer(count, 0, kLatest);
  if constexpr (Archive::kReads) span = Milliseconds{count};
}

template <typename Archive, typename Changes>
void changes_field(Archive& archive, Changes& changes) {
  list_field(archive, changes, kMostChanges, [&](auto& change) {
    time_field(archive, change.at);
    weight_field(archive, change.green);
    optional_field(archive, change.bake, [&](auto& bake) { span_field(archive, bake); });
  });
}

template <typename Archive, typename Progress>
void fields(Archive& archive, Progress& progress) {
  std::uint16_t version = kVersion;
  archive.integer(version, kVersion, kVersion);
  text_field(archive, progress.test);
  weight_field(archive, progress.weight);
  optional_field(archive, progress.bake, [&](auto& bake) { span_field(archive, bake); });
  time_field(archive, progress.step_since);
  optional_field(archive, progress.watched_since, [&](auto& time) { time_field(archive, time); });
  optional_field(archive, progress.blue_until, [&](auto& time) { time_field(archive, time); });
  reasons_field(archive, progress.overruled);
  auto kind = static_cast<std::uint8_t>(progress.decision.kind);
  archive.integer(kind, 0, static_cast<std::int64_t>(DecisionKind::Promote));
  text_field(archive, progress.decision.reason);
  text_field(archive, progress.decision.message);
  time_field(archive, progress.decision.at);
  archive.number(progress.decision.log_evidence, -kMostNats, kMostNats);
  archive.number(progress.decision.log_needed, -kMostNats, kMostNats);
  baselines_field(archive, progress.before);
  changes_field(archive, progress.changes);
  list_field(archive, progress.metric_changes, kMostMetrics, [&](auto& changes) { changes_field(archive, changes); });
  if constexpr (Archive::kReads) {
    progress.decision.kind = static_cast<DecisionKind>(kind);
  }
}

Error damaged() {
  return {ErrorKind::InvalidInput,
          "what was kept of the comparison of both colours is damaged or of another version; it begins anew"};
}

}  // namespace

std::string serialize(const JudgeProgress& progress) {
  StateWriter writer;
  fields(writer, progress);
  std::string bytes = writer.take();
  StateWriter check;
  check.integer(checksum(bytes), 0, 0);
  return bytes + check.take();
}

Result<JudgeProgress> parse_judge_progress(std::string_view bytes) {
  if (bytes.size() < kChecksumSize) return damaged();
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumSize);
  StateWriter check;
  check.integer(checksum(body), 0, 0);
  if (check.take() != bytes.substr(body.size())) return damaged();
  JudgeProgress progress;
  StateReader reader(body);
  fields(reader, progress);
  if (!reader.ok() || !reader.at_end()) return damaged();
  return progress;
}

}  // namespace sluice::analysis
