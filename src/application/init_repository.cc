#include "application/init_repository.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>
#include <map>
#include <utility>

#include "base/json_text.h"
#include "core/config/starter_aws.h"

namespace sluice::application {
namespace {

constexpr Milliseconds kGitTimeout{10'000};
constexpr Milliseconds kScannerTimeout{10'000};

/// What git says, without its line end; nothing where it exits with an error.
Result<std::optional<std::string>> git(const InitPorts& ports, const std::string& directory,
                                       std::vector<std::string> arguments) {
  ports::ProcessRequest request;
  request.argv = {"git", "-C", directory};
  request.argv.insert(request.argv.end(), arguments.begin(), arguments.end());
  request.timeout = kGitTimeout;
  auto result = ports.processes.run(request, {});
  if (!result) return with_context(std::move(result), "asking git about " + directory);
  if (result->exit_code != 0) return std::optional<std::string>();
  std::string text = std::move(result->out);
  while (text.ends_with('\n')) text.pop_back();
  return std::optional(std::move(text));
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

Result<config::RepositoryFacts> look(const std::string& directory, const InitPorts& ports) {
  std::map<std::string, std::string, std::less<>> found;
  for (const std::string_view name : config::kTellingFiles) {
    const std::string path = fmt::format("{}/{}", directory, name);
    if (name.ends_with('/')) {
      if (ports.files.is_folder(path)) found.emplace(name, "");
      continue;
    }
    TRY_ASSIGN(auto text, ports.files.read(path));
    if (text) found.emplace(name, std::move(*text));
  }
  TRY_ASSIGN(const auto branch, git(ports, directory, {"symbolic-ref", "--short", "HEAD"}));
  return config::facts_of(last_part(directory), branch, found);
}

/// As the scan itself finds out (trivy::Scanner); one that is there and does not work shows at the first scan.
bool has_scanner(const InitPorts& ports) {
  const auto version = ports.processes.run({.argv = {"trivy", "--version"}, .timeout = kScannerTimeout}, {});
  return version.has_value() || version.error().kind != ErrorKind::NotFound;
}

Result<InitStep> write(const InitPorts& ports, std::string path, const std::string& text, ports::Files::Mode mode) {
  const Status created = ports.files.create(path, text, mode);
  if (created) return InitStep{std::move(path), InitStep::Outcome::Written};
  if (created.error().kind == ErrorKind::Conflict) return InitStep{std::move(path), InitStep::Outcome::Kept};
  return created.error();
}

std::vector<config::StarterFile> starters(const config::RepositoryFacts& facts, bool for_aws) {
  std::vector<config::StarterFile> files{
      {"sluice.yaml", for_aws ? config::starter_configuration_for_aws(facts) : config::starter_configuration(facts)},
      {".github/workflows/deploy.yml", config::starter_workflow(facts)}};
  if (!for_aws) return files;
  for (config::StarterFile& file : config::starter_infrastructure(facts)) files.push_back(std::move(file));
  return files;
}

/// What to know of sluice.yaml.
std::string note_of(const InitStep& step, const config::RepositoryFacts& facts, bool for_aws) {
  if (step.outcome == InitStep::Outcome::Kept) {
    return for_aws ? "so see that it has an environment with `target: aws`" : "";
  }
  std::vector<std::string_view> notes;
  if (!facts.has_scanner) notes.emplace_back("with `scan: off`: trivy is not installed");
  if (for_aws) notes.emplace_back("to be filled in with the outputs of infrastructure/");
  return fmt::format("{}", fmt::join(notes, "; "));
}

Status write_starters(const InitRequest& request, const std::string& directory, const InitPorts& ports,
                      std::vector<InitStep>& steps) {
  TRY_ASSIGN(config::RepositoryFacts facts, look(directory, ports));
  facts.has_scanner = has_scanner(ports);
  if (request.for_aws) facts = config::for_aws(std::move(facts));
  for (const config::StarterFile& file : starters(facts, request.for_aws)) {
    TRY_ASSIGN(InitStep step, write(ports, directory + "/" + file.path, file.text, ports::Files::Mode::Plain));
    if (steps.empty()) step.note = note_of(step, facts, request.for_aws);
    steps.push_back(std::move(step));
  }
  return {};
}

Status write_hook(const InitRequest& request, const InitPorts& ports, std::vector<InitStep>& steps) {
  const std::string& repository = *request.hook_repository;
  // Where git looks, core.hooksPath and work trees included.
  TRY_ASSIGN(const auto hooks, git(ports, repository, {"rev-parse", "--path-format=absolute", "--git-path", "hooks"}));
  if (!hooks) return Error{ErrorKind::NotFound, fmt::format("{} is no git repository", repository)};
  const std::string text = config::post_receive_hook(request.hook);
  TRY_ASSIGN(InitStep step, write(ports, *hooks + "/post-receive", text, ports::Files::Mode::Executable));
  if (step.outcome == InitStep::Outcome::Kept) {
    TRY_ASSIGN(const auto there, ports.files.read(step.path));
    if (!there || *there != text) {
      return Error{ErrorKind::Conflict,
                   fmt::format("{} is there already and was left as it is; for each line `before after ref` that it "
                               "reads, let it call: {} push-received --repository {} --before \"$before\" "
                               "--after \"$after\" --ref \"$ref\"",
                               step.path, request.hook.program, repository)};
    }
  }
  steps.push_back(std::move(step));
  return {};
}

}  // namespace

Result<std::vector<InitStep>> init_repository(const InitRequest& request, const InitPorts& ports) {
  if (!ports.files.is_folder(request.directory)) {
    return Error{ErrorKind::NotFound, fmt::format("there is no folder {}", request.directory)};
  }
  std::string directory = request.directory;
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  std::vector<InitStep> steps;
  TRY_ASSIGN(const auto bare, git(ports, directory, {"rev-parse", "--is-bare-repository"}));
  if (bare != "true") {
    TRY(write_starters(request, directory, ports, steps));
  } else if (!request.hook_repository) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} is a bare repository: run `sluice init` in a clone of it, or name it with --git-hook",
                             request.directory)};
  }
  if (request.hook_repository) TRY(write_hook(request, ports, steps));
  return steps;
}

std::string to_string(const InitStep& step) {
  const std::string note = step.note.empty() ? "" : ", " + step.note;
  switch (step.outcome) {
    case InitStep::Outcome::Written: return "wrote " + step.path + note;
    case InitStep::Outcome::Kept: return "kept " + step.path + ", which was there" + note;
  }
  std::unreachable();
}

std::string to_json(const InitStep& step) {
  return to_json_text(boost::json::object{{"type", "file"},
                                          {"path", step.path},
                                          {"written", step.outcome == InitStep::Outcome::Written},
                                          {"note", step.note}});
}

}  // namespace sluice::application
