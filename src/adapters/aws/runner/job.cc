#include "adapters/aws/runner/job.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/aws/s3/holder.h"

namespace sluice::aws::runner {
namespace {

constexpr Milliseconds kLongestPause{60'000};
constexpr Milliseconds kLookAtStart{3'000};

Error cancelled() { return {ErrorKind::Cancelled, "it was asked to stop"}; }

TaskNote note_of(const ports::JobOrder& order, const std::string& started_by) {
  return {.access = order.runner.access,
          .cluster = order.runner.cluster,
          .started_by = started_by,
          .bucket = order.runner.bucket,
          .prefix = fmt::format("{}{}/{}-{}/", order.runner.prefix, order.run, order.job,
                                started_by.substr(started_by.rfind('/') + 1))};
}

}  // namespace

Status end_task(Client& client, const TaskNote& note, const std::string& task) {
  const Status stopped = stop_task(client, note.cluster, task, note.started_by, "the job has ended");
  s3::ObjectStore store(client, note.bucket, note.prefix);
  TRY_ASSIGN(const std::vector<std::string> names, store.list(""));
  for (const std::string& name : names) TRY(store.remove(name));
  return stopped;
}

Job::Job(Parts parts, ports::JobOrder order, std::string started_by)
    : parts_(parts),
      order_(std::move(order)),
      started_by_(std::move(started_by)),
      channel_(parts_.client, parts_.clock, order_.runner.bucket, note_of(order_, started_by_).prefix) {}

Job::~Job() {
  if (!is_noted_) return;
  // Where that fails the note stays: the next start of sluice ends it, and the agent by itself when it hears nothing.
  if (end_task(parts_.client, note_of(order_, started_by_), task_)) {
    (void)parts_.notes.remove(started_by_);
  }
}

Status Job::start(const Tell& tell, const std::stop_token& stop) {
  TRY(ensure_definition(parts_.client, order_.runner, order_.image, stop));
  TRY(parts_.notes.add(note_of(order_, started_by_)));
  is_noted_ = true;
  TRY_ASSIGN(const std::string agent, channel_.put_agent(order_.folder, stop));
  TRY(place_task(agent, tell, stop));
  return wait_for_agent(tell, stop);
}

Status Job::place_task(const std::string& agent, const Tell& tell, const std::stop_token& stop) {
  const TaskOrder task{.cluster = order_.runner.cluster,
                       .image = order_.image,
                       .started_by = started_by_,
                       .group = fmt::format("sluice:{}/{}", order_.run, order_.job),
                       .agent = agent};
  const TimePoint deadline = parts_.clock.now() + kStartWithin;
  Milliseconds pause{3'000};
  std::string told;
  while (true) {
    // A try that started nothing has used its token up.
    TRY_ASSIGN(const Placed placed, run_task(parts_.client, order_.runner, task, s3::fresh_name(), stop));
    task_ = placed.arn;
    if (!task_.empty()) {
      tell(fmt::format("{} in the cluster {}", task_, order_.runner.cluster));
      return {};
    }
    if (parts_.clock.now() + pause > deadline) {
      return Error{ErrorKind::Failed,
                   fmt::format("there was no room for the job's task in the cluster {} for {} "
                               "minutes: {}",
                               order_.runner.cluster, kStartWithin / std::chrono::minutes{1}, placed.reason)};
    }
    if (placed.reason != std::exchange(told, placed.reason)) {
      tell(fmt::format("no room yet, it is tried again: {}", placed.reason));
    }
    if (!parts_.client.pause(pause, stop)) return cancelled();
    pause = std::min(pause * 2, kLongestPause);
  }
}

Status Job::wait_for_agent(const Tell& tell, const std::stop_token& stop) {
  const TimePoint begun = parts_.clock.now();
  std::string told;
  asked_at_ = begun;
  const auto check = [&](Milliseconds silent) -> Status {
    if (stop.stop_requested()) return cancelled();
    if (silent > kStartWithin) {
      return Error{ErrorKind::TimedOut, fmt::format("the task {} has not begun within {} minutes: it is {}", task_,
                                                    kStartWithin / std::chrono::minutes{1}, told)};
    }
    if (parts_.clock.now() - asked_at_ < kLookAtStart) return {};
    asked_at_ = parts_.clock.now();
    TRY_ASSIGN(const auto state, look_at_task(parts_.client, order_.runner.cluster, task_, stop));
    if (!state) return {};  // a task of a moment ago may not be known yet
    if (state->is_stopped()) {
      return Error{ErrorKind::Failed,
                   fmt::format("the job's task has stopped before it began: {}", why_stopped(*state))};
    }
    if (state->status != std::exchange(told, state->status)) tell(fmt::format("the task is {}", told));
    return {};
  };
  TRY_ASSIGN(const Message hello, channel_.wait(check));
  if (hello.kind == Message::Kind::Hello) return {};
  return Error{ErrorKind::Failed, "the job's agent did not begin with hello"};
}

Status Job::check_task(Milliseconds silent, const std::stop_token& stop) {
  if (stop.stop_requested() && silent > kCancelWithin) {
    return Error{ErrorKind::Cancelled, "it was asked to stop, and the job's task did not answer"};
  }
  if (silent < Channel::kAskEvery || parts_.clock.now() - asked_at_ < Channel::kAskEvery) return {};
  asked_at_ = parts_.clock.now();
  const auto state = look_at_task(parts_.client, order_.runner.cluster, task_, {});
  if (!state) return is_retryable(state.error().kind) ? Status() : Status(state.error());
  if (*state && !(*state)->is_stopped()) return {};
  return Error{ErrorKind::Failed,
               fmt::format("the job's task has stopped: {}", *state ? why_stopped(**state) : "ECS knows it no more")};
}

Result<Message> Job::converse(const std::function<std::string(const NextTurn&)>& make, const std::stop_token& stop) {
  if (lost_) return *lost_;
  if (const Status answered = channel_.answer(make); !answered) {
    lost_ = answered.error();
    return *lost_;
  }
  auto message = channel_.wait([&](Milliseconds silent) { return check_task(silent, stop); });
  if (!message) lost_ = message.error();
  return message;
}

Result<ports::ScriptEnd> Job::run(const ports::ScriptOrder& order, std::stop_token stop) {
  if (stop.stop_requested()) return cancelled();
  std::optional<TimePoint> deadline;
  if (order.timeout) deadline = parts_.clock.now() + *order.timeout;
  std::optional<ErrorKind> ended_by;
  TimePoint told_to_end{};
  bool is_killed = false;
  auto message = converse([&](const NextTurn& next) { return start_step(next, order); }, stop);
  while (message && message->kind == Message::Kind::Running) {
    order.on_output(message->output);
    const TimePoint now = parts_.clock.now();
    const char* signal = nullptr;
    if (!ended_by && (stop.stop_requested() || (deadline && now >= *deadline))) {
      ended_by = stop.stop_requested() ? ErrorKind::Cancelled : ErrorKind::TimedOut;
      told_to_end = now;
      signal = "TERM";
    } else if (ended_by && !is_killed && now - told_to_end >= kGrace) {
      is_killed = true;
      signal = "KILL";
    }
    message = converse([&](const NextTurn& next) { return signal ? send_signal(next, signal) : go_on(next); }, stop);
  }
  if (!message) return std::move(message.error());
  if (message->kind != Message::Kind::Ended || message->files.size() != order.read_back.size()) {
    lost_ = Error{ErrorKind::Failed, "the job's agent did not say how the program ended"};
    return *lost_;
  }
  order.on_output(message->output);
  if (!ended_by) return ports::ScriptEnd{message->exit_code, std::move(message->files)};
  const std::string& program = order.argv.front();
  if (*ended_by == ErrorKind::Cancelled) {
    return Error{ErrorKind::Cancelled, fmt::format("{} was ended on request", program)};
  }
  return Error{ErrorKind::TimedOut,
               fmt::format("{} was ended: it ran longer than {}", program, format_duration(*order.timeout))};
}

Status Job::exchange_archive(const std::function<std::string(const NextTurn&)>& make, const std::stop_token& stop) {
  TRY_ASSIGN(const Message message, converse(make, stop));
  if (message.kind == Message::Kind::Done) return {};
  return Error{ErrorKind::Failed, fmt::format("the job's task cannot move its files: {}", message.output)};
}

Status Job::send(const std::string& folder, const std::string& archive, std::stop_token stop) {
  TRY_ASSIGN(const std::string url, channel_.put_archive(archive, stop));
  return exchange_archive([&](const NextTurn& next) { return unpack(next, url, folder); }, stop);
}

Result<std::string> Job::fetch(const std::string& folder, std::stop_token stop) {
  TRY_ASSIGN(const std::string url, channel_.place_for_archive());
  TRY(exchange_archive([&](const NextTurn& next) { return pack(next, folder, url); }, stop));
  return channel_.take_archive();
}

}  // namespace sluice::aws::runner
