// What the logs of services' revisions tell by the minute, asked for while somebody reads it.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/asking_thread.h"
#include "adapters/aws/log_events.h"
#include "base/result.h"
#include "core/rollout/service_key.h"
#include "ports/clock.h"

namespace sluice::aws {

/// What the logs of some revisions of a service tell that is asked for, up to `until`.
struct RevisionLines {
  /// By revision: its lines, or why its log cannot be read.
  std::map<std::string, Result<std::vector<LogEvent>>> lines;
  TimePoint until{};
};

/// Of whole minutes. Blocks. Errors: those of the client.
using LogSource =
    std::function<Result<RevisionLines>(const rollout::ServiceKey& service, const std::set<std::string>& revisions,
                                        TimePoint from, TimePoint until, const std::stop_token& stop)>;

/// Whoever judges a minute does so this much later than it is asked for.
inline constexpr Milliseconds kLogAsking{20'000};
/// Between two looks: while there is more to read, and after one that failed.
inline constexpr Milliseconds kLogSoon{1'000};
inline constexpr Milliseconds kLogSoonAfterFailure{20'000};
inline constexpr Milliseconds kLogWantedFor{60'000};
/// A revision that nobody has asked for so long is not looked for any more.
inline constexpr Milliseconds kLogRevisionWantedFor{std::chrono::minutes{15}};
/// What was told of so long ago may have had more lines since: they come late at times.
inline constexpr Milliseconds kLogMayChange{std::chrono::minutes{1}};

/// A thread of its own asks for the services that somebody reads, once a minute; reading itself never waits. May be
/// used from any number of threads at once. `Minutes`: what is kept of a revision's lines, ErrorMinutes or
/// UtilizationMinutes.
template <typename Minutes>
class LogMinutes {
 public:
  /// `delay`: so long after its end a minute is judged (rollout::TelemetryTiming); longer than kLogAsking. `clock` must
  /// outlive this.
  LogMinutes(LogSource source, Milliseconds delay, const ports::Clock& clock, Asking asking);

  /// Asks for what is due now. Blocks.
  void ask_due(const std::stop_token& stop);

  /// Asks for the last hour of a revision now, and waits for the answer; for whoever is about to judge. Errors: those
  /// of the source.
  Status look(const rollout::ServiceKey& service, const std::string& revision, const std::stop_token& stop);

  /// What `read` makes of what is known of a revision. Errors: NotFound (not asked yet, or a revision whose log cannot
  /// be read, with the reason), that of the last look where nothing is known.
  template <typename Read>
  auto read(const rollout::ServiceKey& service, const std::string& revision_id, Read read) const
      -> Result<decltype(read(std::declval<const Minutes&>()))> {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const Minutes* const minutes, find(service, revision_id));
    return read(*minutes);
  }

 private:
  struct Revision {
    Minutes minutes;
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
  Result<const Minutes*> find(const rollout::ServiceKey& service, const std::string& revision_id) const;

  LogSource source_;
  Milliseconds delay_;
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::map<rollout::ServiceKey, Series> series_;
  AskingThread thread_;  ///< Last: it uses all of the above.
};

}  // namespace sluice::aws
