// The turns between sluice and a job's agent, through objects of S3 that only the two know the names of. Decision 0046
// says why it goes so.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "adapters/aws/client.h"
#include "adapters/aws/runner/agent.h"
#include "adapters/aws/s3/object_store.h"
#include "ports/clock.h"

namespace sluice::aws::runner {

/// One thread at a time.
class Channel {
 public:
  /// Between two looks for a message.
  static constexpr Milliseconds kLookEvery{300};
  /// Whether the task still lives is asked when nothing was heard for so long.
  static constexpr Milliseconds kAskEvery{10'000};
  /// S3 may fail for so long.
  static constexpr Milliseconds kPatience{120'000};
  /// Of an address; a new pair is given with every turn.
  static constexpr Milliseconds kLifetime{std::chrono::hours{1}};
  /// For one attempt of a call that moves a workspace.
  static constexpr Milliseconds kArchiveTimeout{300'000};

  /// `prefix`: of the job's objects. All must outlive this.
  Channel(Client& client, const ports::Clock& clock, const std::string& bucket, const std::string& prefix)
      : client_(client),
        clock_(clock),
        store_(client, bucket, prefix),
        archives_(client, bucket, prefix, kArchiveTimeout) {}

  /// Puts the agent where `folder` is its job's, and gives its address.
  Result<std::string> put_agent(const std::string& folder, const std::stop_token& stop);

  /// Asked in between; an error ends the waiting. Its argument: how long nothing has been heard.
  using Check = std::function<Status(Milliseconds silent)>;
  /// The agent's next message.
  Result<Message> wait(const Check& check);
  /// Answers the last message with what `make` says for the addresses of the next turn.
  Status answer(const std::function<std::string(const NextTurn&)>& make);

  Result<std::string> put_archive(const std::string& bytes, const std::stop_token& stop);
  /// Where the agent may put one, and what it has put there.
  Result<std::string> place_for_archive();
  Result<std::string> take_archive();

 private:
  Result<NextTurn> addresses_of(int turn);

  Client& client_;
  const ports::Clock& clock_;
  s3::ObjectStore store_;
  s3::ObjectStore archives_;
  int turn_ = 1;  ///< Of the message that comes next, or was last heard.
};

}  // namespace sluice::aws::runner
