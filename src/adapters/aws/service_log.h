// ports::ServiceLog with CloudWatch Logs: the errors of a minute, once it is known.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/aws/asking_thread.h"
#include "adapters/aws/error_minutes.h"
#include "ports/clock.h"
#include "ports/service_log.h"

namespace sluice::aws {

/// What the logs of some revisions of a service tell that may be errors, up to `until`.
struct RevisionLines {
  /// By revision: its lines, or why its log cannot be read.
  std::map<std::string, Result<std::vector<LogEvent>>> lines;
  TimePoint until{};
};

/// Of whole minutes. Blocks. Errors: those of the client.
using LogSource =
    std::function<Result<RevisionLines>(const rollout::ServiceKey& service, const std::set<std::string>& revisions,
                                        TimePoint from, TimePoint until, const std::stop_token& stop)>;

/// A thread of its own asks for the services that somebody reads, once a minute; reading itself never waits. May be
/// used from any number of threads at once.
class ServiceLog final : public ports::ServiceLog {
 public:
  /// Whoever judges a minute does so this much later than it is asked for.
  static constexpr Milliseconds kAsking{20'000};
  /// Between two looks: while there is more to read, and after one that failed.
  static constexpr Milliseconds kSoon{1'000};
  static constexpr Milliseconds kSoonAfterFailure{20'000};
  static constexpr Milliseconds kWantedFor{60'000};
  /// A revision that nobody has asked for so long is not looked for any more.
  static constexpr Milliseconds kRevisionWantedFor{std::chrono::minutes{15}};
  /// What was told of so long ago may have had more lines since: they come late at times.
  static constexpr Milliseconds kMayChange{std::chrono::minutes{1}};

  /// `delay`: so long after its end a minute is judged (rollout::TelemetryTiming); longer than kAsking. `clock` must
  /// outlive this.
  ServiceLog(LogSource source, Milliseconds delay, const ports::Clock& clock, Asking asking = Asking::InAThread);

  /// Asks for what is due now. Blocks.
  void ask_due(const std::stop_token& stop);

  /// Asks for the last hour of a revision now, and waits for the answer; for whoever is about to judge. Errors: those
  /// of the source.
  Status look(const rollout::ServiceKey& service, const std::string& revision, const std::stop_token& stop);

  /// Errors: NotFound (not asked yet, or a revision whose log cannot be read, with the reason), that of the last look
  /// where nothing is known.
  Result<std::vector<ports::LogSlot>> read(const rollout::ServiceKey& service, const std::string& revision_id,
                                           TimePoint from) const override;
  Result<std::vector<ports::ErrorLine>> first_error_lines(const rollout::ServiceKey& service,
                                                          const std::string& revision_id, TimePoint from,
                                                          int most) const override;
  /// Own metrics of logs are not for AWS (sluice.yaml refuses them): nothing is counted.
  void count_fields(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) override;
  /// Error: NotFound, always.
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service,
                                                        const std::string& revision_id, std::size_t metric,
                                                        TimePoint from) const override;

 private:
  struct Revision {
    ErrorMinutes minutes;
    std::optional<Error> error;  ///< Why its log cannot be read.
    TimePoint wanted_at{};
    bool was_asked = false;
  };
  struct Series {
    std::map<std::string, Revision> revisions;
    TimePoint known_until{};  ///< End of the last minute that was read.
    std::optional<Error> error;
    TimePoint asked_at{};
    TimePoint wanted_at{};
  };
  struct Question {
    std::set<std::string> revisions;
    TimePoint from{};
    TimePoint until{};
  };
  TimePoint newest() const;
  bool is_due(const Series& series) const;
  std::vector<rollout::ServiceKey> due() const;
  Question question_of(Series& series) const;
  Status ask(const rollout::ServiceKey& service, const std::stop_token& stop);
  /// The caller holds the mutex.
  Result<const Revision*> find(const rollout::ServiceKey& service, const std::string& revision_id) const;

  LogSource source_;
  Milliseconds delay_;
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::map<rollout::ServiceKey, Series> series_;
  AskingThread thread_;  ///< Last: it uses all of the above.
};

}  // namespace sluice::aws
