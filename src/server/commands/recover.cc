// `recover`: what this machine has under way, and what others had that are dead.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "server/commands/commands.h"
#include "server/followed_together.h"

namespace sluice::server {
namespace {

using Lines = std::vector<boost::json::object>;

constexpr Milliseconds kPoll{1'000};

bool waited(Milliseconds span, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any asked_to_stop;
  asked_to_stop.wait_for(lock, stop, span, [] { return false; });
  return !stop.stop_requested();
}

void tell(Lines& lines, const std::string& type, const ports::OtherOwner& owner, const std::string& what) {
  for (const ports::OtherOwner::Held& held : owner.held) {
    lines.push_back({{"type", type},
                     {"deployment", held.deployment},
                     {"project", held.service.project},
                     {"environment", held.service.environment},
                     {"service", held.service.service},
                     {"owner", owner.name},
                     {"line", fmt::format("{}  deployment {} {}", held.service.to_string(), held.deployment, what)}});
  }
}

/// Takes over what the dead have, and waits for each of the others until it is heard of, or its lease has ended.
/// Blocks.
Result<Lines> take_over_from_others(ports::JournalOwners& owners, bool by_force, const std::stop_token& gone) {
  Lines lines;
  std::map<std::string, std::string> last_words;  // of those that may live
  for (bool is_first = true;; is_first = false) {
    TRY_ASSIGN(const auto others, owners.others());
    bool waits = false;
    for (const ports::OtherOwner& other : others) {
      const auto before = last_words.find(other.id);
      if (!is_first && before == last_words.end()) continue;  // it lives, or has begun just now
      if (other.may_be_taken_over() || by_force) {
        if (const Status taken = owners.take_over(other.id, by_force); !taken) {
          if (taken.error().kind != ErrorKind::Conflict) return taken.error();
          tell(lines, "left_alone", other, fmt::format("is left to {}: {}", other.name, taken.error().message));
        } else {
          tell(lines, "taken_over", other, fmt::format("is taken over from {}", other.name));
        }
        last_words.erase(other.id);
      } else if (before != last_words.end() && other.last_word != before->second) {
        tell(lines, "left_alone", other, fmt::format("is left to {}, who is at work on it", other.name));
        last_words.erase(before);
      } else {
        last_words[other.id] = other.last_word;
        waits = true;
      }
    }
    if (!waits || !waited(kPoll, gone)) return lines;
  }
}

class Recovery : public std::enable_shared_from_this<Recovery> {
 public:
  Recovery(Machine& machine, const Request& request, SessionPointer session)
      : machine_(machine),
        session_(std::move(session)),
        by_force_(request.arguments.has("take-over")),
        wait_(request.arguments.has("wait")) {}

  void begin() {
    if (by_force_ && machine_.owners == nullptr) {
      return session_->end(ExitCode::Usage,
                           "--take-over is for a journal that several machines share (SLUICE_JOURNAL)");
    }
    machine_.controller.when_recovered([self = shared_from_this()] {
      application::Controller& controller = self->machine_.controller;
      if (controller.recovery_problems().empty()) return self->ask_others();
      controller.try_again([self] { self->ask_others(); });
    });
  }

 private:
  void ask_others() {
    if (machine_.owners == nullptr) return tell_or_follow();
    const auto lines = std::make_shared<Result<Lines>>(Lines{});
    machine_.ports.executor.run(
        ports::Executor::Lane::Ordinary,
        [owners = machine_.owners, by_force = by_force_, gone = session_->gone(), lines] {
          *lines = take_over_from_others(*owners, by_force, gone);
        },
        [self = shared_from_this(), lines] { self->asked_others(*lines); });
  }

  void asked_others(const Result<Lines>& lines) {
    // Also after an error: what was taken before it is this one's.
    Status taken_up = machine_.learn_anew();
    if (taken_up) taken_up = machine_.controller.take_up_more();
    if (!lines) return session_->fail(lines.error());
    for (const boost::json::object& line : *lines) session_->emit(line);
    if (!taken_up) return session_->fail(taken_up.error());
    machine_.controller.when_recovered([self = shared_from_this()] { self->tell_or_follow(); });
  }

  void tell_or_follow() {
    std::vector<std::string> ids;
    for (const application::Deployment* deployment : machine_.controller.deployments()) {
      if (!deployment->finished) ids.push_back(deployment->state.plan.deployment);
    }
    for (const auto& [service, plan] : machine_.controller.queued()) ids.push_back(plan.deployment);
    if (!wait_ || ids.empty()) return tell_what_is(machine_, session_);
    FollowedTogether::follow(machine_.controller, machine_.ports, session_, ids, nullptr);
  }

  Machine& machine_;
  SessionPointer session_;
  bool by_force_;
  bool wait_;
};

}  // namespace

void add_recover_command(ControlServer& server, Machine& machine) {
  server.handle("recover", [&machine](const Request& request, const SessionPointer& session) {
    machine.keep_variables(request.variables);
    std::make_shared<Recovery>(machine, request, session)->begin();
  });
}

}  // namespace sluice::server
