// The handlers of the commands that the controller serves, a file a group.
#pragma once

#include "server/control_server.h"
#include "server/machine.h"

namespace sluice::server {

/// deploy, plan, rollback, smoke
void add_deploy_commands(ControlServer& server, Machine& machine);
/// promote, hold, cancel
void add_word_commands(ControlServer& server, Machine& machine);
/// status, watch, history, logs
void add_view_commands(ControlServer& server, Machine& machine);
/// image build, image check, image scan, image push
void add_image_commands(ControlServer& server, Machine& machine);
/// run, push-received
void add_run_commands(ControlServer& server, Machine& machine);
/// recover
void add_recover_command(ControlServer& server, Machine& machine);
/// shutdown
void add_machine_commands(ControlServer& server, Machine& machine);

/// All that serves and is under way, and the command's end.
void tell_what_is(const Machine& machine, const SessionPointer& session);

/// Tells the command that its word is delayed or refused; what follows when it is durable is `obeyed`'s.
application::WordReply reply_to(const SessionPointer& session, const std::string& deployment,
                                std::function<void()> obeyed);

/// The service that a command means: by name (and environment, when given), else the only one there is. Errors:
/// NotFound with the names that there are.
Result<rollout::ServiceKey> find_service(const Machine& machine, const std::string& name,
                                         const std::string& environment);

}  // namespace sluice::server
