// ports::Witnesses with the alarms of CloudWatch, by DescribeAlarms.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/aws/asking_thread.h"
#include "adapters/aws/client_pool.h"
#include "core/rollout/aws_access.h"
#include "ports/clock.h"
#include "ports/witnesses.h"

namespace sluice::aws {

/// A thread of its own asks for the alarms that somebody reads, a hundred of an account and region with each call;
/// reading itself never waits. May be used from any number of threads at once.
class NamedAlarms final : public ports::Witnesses {
 public:
  /// How often an account is asked while somebody reads, and for how long after the last read.
  static constexpr Milliseconds kInterval{10'000};
  static constexpr Milliseconds kWantedFor{60'000};
  /// What was told longer ago is not told any more: the reason why nothing newer is known is told in its place.
  static constexpr Milliseconds kErrorAfter{60'000};

  /// Both must outlive this.
  NamedAlarms(ClientPool& clients, const ports::Clock& clock, Asking asking = Asking::InAThread);

  /// Asks for what is due now. Blocks.
  void ask_due(const std::stop_token& stop);

  /// Metric alarms and composite ones.
  Result<std::vector<rollout::Witness>> look(const rollout::Target& place, const std::vector<std::string>& names,
                                             std::stop_token stop) override;
  Result<std::vector<rollout::Witness>> read(const rollout::Target& place,
                                             const std::vector<std::string>& names) const override;

 private:
  struct Seen {
    rollout::Witness witness;
    TimePoint at{};  ///< When; never, before it was.
    TimePoint wanted_at{};
  };
  struct Watched {
    std::map<std::string, Seen> alarms;
    std::optional<Error> error;
    TimePoint asked_at{};
    int looks = 0;  ///< Under way.
  };
  std::vector<rollout::AwsAccess> due() const;
  Status ask(const rollout::AwsAccess& access, const std::set<std::string>& names, const std::stop_token& stop);
  std::set<std::string> wanted_of(const rollout::AwsAccess& access);

  ClientPool& clients_;
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::map<rollout::AwsAccess, Watched> watched_;
  AskingThread thread_;  ///< Last: it uses all of the above.
};

}  // namespace sluice::aws
