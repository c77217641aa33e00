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

#include "cli/at_signal.h"
#include "cli/connection.h"
#include "cli/event_fields.h"
#include "cli/event_printer.h"
#include "cli/interrupt_question.h"
#include "cli/journal_variable.h"
#include "cli/named_variables.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

constexpr int kInterrupted = 130;

volatile sig_atomic_t interrupted_flag = 0;

void note_interrupt(int) { interrupted_flag = 1; }

void catch_interrupts(AtSignal at_signal) {
  struct sigaction action{};
  action.sa_handler = note_interrupt;
  sigaction(SIGINT, &action, nullptr);
  // Without a word to say, SIGTERM ends the command as it ends any.
  if (at_signal == AtSignal::RollBack || at_signal == AtSignal::Park) sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

/// Commands that look at what is, and must not bring a controller to life just to say that nothing is.
bool starts_controller(const std::string& command) { return command != "shutdown"; }

bool follows_deployment(const std::string& command) {
  return command == "deploy" || command == "watch" || command == "rollback";
}

bool recovers_and_follows(const Invocation& invocation) {
  return invocation.command == "recover" && invocation.arguments.has("wait");
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
  return follows_deployment(command) || recovers_and_follows(invocation) ? deployment_printer() : line_printer();
}

void complain(const std::string& message) { std::fprintf(stderr, "sluice: %s\n", message.c_str()); }

/// The deployment that a conversation is about, as far as its events have told.
struct Followed {
  std::string deployment;
  std::string service;  ///< `project/environment/service`; empty until the deployment has begun.
  std::string told;     ///< The deployment that a word was said to, while that is not answered.
  long others = 0;      ///< Deployments of the same release.
  std::string run;      ///< That the command started.
  Told all;

  void learn(const json::object& event) {
    all.learn(event);
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

/// Told to end, the command takes its deployments back or has them held, and listens until they are; told again, it
/// ends at once. GitHub's runner sends SIGINT, after 7.5 seconds SIGTERM, and after 2.5 more ends all that is left.
class Ending {
 public:
  Ending(const server::Places& places, const server::Request& request, AtSignal at_signal)
      : places_(places), request_(request), at_signal_(at_signal) {}

  /// Whether the conversation is to be broken off: for the signal, or for a deployment that has begun since.
  bool is_due(const Followed& followed) const {
    return interrupted_flag != 0 || (is_waiting_ && !followed.all.under_way().empty());
  }

  /// False when the command is to end now.
  bool take(const Followed& followed) {
    if (interrupted_flag != 0 && was_told_) return false;
    interrupted_flag = 0;
    was_told_ = true;
    is_waiting_ = followed.all.under_way().empty();
    if (is_waiting_) {
      complain("told to end: as soon as it has begun it is taken back");
      return true;
    }
    for (const Told::Deployment& deployment : std::vector(followed.all.under_way())) {
      Followed meant;
      meant.deployment = deployment.id;
      meant.service = deployment.service;
      complain(fmt::format("told to end: deployment {} is {}", deployment.id, is_parked() ? "held" : "taken back"));
      say(places_, request_, is_parked() ? "hold" : "rollback", meant);
    }
    return true;
  }

  bool was_told() const { return was_told_; }
  bool is_parked() const { return at_signal_ == AtSignal::Park; }

  /// What is held waits for another machine: it need not wait for this one's lease.
  void let_go() {
    if (!was_told_ || !is_parked() || request_.journal.empty()) return;
    server::Request request = request_;
    request.command = "shutdown";
    request.arguments = {};
    auto connection = Connection::open(places_, Connection::WhenAbsent::Refuse);
    if (connection) (void)connection->converse(request, [](const auto&) {}, [] { return interrupted_flag != 0; });
  }

 private:
  const server::Places& places_;
  const server::Request request_;
  AtSignal at_signal_;
  bool was_told_ = false;
  bool is_waiting_ = false;  ///< For the deployment to begin: before that nothing can be said to it.
};

/// The conversation, taken up again by `watch` when the controller is restarted in the middle of a deployment.
int converse(const server::Places& places, server::Request request, EventPrinter& printer, AtSignal at_signal) {
  Followed followed;
  const bool has_word = at_signal == AtSignal::RollBack || at_signal == AtSignal::Park;
  Ending ending(places, request, at_signal);
  const auto on_event = [&](const json::object& event) {
    followed.learn(event);
    printer.on_event(event);
  };
  const auto interrupted = [&] { return has_word ? ending.is_due(followed) : interrupted_flag != 0; };
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
      printer.make_room();
      if (has_word) {
        if (!ending.take(followed)) {
          ending.let_go();
          return detached(followed);
        }
      } else {
        // A deployment that only waits for its turn can be told nothing yet.
        const bool ask = at_signal == AtSignal::Ask && !followed.service.empty();
        interrupted_flag = 0;
        if (!ask || !asked(places, request, followed)) return detached(followed);
      }
      end = connection->listen(on_event, interrupted);
    }
    if (end) {
      ending.let_go();
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
  const auto journal = journal_place_of_environment();
  if (!journal) {
    complain(journal.error().message);
    return 2;
  }
  const auto at_signal = at_signal_of(invocation, can_ask(), journal->has_value());
  if (!at_signal) {
    complain(at_signal.error().message);
    return 2;
  }
  catch_interrupts(*at_signal);
  server::Request request;
  request.journal = *journal ? (*journal)->name() : std::string();
  request.id = new_id();
  request.command = invocation.command;
  request.directory = std::filesystem::current_path().string();
  request.user = user_name();
  request.arguments = invocation.arguments;
  request.variables = named_variables(request);
  if (const char* step = std::getenv("SLUICE_STEP")) request.step = step;
  const auto printer = printer_for(invocation);
  return converse(*places, std::move(request), *printer, *at_signal);
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
