// Turns the controller's events into what a person reads. With --json they pass as they are.
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <string>

#include "cli/terminal.h"

namespace sluice::cli {

class EventPrinter {
 public:
  virtual ~EventPrinter() = default;
  virtual void on_event(const boost::json::object& event) = 0;
  /// Something else is about to write on the terminal.
  virtual void make_room() {}
  /// After the last event.
  virtual void on_end(int exit_code, const std::string& message) = 0;
};

/// One JSON object a line.
std::unique_ptr<EventPrinter> json_printer();
/// deploy, watch, rollback: stages, traffic bar, both colours' figures, time left.
std::unique_ptr<EventPrinter> deployment_printer();
/// run, and watch of a run: jobs, steps and their output.
std::unique_ptr<EventPrinter> run_printer();
/// watch: whichever of the two its events are of.
std::unique_ptr<EventPrinter> watch_printer();
/// status, history, plan, logs, smoke, recover and short answers: a line or a small block an event.
std::unique_ptr<EventPrinter> line_printer();

}  // namespace sluice::cli
