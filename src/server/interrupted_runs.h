// The runs whose controller died: each gets an end, at once or with the deployment that its last step had begun.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "application/controller.h"
#include "ports/run_journal.h"
#include "server/run_endings.h"
#include "server/session.h"

namespace sluice::server {

/// On the strand.
class InterruptedRuns final : public application::ControllerObserver {
 public:
  InterruptedRuns(const application::RolloutPorts& ports, ports::RunJournal& journal,
                  application::Controller& controller, RunEndings& endings)
      : ports_(ports), journal_(journal), controller_(controller), endings_(endings) {}

  /// Once, when the controller has recovered and no run of its own has begun.
  void take_up();

  /// Tells a run of an earlier controller, from the journal, to its end. `run` as an id: the newest. False when there
  /// is no such run.
  bool follow(const std::string& run, const SessionPointer& session);

  void on_event(const application::Deployment& deployment, const rollout::Event& event, TimePoint at) override;
  void on_given_up(const std::string& deployment) override;
  void on_watch(const application::Deployment&, TimePoint) override {}

 private:
  struct Following {
    ports::RunRecord record;
    std::string sentence;
    std::vector<std::string> deployments;
    std::vector<SessionPointer> sessions;
  };
  /// How a deployment stands.
  struct Standing {
    enum class Kind { Unknown, Unreadable, UnderWay, Ended } kind = Kind::Unknown;
    rollout::Outcome outcome = rollout::Outcome::Succeeded;
    std::string cause;
  };

  void take_up(const std::string& run);
  void later(const std::string& run);
  Standing standing(const std::string& deployment) const;
  void look(const std::string& run);
  void look_soon(const std::string& deployment);
  void end(Following& following, workflow::RunOutcome outcome, const std::string& cause);
  void end_step(Following& following, workflow::Outcome outcome, const std::string& message);

  application::RolloutPorts ports_;
  ports::RunJournal& journal_;
  application::Controller& controller_;
  RunEndings& endings_;
  std::map<std::string, Following> following_;  ///< By run.
};

}  // namespace sluice::server
