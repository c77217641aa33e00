#include "cli/program.h"

#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

#include "cli/connection.h"
#include "cli/event_fields.h"
#include "cli/event_printer.h"
#include "cli/interrupt_question.h"
#include "cli/named_variables.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

constexpr int kInterrupted = 130;

volatile sig_atomic_t interrupted_flag = 0;

void note_interrupt(int) { interrupted_flag = 1; }

void catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = note_interrupt;
  sigaction(SIGINT, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

/// Commands that look at what is, and must not bring a controller to life just to say that nothing is.
bool starts_controller(const std::string& command) { return command != "shutdown"; }

bool follows_deployment(const std::string& command) {
  return command == "deploy" || command == "watch" || command == "rollback";
}

bool is_word(const std::string& command) { return command == "promote" || command == "hold" || command == "cancel"; }
constexpr const char* kNobodyKnows = "; whether it heard the word, `sluice status` shows";

std::string user_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : fmt::format("uid {}", ::geteuid());
}

std::unique_ptr<EventPrinter> printer_for(const Invocation& invocation) {
  if (invocation.json) return json_printer();
  const std::string& command = invocation.command;
  if (command == "run" || command == "push-received") return run_printer();
  if (command == "watch") return watch_printer();
  return follows_deployment(command) ? deployment_printer() : line_printer();
}

void complain(const std::string& message) { std::fprintf(stderr, "sluice: %s\n", message.c_str()); }

/// The deployment that a conversation is about, as far as its events have told.
struct Followed {
  std::string deployment;
  std::string service;     ///< `project/environment/service`; empty until the deployment has begun.
  std::string told;        ///< The deployment that a word was said to, while that is not answered.
  long others = 0;  ///< Deployments of the same release.
  std::string run;         ///< That the command started.

  void learn(const json::object& event) {
    const std::string type(text(event, "type"));
    const std::string id(text(event, "deployment"));
    if (!id.empty()) (type == "asked" || type == "word_delayed" ? told : deployment) = id;
    if (type == "run_started") run = text(event, "run");
    if (type == "accepted" && event.contains("others")) others = event.at("others").to_number<long>();
    if (type != "deployment") return;
    service = fmt::format("{}/{}/{}", text(event, "project"), text(event, "environment"), text(event, "service"));
  }
};

int detached(const Followed& followed) {
  if (followed.deployment.empty()) return kInterrupted;
  std::fprintf(stderr,
               "\nsluice: deployment %s goes on without this command.\n"
               "  sluice watch       follow it again\n  sluice cancel      take it back\n",
               followed.deployment.c_str());
  return kInterrupted;
}

/// Says a person's word to the deployment, over a connection of its own.
void say(const server::Places& places, server::Request request, const char* word, const Followed& followed) {
  request.command = word;
  request.arguments = {};
  request.arguments.add("service", followed.service);
  request.arguments.add("deployment", followed.deployment);
  auto connection = Connection::open(places, Connection::WhenAbsent::Wait);
  if (!connection) return complain(connection.error().message);
  const auto end = connection->converse(request, [](const auto&) {}, [] { return false; });
  complain(end ? end->message : end.error().message);
}

/// After Ctrl-C: true when the deployment is to be followed further.
bool asked(const server::Places& places, const server::Request& request, const Followed& followed) {
  switch (ask_what_to_do(followed.deployment, [] { return interrupted_flag != 0; })) {
    case InterruptAnswer::Detach: return false;
    case InterruptAnswer::Hold: say(places, request, "hold", followed); return true;
    case InterruptAnswer::RollBack: say(places, request, "rollback", followed); return true;
    case InterruptAnswer::Cancel: say(places, request, "cancel", followed); return true;
  }
  std::unreachable();
}

enum class AtInterrupt { Ask, Detach };

/// The conversation, taken up again by `watch` when the controller is restarted in the middle of a deployment.
int converse(const server::Places& places, server::Request request, EventPrinter& printer, AtInterrupt at_interrupt) {
  Followed followed;
  const auto on_event = [&](const json::object& event) {
    followed.learn(event);
    printer.on_event(event);
  };
  const auto interrupted = [] { return interrupted_flag != 0; };
  for (int lost = 0;; ++lost) {
    const auto when_absent = lost > 0                             ? Connection::WhenAbsent::Wait
                             : starts_controller(request.command) ? Connection::WhenAbsent::Start
                                                                  : Connection::WhenAbsent::Refuse;
    auto connection = Connection::open(places, when_absent);
    if (!connection) {
      complain(connection.error().message);
      return connection.error().kind == ErrorKind::NotFound ? 0 : 1;
    }
    auto end = connection->converse(request, on_event, interrupted);
    while (!end && end.error().kind == ErrorKind::Cancelled) {
      // A deployment that only waits for its turn can be told nothing yet.
      const bool ask = at_interrupt == AtInterrupt::Ask && !followed.service.empty();
      interrupted_flag = 0;
      printer.make_room();
      if (!ask || !asked(places, request, followed)) return detached(followed);
      end = connection->listen(on_event, interrupted);
    }
    if (end) {
      printer.on_end(end->exit_code, end->message);
      return end->exit_code;
    }
    if (!follows_deployment(request.command) || lost >= 100) {
      complain(end.error().message + (is_word(request.command) ? kNobodyKnows : ""));
      if (!followed.run.empty()) {
        complain(fmt::format("what becomes of the run, `sluice watch {}` tells", followed.run));
      }
      return 1;
    }
    std::fprintf(stderr, "sluice: %s; looking for it again\n", end.error().message.c_str());
    if (followed.deployment.empty() || followed.others > 0) {
      // Sent again: its id, or what it was said to, tells the controller that it is the same.
      if (!followed.told.empty()) request.arguments.values["asked"] = {followed.told};
      continue;
    }
    const bool until_hold = request.command == "deploy" || request.arguments.has("until-hold");
    request.command = "watch";
    request.arguments = {};
    request.arguments.add("id", followed.deployment);
    if (until_hold) request.arguments.add("until-hold", "");
  }
}

}  // namespace

int run_in_controller(const Invocation& invocation, const std::function<std::string()>& new_id) {
  const auto places = server::places_from_environment();
  if (!places) {
    complain(places.error().message);
    return 2;
  }
  catch_interrupts();
  server::Request request;
  request.id = new_id();
  request.command = invocation.command;
  request.directory = std::filesystem::current_path().string();
  request.user = user_name();
  request.arguments = invocation.arguments;
  request.variables = named_variables(request);
  if (const char* step = std::getenv("SLUICE_STEP")) request.step = step;
  const auto printer = printer_for(invocation);
  const bool ask = follows_deployment(invocation.command) && !invocation.json && can_ask();
  return converse(*places, std::move(request), *printer, ask ? AtInterrupt::Ask : AtInterrupt::Detach);
}

int run_program(int argc, const char* const* argv, const std::map<std::string, LocalCommand>& local,
                const std::function<std::string()>& new_id) {
  const CommandLine line = parse_command_line(argc, argv);
  if (line.exit_code >= 0) {
    std::fputs(line.text.c_str(), line.exit_code == 0 ? stdout : stderr);
    return line.exit_code;
  }
  const auto command = local.find(line.invocation.command);
  return command != local.end() ? command->second(line.invocation) : run_in_controller(line.invocation, new_id);
}

}  // namespace sluice::cli
