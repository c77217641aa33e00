#include "adapters/aws/runner/channel.h"

#include <fmt/format.h>

namespace sluice::aws::runner {
namespace {

constexpr const char* kAgentName = "agent";
constexpr const char* kSent = "sent.tar.gz";
constexpr const char* kFetched = "fetched.tar.gz";

std::string message_name(int turn) { return fmt::format("from-{}", turn); }
std::string command_name(int turn) { return fmt::format("to-{}", turn); }

}  // namespace

Result<NextTurn> Channel::addresses_of(int turn) {
  NextTurn next;
  TRY_ASSIGN(next.in, store_.address("GET", command_name(turn), kLifetime));
  TRY_ASSIGN(next.out, store_.address("PUT", message_name(turn), kLifetime));
  return next;
}

Result<std::string> Channel::put_agent(const std::string& folder, const std::stop_token& stop) {
  TRY_ASSIGN(const NextTurn first, addresses_of(turn_));
  TRY(store_.replace(kAgentName, agent_program(first, folder), stop));
  return store_.address("GET", kAgentName, kLifetime);
}

Result<Message> Channel::wait(const Check& check) {
  const TimePoint since = clock_.now();
  TimePoint failing_since{};
  while (true) {
    auto object = store_.get(message_name(turn_));
    const TimePoint now = clock_.now();
    if (object && *object) {
      // Agent, command and message have been taken, and may hold what nobody is to read again.
      if (turn_ == 1) (void)store_.remove(kAgentName);
      if (turn_ > 1) (void)store_.remove(command_name(turn_ - 1));
      (void)store_.remove(message_name(turn_));
      return parse_message((*object)->bytes);
    }
    if (object) {
      failing_since = {};
    } else {
      if (failing_since == TimePoint{}) failing_since = now;
      if (!is_retryable(object.error().kind) || now - failing_since > kPatience) return std::move(object.error());
    }
    TRY(check(now - since));
    TRY(client_.pause(kLookEvery, {}));
  }
}

Status Channel::answer(const std::function<std::string(const NextTurn&)>& make) {
  TRY_ASSIGN(const NextTurn next, addresses_of(turn_ + 1));
  TRY(store_.replace(command_name(turn_), make(next)));
  ++turn_;
  return {};
}

Result<std::string> Channel::put_archive(const std::string& bytes, const std::stop_token& stop) {
  TRY(archives_.replace(kSent, bytes, stop));
  return store_.address("GET", kSent, kLifetime);
}

Result<std::string> Channel::place_for_archive() { return store_.address("PUT", kFetched, kLifetime); }

Result<std::string> Channel::take_archive() {
  TRY_ASSIGN(auto object, archives_.get(kFetched));
  (void)store_.remove(kFetched);
  if (object) return std::move(object->bytes);
  return Error{ErrorKind::Failed,
               fmt::format("the archive of the job's files is not in {}", store_.place_of(kFetched))};
}

}  // namespace sluice::aws::runner
