// Latencies of one colour, fading with a half-life: where quantiles come from.
#pragma once

#include <array>
#include <span>

#include "core/analysis/latency_histogram.h"

namespace sluice::analysis {

class FadingHistogram {
 public:
  void add(const LatencyHistogram& latencies);
  void fade(double factor);
  /// How many latencies, faded ones in part.
  double total() const;
  /// The share of all that took longer than `latency_edge(bucket)`; 0 when nothing was counted.
  double share_above(int bucket) const;
  /// For each share q, which rise: the lowest bucket at or under which at least q of all lie. -1 when fewer than
  /// `least` (above 0) were counted.
  void quantile_buckets(std::span<const double> shares, double least, std::span<int> buckets) const;

  /// A bitmap of the buckets that hold something, then those.
  template <typename Archive>
  void archive(Archive& archive) {
    for (std::size_t byte = 0; byte < kLatencyBuckets / 8; ++byte) {
      std::uint8_t bits = 0;
      for (std::size_t bit = 0; bit < 8; ++bit) bits |= static_cast<std::uint8_t>((counts_[byte * 8 + bit] > 0) << bit);
      archive.integer(bits, 0, 255);
      for (std::size_t bit = 0; bit < 8; ++bit) {
        float& count = counts_[byte * 8 + bit];
        if (bits >> bit & 1) {
          archive.number(count, kLeastCount, 1e30);
        } else {
          count = 0;
        }
      }
    }
  }

 private:
  /// What fades below this is gone.
  static constexpr float kLeastCount = 1e-6F;
  static_assert(kLatencyBuckets % 8 == 0);
  std::array<float, kLatencyBuckets> counts_{};
};

}  // namespace sluice::analysis
