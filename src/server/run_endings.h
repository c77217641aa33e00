// Writes how workflow runs end, with the message to people that a failure brings, until the journal takes it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ports/run_journal.h"
#include "server/pipeline_messages.h"

namespace sluice::server {

/// On the strand.
class RunEndings {
 public:
  RunEndings(const application::RolloutPorts& ports, ports::RunJournal& journal, PipelineMessages& messages)
      : ports_(ports), journal_(journal), messages_(messages) {}

  /// A run that failed or was interrupted is told to people, whether or not the journal has room.
  void end(const ports::RunRecord& run, workflow::RunOutcome outcome, const std::string& cause);

 private:
  struct Ending {
    ports::RunEnd end;
    std::optional<ports::PipelineMessage> message;
  };
  void write(const std::shared_ptr<Ending>& ending);

  application::RolloutPorts ports_;
  ports::RunJournal& journal_;
  PipelineMessages& messages_;
};

}  // namespace sluice::server
