// Which function runs which command. All others are sent to the resident controller.
#include "adapters/posix/clock.h"
#include "adapters/posix/ids.h"
#include "adopt_command.h"
#include "cli/analyze.h"
#include "cli/eval.h"
#include "cli/iam_policy.h"
#include "cli/lint.h"
#include "cli/program.h"
#include "controller_process.h"
#include "local_commands.h"

int main(int argc, char** argv) {
  const sluice::posix::Clock clock;
  sluice::posix::Ids ids(clock);
  return sluice::cli::run_program(argc, argv,
                                  {{"adopt", sluice::run_adopt_command},
                                   {"analyze", sluice::cli::run_analyze},
                                   {"controller", sluice::run_controller_command},
                                   {"doctor",
                                    [&ids](const sluice::cli::Invocation& invocation) {
                                      return sluice::run_doctor_command(invocation, ids.next());
                                    }},
                                   {"eval", sluice::cli::run_eval},
                                   {"iam-policy", sluice::cli::run_iam_policy},
                                   {"init", sluice::run_init_command},
                                   {"lint", sluice::cli::run_lint},
                                   {"simulate", sluice::run_simulate_command}},
                                  [&ids] { return ids.next(); });
}
