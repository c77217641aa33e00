// image build | check | scan | push
#include <fmt/format.h>

#include <boost/json.hpp>
#include <memory>
#include <utility>

#include "application/deploy_service.h"
#include "application/image_stage.h"
#include "server/commands/commands.h"
#include "server/request_files.h"

namespace sluice::server {
namespace {

using application::ImageRequest;
using application::ImageStage;

Result<ImageRequest> image_request(const Request& request) {
  TRY_ASSIGN(const config::Environment environment, environment_of(request));
  ImageRequest image;
  TRY_ASSIGN(image.service, application::choose_service(environment, request.arguments.one("service")));
  if (std::holds_alternative<rollout::LambdaTarget>(image.service.target)) {
    return Error{
        ErrorKind::InvalidInput,
        fmt::format("{} is a function: its image or zip is not built here. Build it by a step of the workflow, and "
                    "name it to `sluice deploy` with --image or --code",
                    image.service.name)};
  }
  if (std::holds_alternative<rollout::GatewayTarget>(image.service.target)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} is a gateway: nothing is built for it. `sluice deploy` takes its definition as it is",
                             image.service.name)};
  }
  if (std::holds_alternative<rollout::FlagsTarget>(image.service.target)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} is of the kind flags: nothing is built for it. `sluice lint` checks its definition",
                             image.service.name)};
  }
  image.project = environment.project;
  image.registry = environment.registry;
  image.role = environment.access.role;
  image.directory = folder_of(configuration_path(request));
  image.rebuild = request.arguments.has("rebuild");
  return image;
}

/// What a part of the stage ended with: an event to tell, and whether it passed.
struct Ending {
  boost::json::object event;
  bool passed = true;
  std::string message;
};

using Part =
    std::function<Result<Ending>(ImageStage&, const ImageRequest&, const application::SayLine&, std::stop_token)>;

Result<Ending> build(ImageStage& stage, const ImageRequest& request, const application::SayLine& say,
                     std::stop_token stop) {
  TRY_ASSIGN(const ports::ImageRecord record, stage.build(request, say, stop));
  return Ending{{{"type", "image_built"}, {"image_id", record.image_id}, {"commit", record.commit}},
                true,
                fmt::format("image {} of commit {}", record.image_id.substr(0, 12), record.commit.substr(0, 12))};
}

Result<Ending> check(ImageStage& stage, const ImageRequest& request, const application::SayLine& say,
                     std::stop_token stop) {
  TRY_ASSIGN(const application::CheckedImage checked, stage.check(request, say, stop));
  boost::json::array causes;
  std::string message;
  for (const image::Cause& cause : checked.causes) {
    const bool refuses = cause.weight == image::Cause::Weight::Refusal;
    causes.push_back({{"refuses", refuses}, {"message", cause.message}});
    message += fmt::format("{}{}: {}", message.empty() ? "" : "\n", refuses ? "refused" : "note", cause.message);
  }
  if (checked.passed() && message.empty()) message = "the image starts alone and is healthy";
  return Ending{
      {{"type", "image_checked"}, {"image_id", checked.image_id}, {"passed", checked.passed()}, {"causes", causes}},
      checked.passed(),
      message};
}

Result<Ending> scan(ImageStage& stage, const ImageRequest& request, const application::SayLine& say,
                    std::stop_token stop) {
  TRY_ASSIGN(const application::ScannedImage scanned, stage.scan(request, say, stop));
  boost::json::array blocking;
  std::string message = scanned.off ? "scanning is off: sluice.yaml says so" : "no vulnerability stops the push";
  if (!scanned.passed()) message = fmt::format("{} vulnerabilities stop the push:", scanned.blocking.size());
  for (const image::Vulnerability& found : scanned.blocking) {
    blocking.push_back({{"id", found.id},
                        {"severity", std::string(image::to_string(found.severity))},
                        {"package", found.package},
                        {"installed_version", found.installed_version},
                        {"fixed_version", found.fixed_version}});
    message +=
        fmt::format("\n  {} {} {} {}{}", image::to_string(found.severity), found.id, found.package,
                    found.installed_version, found.fixed_version.empty() ? "" : ", fixed in " + found.fixed_version);
  }
  return Ending{{{"type", "image_scanned"},
                 {"image_id", scanned.image_id},
                 {"off", scanned.off},
                 {"passed", scanned.passed()},
                 {"blocking", blocking}},
                scanned.passed(),
                message};
}

Result<Ending> push(ImageStage& stage, const ImageRequest& request, const application::SayLine& say,
                    std::stop_token stop) {
  TRY_ASSIGN(const application::PushedImage pushed, stage.push(request, say, stop));
  return Ending{{{"type", "image_pushed"},
                 {"reference", pushed.reference},
                 {"digest", pushed.digest},
                 {"tag", pushed.tag},
                 {"reused", pushed.reused}},
                true,
                fmt::format("{}{}", pushed.reference, pushed.reused ? " (there already)" : "")};
}

void run_part(Machine& machine, const Request& request, const SessionPointer& session, const Part& part) {
  auto ending = std::make_shared<Result<Ending>>(Error{ErrorKind::Cancelled, "not begun"});
  const application::SayLine say = [&machine, session](std::string_view line) {
    machine.post([session, text = std::string(line)] { session->emit({{"type", "line"}, {"line", text}}); });
  };
  machine.image_gate.enter([&machine, request, session, part, say, ending](application::ImageGate::Use use) {
    machine.ports.executor.run(
        ports::Executor::Lane::Ordinary,
        [&machine, request, part, say, stop = session->gone(), ending] {
          const auto image = image_request(request);
          *ending = image ? part(machine.image_stage, *image, say, stop) : Result<Ending>(image.error());
        },
        [session, ending, use = std::move(use)] {
          if (!*ending) return session->fail(ending->error());
          session->emit((*ending)->event);
          session->end((*ending)->passed ? ExitCode::Succeeded : ExitCode::RolledBack, (*ending)->message);
        });
  });
}

}  // namespace

void add_image_commands(ControlServer& server, Machine& machine) {
  for (const auto& [name, part] : {std::pair<const char*, Part>{"image build", build},
                                   {"image check", check},
                                   {"image scan", scan},
                                   {"image push", push}}) {
    server.handle(name, [&machine, part](const Request& r, const SessionPointer& s) { run_part(machine, r, s, part); });
  }
}

}  // namespace sluice::server
