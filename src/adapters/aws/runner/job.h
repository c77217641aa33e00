// ports::RemoteJob in a task of Fargate.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/aws/client.h"
#include "adapters/aws/runner/channel.h"
#include "adapters/aws/runner/task.h"
#include "adapters/aws/runner/task_notes.h"
#include "ports/clock.h"
#include "ports/runner.h"

namespace sluice::aws::runner {

class Job final : public ports::RemoteJob {
 public:
  /// A task that does not run by then, and the search for room, are given up.
  static constexpr Milliseconds kStartWithin{15 * 60'000};
  /// Between TERM and KILL.
  static constexpr Milliseconds kGrace{2'000};
  /// How long an agent that was told to end a program may be silent.
  static constexpr Milliseconds kCancelWithin{60'000};

  struct Parts {
    Client& client;
    TaskNotes& notes;
    const ports::Clock& clock;
  };

  /// `started_by`: a name that nobody has had.
  Job(Parts parts, ports::JobOrder order, std::string started_by);
  ~Job() override;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  using Tell = std::function<void(std::string)>;
  /// Starts the task and waits for its agent. Errors: as ports::Runner::start.
  Status start(const Tell& tell, const std::stop_token& stop);

  Result<ports::ScriptEnd> run(const ports::ScriptOrder& order, std::stop_token stop) override;
  Status send(const std::string& folder, const std::string& archive, std::stop_token stop) override;
  Result<std::string> fetch(const std::string& folder, std::stop_token stop) override;

 private:
  Status place_task(const std::string& agent, const Tell& tell, const std::stop_token& stop);
  Status wait_for_agent(const Tell& tell, const std::stop_token& stop);
  Status check_task(Milliseconds silent, const std::stop_token& stop);
  Result<Message> converse(const std::function<std::string(const NextTurn&)>& make, const std::stop_token& stop);
  Status exchange_archive(const std::function<std::string(const NextTurn&)>& make, const std::stop_token& stop);

  Parts parts_;
  ports::JobOrder order_;
  std::string started_by_;
  Channel channel_;
  std::string task_;  ///< Its ARN; empty: none is known.
  bool is_noted_ = false;
  TimePoint asked_at_{};       ///< Whether the task lives.
  std::optional<Error> lost_;  ///< The job cannot go on.
};

/// Ends a task and removes its job's objects. Error: what is left.
Status end_task(Client& client, const TaskNote& note, const std::string& task);

}  // namespace sluice::aws::runner
