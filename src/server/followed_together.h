// One command that follows several deployments: its end is that of the first that does not succeed, or of the last.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "application/controller.h"
#include "server/protocol.h"
#include "server/session.h"

namespace sluice::server {

class FollowedTogether : public std::enable_shared_from_this<FollowedTogether> {
 public:
  /// Begins at once. `kept` is let go when the command has its end.
  static void follow(application::Controller& controller, application::RolloutPorts ports, SessionPointer session,
                     const std::vector<std::string>& deployments, std::shared_ptr<void> kept);

 private:
  class Member;
  FollowedTogether(application::Controller& controller, SessionPointer session, std::shared_ptr<void> kept)
      : controller_(controller), session_(std::move(session)), kept_(std::move(kept)) {}
  void ended(const std::string& deployment, ExitCode code, const std::string& message);

  application::Controller& controller_;
  SessionPointer session_;
  std::shared_ptr<void> kept_;
  std::set<std::string> open_;  ///< Those that have not ended.
  ExitCode code_ = ExitCode::Succeeded;
  std::string message_;
};

}  // namespace sluice::server
