// The concurrency groups of one machine: one of each group runs, one waits. Workflows and jobs share one space of
// names; case does not count. Outlives the runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sluice::application {

class ConcurrencyGroups {
 public:
  using Ticket = std::uint64_t;
  struct Member {
    std::function<void()> on_entered;  ///< It may run now.
    /// While it waits: a newer one waits in its place, and it is out. While it runs: a newer one wants it cancelled; it
    /// is in until it leaves. At most once.
    std::function<void()> on_lost;
  };

  /// Asks for a place. Calls `on_entered` before it returns when nobody has the group. A member that waits already is
  /// lost; with `cancel_in_progress` the one that runs is asked to end too. Callbacks run on the thread of whoever
  /// caused them, without a lock: they may call back.
  Ticket enter(const std::string& group, bool cancel_in_progress, Member member);

  /// Gives the place back, whether it ran or waited; the one that waits comes in. Unknown tickets (lost ones too):
  /// nothing.
  void leave(Ticket ticket);

 private:
  struct Place {
    Ticket ticket = 0;
    Member member;
    bool told_to_end = false;
  };
  struct Group {
    std::optional<Place> running;
    std::optional<Place> waiting;
  };

  std::mutex mutex_;
  Ticket last_ticket_ = 0;
  std::map<std::string, Group> groups_;  ///< By name in upper case.
};

}  // namespace sluice::application
