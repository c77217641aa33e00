// ports::Telemetry with CloudWatch's metrics: a figure a minute, about two minutes late.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/asking_thread.h"
#include "adapters/aws/minute_series.h"
#include "core/rollout/target.h"
#include "ports/clock.h"
#include "ports/telemetry.h"

namespace sluice::aws {

/// The whole minutes of both slots of a service from one moment to another, by CloudWatch's account. Blocks. Errors:
/// those of the client.
using MinuteSource = std::function<Result<MinutesOfBoth>(const rollout::ServiceKey& service, TimePoint from,
                                                         TimePoint until, const std::stop_token& stop)>;

/// A thread of its own asks CloudWatch for the services that somebody reads; reading itself never waits. May be used
/// from any number of threads at once.
class Telemetry final : public ports::Telemetry {
 public:
  /// A minute that has just become known is asked for: at least so long after the last look, and after one that failed.
  static constexpr Milliseconds kSoon{1'000};
  static constexpr Milliseconds kSoonAfterFailure{5'000};
  /// Whoever judges a minute does so this much later than it is asked for.
  static constexpr Milliseconds kAsking{5'000};
  /// A service is asked for so long after the last read of it.
  static constexpr Milliseconds kWantedFor{60'000};
  static constexpr Milliseconds kKept{std::chrono::minutes{70}};
  /// What was told may still change for so long.
  static constexpr Milliseconds kMayChange{std::chrono::minutes{5}};

  /// When nothing newer than this is known, the reason why is told in its place.
  static constexpr Milliseconds kErrorAfter{std::chrono::minutes{5}};

  /// `delay`: so long after its end a minute is judged (rollout::TelemetryTiming); longer than kAsking. `clock` must
  /// outlive this.
  Telemetry(MinuteSource source, Milliseconds delay, const ports::Clock& clock, Asking asking = Asking::InAThread);

  /// Asks for what is due now. Blocks.
  void ask_due(const std::stop_token& stop);

  /// Asks for the last hour now, and waits for the answer; for whoever is about to judge. Errors: those of the client.
  Status look(const rollout::ServiceKey& service, const std::stop_token& stop);

  /// Minutes that ended `delay` less kAsking before CloudWatch was last asked: those of them without a datapoint
  /// had no request. Errors: NotFound (not asked yet), that of the last look when nothing is known of the last
  /// `kErrorAfter`.
  Result<ports::Measurements> read(const rollout::ServiceKey& service, rollout::Slot slot,
                                   TimePoint from) const override;
  /// Always none: CloudWatch's metrics know no single request.
  Result<std::vector<ports::BadAnswer>> first_bad_answers(const rollout::ServiceKey& service, rollout::Slot slot,
                                                          TimePoint from, int most) const override;
  /// Always empty, likewise.
  Result<analysis::NotedSpan> notes(const rollout::ServiceKey& service, rollout::Slot slot, TimePoint from,
                                    TimePoint to) const override;
  /// Own metrics belong to the comparison with BLUE, which there is none of here yet: nothing is counted.
  void count_answers(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) override;
  /// Error: NotFound, always.
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service, rollout::Slot slot,
                                                        std::size_t metric, TimePoint from) const override;

 private:
  struct Series {
    MinutesOfBoth minutes;
    TimePoint known_until{};  ///< End of the last minute that is complete.
    std::optional<Error> error;
    TimePoint asked_at{};
    TimePoint wanted_at{};
  };
  std::vector<rollout::ServiceKey> due() const;
  Status ask(const rollout::ServiceKey& service, const std::stop_token& stop);

  MinuteSource source_;
  Milliseconds delay_;
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::map<rollout::ServiceKey, Series> series_;
  AskingThread thread_;  ///< Last: it uses all of the above.
};

}  // namespace sluice::aws
