#include "adopt_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <string>

#include "adapters/aws/adopt/adoption_world.h"
#include "adapters/aws/permissions.h"
#include "adapters/posix/ids.h"
#include "adapters/posix/pause.h"
#include "application/adopt_service.h"
#include "application/deploy_service.h"
#include "application/environment_account.h"
#include "base/json_text.h"
#include "cli/interrupt_question.h"
#include "local_aws.h"
#include "local_commands.h"
#include "server/protocol.h"

namespace sluice {
namespace {

namespace json = boost::json;
using application::AdoptService;
using application::AdoptServiceRequest;

constexpr int kFailed = 1;
constexpr int kUnusable = 2;

int refuse(const Error& error) {
  std::fprintf(stderr, "sluice: %s\n", error.message.c_str());
  return error.kind == ErrorKind::InvalidInput || error.kind == ErrorKind::NotFound ? kUnusable : kFailed;
}

void say(const json::object& line) { std::printf("%s\n", to_json_text(line).c_str()); }

Result<config::Service> service_of(const config::Environment& environment, const server::Arguments& arguments) {
  TRY_ASSIGN(const config::Service service, application::choose_service(environment, arguments.one("service")));
  if (std::holds_alternative<rollout::EcsTarget>(service.target)) return service;
  return Error{ErrorKind::InvalidInput, fmt::format("'{}' is no service of ECS in '{}': only those are taken over",
                                                    service.name, environment.name)};
}

AdoptServiceRequest request_for(const config::Service& service, const server::Arguments& arguments) {
  AdoptServiceRequest request = application::adopt_request(service, arguments.one("from"));
  if (arguments.has("at-once")) request.wanted.steps = {service.strategy.steps.back()};
  return request;
}

json::array texts(const std::vector<std::string>& all) { return json::array(all.begin(), all.end()); }

std::vector<std::string> descriptions(const std::vector<adoption::Step>& steps) {
  std::vector<std::string> all;
  for (const adoption::Step& step : steps) all.push_back(adoption::describe(step));
  return all;
}

void print_plan(const adoption::Plan& plan, const AdoptServiceRequest& request, bool as_json) {
  const auto steps = descriptions(plan.steps);
  const auto actions = adoption::actions_of(plan.steps);
  if (as_json) {
    say({{"type", "adoption_plan"},
         {"cluster", request.wanted.cluster},
         {"from", plan.from},
         {"controller", plan.controller},
         {"to", request.wanted.service},
         {"task_definition", plan.task_definition},
         {"tasks", plan.desired},
         {"steps", texts(steps)},
         {"notes", texts(plan.notes)},
         {"iam_actions", texts(actions)}});
    return;
  }
  std::printf("%s (controller %s, %d tasks of %s) → %s, in the cluster %s\n", plan.from.c_str(),
              plan.controller.c_str(), plan.desired,
              plan.task_definition.substr(plan.task_definition.rfind('/') + 1).c_str(), request.wanted.service.c_str(),
              request.wanted.cluster.c_str());
  for (std::size_t i = 0; i < steps.size(); ++i) std::printf("  %zu. %s\n", i + 1, steps[i].c_str());
  for (const std::string& note : plan.notes) std::printf("  note: %s\n", note.c_str());
  std::printf("  IAM must allow: %s\n", fmt::format("{}", fmt::join(actions, ", ")).c_str());
}

/// True when a person at a terminal says yes.
bool is_wanted() {
  std::fputs("Do it? [y/N] ", stderr);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void print_end(const std::string& state, const adoption::Plan& plan, const AdoptServiceRequest& request,
               const server::Arguments& arguments, bool as_json) {
  if (as_json) {
    say({{"type", state}, {"from", plan.from}, {"to", request.wanted.service}});
  } else if (state == "adopted") {
    std::printf("%s serves all requests; %s is as it was. Back: sluice adopt %s --undo --from %s\n",
                request.wanted.service.c_str(), plan.from.c_str(), arguments.one("service").c_str(), plan.from.c_str());
  } else {
    std::printf("%s serves all requests, as before; the target groups stay\n", plan.from.c_str());
  }
}

/// With the clients made.
int adopt(const AdoptService& adopt, const AdoptServiceRequest& request, const cli::Invocation& invocation) {
  const bool is_back = invocation.arguments.has("undo");
  const auto plan = is_back ? adopt.plan_way_back(request, {}) : adopt.plan(request, {});
  if (!plan) return refuse(plan.error());
  const std::string end = is_back ? "given_back" : "adopted";
  if (plan->steps.empty()) {
    print_end(end, *plan, request, invocation.arguments, invocation.json);
    return 0;
  }
  print_plan(*plan, request, invocation.json);
  const bool may_ask = !invocation.json && cli::can_ask();
  if (!invocation.arguments.has("yes") && !(may_ask && is_wanted())) {
    if (!invocation.json) std::printf("Nothing was changed. With --yes it is done\n");
    return 0;
  }
  AdoptServiceRequest named = request;
  named.wanted.from = plan->from;
  const Status done = is_back ? adopt.give_back(named, {}) : adopt.adopt(named, {});
  if (!done) return refuse(done.error());
  print_end(end, *plan, request, invocation.arguments, invocation.json);
  return 0;
}

}  // namespace

int run_adopt_command(const cli::Invocation& invocation) {
  const auto places = server::places_from_environment();
  if (!places) return refuse(places.error());
  const auto environment = environment_of(invocation);
  if (!environment) return refuse(environment.error());
  const auto service = service_of(*environment, invocation.arguments);
  if (!service) return refuse(service.error());
  const auto& place = std::get<rollout::EcsTarget>(service->target);

  LocalAws local;
  aws::Permissions permissions(local.clients);
  if (const Status account = application::check_account(*environment, permissions); !account) {
    return refuse(account.error());
  }
  posix::Ids ids(local.clock);
  const auto client = local.clients.get(place.region, place.role);
  if (!client) return refuse(client.error());
  aws::adopt::AdoptionWorld world(
      **client, place,
      aws::adopt::AdoptionNotes(places->home, place.cluster, place.service, [&ids] { return ids.next(); }));
  const auto line = [&](const char* type, const std::string& text) {
    if (invocation.json) return say({{"type", type}, {"text", text}});
    std::printf("%s%s\n", std::string_view(type) == "adoption_step" ? "" : "  ", text.c_str());
    std::fflush(stdout);
  };
  const AdoptService use_case({.world = world,
                               .clock = local.clock,
                               .pause = posix::pause_for,
                               .begun = [&](const auto& step) { line("adoption_step", adoption::describe(step)); },
                               .told = [&](const auto& text) { line("adoption_progress", text); }});
  return adopt(use_case, request_for(*service, invocation.arguments), invocation);
}

}  // namespace sluice
