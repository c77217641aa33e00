// run, push-received
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "core/workflow/json.h"
#include "server/commands/commands.h"
#include "server/request_files.h"

namespace sluice::server {
namespace {

using application::RunRequest;
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// `NAME=VALUE` each. A secret may be a bare name: its value is a variable that the command sent along.
Result<Pairs> read_pairs(const Arguments& arguments, const std::string& option, char separator,
                         const std::map<std::string, std::string>* variables) {
  Pairs pairs;
  for (const std::string& argument : arguments.many(option)) {
    const std::size_t at = argument.find(separator);
    if (at != std::string::npos && at > 0) {
      pairs.emplace_back(argument.substr(0, at), argument.substr(at + 1));
      continue;
    }
    if (variables != nullptr && variables->contains(argument)) {
      pairs.emplace_back(argument, variables->at(argument));
      continue;
    }
    return Error{ErrorKind::InvalidInput,
                 fmt::format("--{} takes NAME{}VALUE, not '{}'{}", option, separator,
                             variables == nullptr ? argument : argument.substr(0, at),
                             variables == nullptr ? "" : ", or the name of a variable that is set")};
  }
  return pairs;
}

Result<RunRequest> run_request(const Request& request) {
  const Arguments& arguments = request.arguments;
  RunRequest run;
  run.directory = working_directory(request);
  if (arguments.has("event")) run.event = arguments.one("event");
  run.workflow_file = arguments.one("workflows");
  run.ref = arguments.one("ref");
  run.before = arguments.one("before");
  run.after = arguments.one("after");
  run.only_job = arguments.one("job");
  run.actor = request.user;
  TRY_ASSIGN(run.inputs, read_pairs(arguments, "input", '=', nullptr));
  TRY_ASSIGN(run.secrets, read_pairs(arguments, "secret", '=', &request.variables));
  TRY_ASSIGN(run.vars, read_pairs(arguments, "var", '=', nullptr));
  TRY_ASSIGN(run.matrix, read_pairs(arguments, "matrix", ':', nullptr));
  run.environment = request.variables;
  if (arguments.has("eventpath")) {
    const std::string path = (std::filesystem::path(request.directory) / arguments.one("eventpath")).string();
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return Error{ErrorKind::NotFound, fmt::format("cannot read {}", path)};
    auto payload = workflow::parse_json(text.str());
    if (!payload) return with_context(std::move(payload), path);
    run.payload = std::move(*payload);
  }
  return run;
}

}  // namespace

void add_run_commands(ControlServer& server, Machine& machine) {
  server.handle("run", [&machine](const Request& request, const SessionPointer& session) {
    auto run = run_request(request);
    if (!run) return session->fail(run.error());
    machine.workflow_runs.start(std::move(*run), request.arguments.has("detach"), session);
  });
  server.handle("push-received", [&machine](const Request& request, const SessionPointer& session) {
    RunRequest run;
    run.directory = request.arguments.one("repository");
    run.ref = request.arguments.one("ref");
    run.before = request.arguments.one("before");
    run.after = request.arguments.one("after");
    run.actor = request.user;
    run.environment = request.variables;
    machine.workflow_runs.start(std::move(run), true, session);
  });
}

}  // namespace sluice::server
