#include "application/workflow/concurrency_groups.h"

#include <utility>

#include "core/workflow/text_case.h"

namespace sluice::application {

ConcurrencyGroups::Ticket ConcurrencyGroups::enter(const std::string& name, bool cancel_in_progress, Member member) {
  std::vector<std::function<void()>> calls;
  Ticket ticket = 0;
  {
    const std::scoped_lock lock(mutex_);
    ticket = ++last_ticket_;
    Group& group = groups_[workflow::upper_case(name)];
    if (!group.running) {
      calls.push_back(member.on_entered);
      group.running = Place{ticket, std::move(member), false};
    } else {
      if (group.waiting) calls.push_back(std::move(group.waiting->member.on_lost));
      if (cancel_in_progress && !std::exchange(group.running->told_to_end, true)) {
        calls.push_back(group.running->member.on_lost);
      }
      group.waiting = Place{ticket, std::move(member), false};
    }
  }
  for (const auto& call : calls) call();
  return ticket;
}

void ConcurrencyGroups::leave(Ticket ticket) {
  std::function<void()> entered;
  {
    const std::scoped_lock lock(mutex_);
    for (auto each = groups_.begin(); each != groups_.end(); ++each) {
      Group& group = each->second;
      if (group.waiting && group.waiting->ticket == ticket) {
        group.waiting.reset();
        return;
      }
      if (!group.running || group.running->ticket != ticket) continue;
      group.running = std::exchange(group.waiting, std::nullopt);
      if (group.running) {
        entered = group.running->member.on_entered;
      } else {
        groups_.erase(each);
      }
      break;
    }
  }
  if (entered) entered();
}

}  // namespace sluice::application
