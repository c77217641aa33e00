// Keeps the journal of one workflow run in step with what the run tells: a step is in the journal before its work
// begins, so that it is known which one ran when the controller died.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "application/workflow/run_observer.h"
#include "ports/clock.h"
#include "ports/run_journal.h"

namespace sluice::application {

/// Called by one thread at a time.
class RunRecorder {
 public:
  /// Both outlive the recorder; the journal knows the run.
  RunRecorder(ports::RunJournal& journal, const ports::Clock& clock, std::string run)
      : journal_(journal), clock_(clock), run_(std::move(run)) {}

  /// What the journal refuses is written with the next update: a full disk does not end a run.
  void on_update(const RunUpdate& update);
  /// Writes what the journal had refused. Error: it still does.
  Status flush();

 private:
  void take(const JobBegins& update);
  void take(const JobEnds& update);
  void take(const StepBegins& update);
  void take(const StepSkipped& update);
  void take(const StepEnds& update);
  template <typename Other>
  void take(const Other&) {}
  template <typename Record>
  void write(const Record& record);

  ports::RunJournal& journal_;
  const ports::Clock& clock_;
  std::string run_;
  std::map<std::string, ports::RunJobRecord> jobs_;  ///< By key.
  std::map<std::pair<std::string, int>, ports::RunStepRecord> steps_;
  std::deque<std::function<Status()>> unwritten_;
};

}  // namespace sluice::application
