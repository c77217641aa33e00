#include "application/workflow/step_runner.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "application/workflow/builtin_actions.h"
#include "application/workflow/shell.h"
#include "base/replace_text.h"
#include "core/workflow/action_name.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;
using workflow::Outcome;
using workflow::StepResult;

/// GITHUB_ENV and its like: a fresh set of files a step.
struct FileCommands {
  explicit FileCommands(const StepContext& context)
      : stem(context.place.temp / "files" / fmt::format("{}{}", context.step.step, context.step.post ? "-post" : "")) {}

  fs::path path(std::string_view kind) const { return fs::path(stem.string() + "-" + std::string(kind)); }
  std::string read(std::string_view kind) const {
    std::ifstream stream(path(kind), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  fs::path stem;
};

constexpr std::pair<std::string_view, std::string_view> kFiles[] = {{"GITHUB_ENV", "env"},
                                                                    {"GITHUB_OUTPUT", "output"},
                                                                    {"GITHUB_PATH", "path"},
                                                                    {"GITHUB_STATE", "state"},
                                                                    {"GITHUB_STEP_SUMMARY", "summary"}};

StepResult failed(std::string message) {
  StepResult result;
  result.outcome = Outcome::Failure;
  result.message = std::move(message);
  return result;
}

StepResult from_error(const Error& error) {
  StepResult result = failed(error.message);
  if (error.kind == ErrorKind::Cancelled) result.outcome = Outcome::Cancelled;
  return result;
}

/// True when a program of that name is in one of the folders of `path`.
bool is_on_path(const std::string& program, const std::string& path) {
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    std::error_code error;
    if (fs::is_regular_file(fs::path(path.substr(begin, end - begin)) / program, error)) return true;
    begin = end + 1;
  }
  return false;
}

/// Where a machine lacks `bash` or `python`, `sh` and `python3` stand in as on GitHub's runners.
void use_what_is_there(ShellCommand& shell, const workflow::ScriptWork& work, const std::string& path) {
  if (work.shell.empty() && !is_on_path("bash", path)) shell.argv = {"sh", "-e", "{0}"};
  if (work.shell == "python" && !is_on_path("python", path)) shell.argv.front() = "python3";
}

/// Where a step's script and its files of commands are, as the step sees them.
fs::path seen(const StepContext& context, const fs::path& path) {
  return context.place.seen.temp / path.lexically_relative(context.place.temp);
}

/// What an image lacks is found out in it.
void use_what_the_image_has(ShellCommand& shell, const workflow::ScriptWork& work) {
  const char* script = nullptr;
  if (work.shell.empty()) script = "command -v bash >/dev/null && exec bash -e \"$1\"; exec sh -e \"$1\"";
  if (work.shell == "python") script = "command -v python >/dev/null && exec python \"$1\"; exec python3 \"$1\"";
  if (script != nullptr) shell.argv = {"sh", "-c", script, "sh", "{0}"};
}

StepResult run_script_elsewhere(const StepContext& context, const workflow::ScriptWork& work,
                                const FileCommands& files) {
  auto shell = find_shell(work.shell);
  if (!shell) return from_error(shell.error());
  use_what_the_image_has(*shell, work);
  const fs::path script =
      seen(context, context.place.temp / fmt::format("step-{}{}", context.step.step, shell->extension));
  for (std::string& word : shell->argv) word = replace_all(std::move(word), "{0}", script.string());
  ports::ScriptOrder order{
      .argv = shell->argv,
      .env = variables_of(context),
      .path = context.step.path,
      .directory = (context.place.seen.workspace / work.working_directory).string(),
      .files = {{script.string(), work.script + "\n"}},
      .read_back = {},
      .timeout = context.step.timeout,
      .on_output = [&](std::string_view piece) { context.output.write(ports::Stream::Out, piece); }};
  for (const auto& [variable, kind] : kFiles) {
    const std::string path = seen(context, files.path(kind)).string();
    order.env[std::string(variable)] = path;
    order.files.emplace_back(path, "");
    order.read_back.push_back(path);
  }
  const auto ended =
      context.remote->run(std::move(order), [&](const std::string& line) { context.output.line(line); }, context.stop);
  if (!ended) return from_error(ended.error());
  for (std::size_t i = 0; i < std::size(kFiles); ++i) {
    std::ofstream(files.path(kFiles[i].second), std::ios::binary) << ended->files[i];
  }
  if (ended->exit_code != 0) return failed(fmt::format("exit code {}", ended->exit_code));
  return {};
}

StepResult run_script(const StepContext& context, const workflow::ScriptWork& work, const FileCommands& files) {
  auto shell = find_shell(work.shell);
  if (!shell) return from_error(shell.error());
  ports::ProcessRequest request;
  request.env = environment_of(context);
  for (const auto& [variable, kind] : kFiles) (*request.env)[std::string(variable)] = files.path(kind).string();
  use_what_is_there(*shell, work, (*request.env)["PATH"]);

  const fs::path script = context.place.temp / fmt::format("step-{}{}", context.step.step, shell->extension);
  std::ofstream(script, std::ios::binary) << work.script << '\n';
  for (std::string& word : shell->argv) word = replace_all(std::move(word), "{0}", script.string());
  request.argv = shell->argv;
  const fs::path folder = context.place.workspace / work.working_directory;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return failed(fmt::format("the working directory '{}' is not there", work.working_directory));
  }
  request.directory = folder.string();
  request.timeout = context.step.timeout;
  request.group = context.place.group();
  request.on_output = [&](ports::Stream stream, std::string_view piece) { context.output.write(stream, piece); };

  const auto ended = context.processes.run(request, context.stop);
  if (!ended) return from_error(ended.error());
  if (ended->exit_code != 0) return failed(fmt::format("exit code {}", ended->exit_code));
  return {};
}

/// Adds what the step wrote into its files; a wrong file fails it.
void read_files(const FileCommands& files, StepResult& result) {
  const auto read = [&](std::string_view variable, std::string_view kind, workflow::Assignments& to) {
    auto parsed = workflow::parse_assignments(files.read(kind));
    if (!parsed) {
      result.outcome = Outcome::Failure;
      result.message = fmt::format("the file {} cannot be read: {}", variable, parsed.error().message);
      return;
    }
    to.insert(to.end(), parsed->begin(), parsed->end());
  };
  read("GITHUB_OUTPUT", "output", result.outputs);
  read("GITHUB_ENV", "env", result.env);
  for (std::string& folder : workflow::parse_path_lines(files.read("path"))) result.path.push_back(std::move(folder));
}

/// Variables that would change how later programs of the runner work.
void refuse_variables(StepResult& result, StepOutput& output) {
  std::erase_if(result.env, [&](const auto& each) {
    const bool refused =
        each.first == "NODE_OPTIONS" || each.first.starts_with("GITHUB_") || each.first.starts_with("RUNNER_");
    if (refused) output.warning(fmt::format("{} cannot be set through GITHUB_ENV", each.first));
    return refused;
  });
}

void keep_summary(const StepContext& context, const FileCommands& files) {
  const std::string summary = files.read("summary");
  if (summary.empty()) return;
  std::ofstream(context.place.logs / "summary.md", std::ios::app | std::ios::binary) << summary << '\n';
}

}  // namespace

std::map<std::string, std::string> environment_of(const StepContext& context) {
  std::map<std::string, std::string> environment = context.place.run.base_environment;
  for (auto& [name, value] : variables_of(context)) environment[name] = value;
  // Whatever the step asks sluice for is known to be of this step.
  environment["SLUICE_STEP"] = fmt::format("{}/{}", context.place.group(), context.number);
  std::string path;
  for (const std::string& folder : context.step.path) path += folder + ":";
  if (!context.place.run.program_folder.empty()) path += context.place.run.program_folder + ":";
  environment["PATH"] = path + environment["PATH"];
  return environment;
}

std::map<std::string, std::string> variables_of(const StepContext& context) {
  std::map<std::string, std::string> variables;
  const auto defaults = default_variables(context.place);
  for (const auto& [name, value] : defaults) variables[name] = value;
  for (const auto& [name, value] : context.step.env) {
    const bool fixed = name.starts_with("GITHUB_") || name.starts_with("RUNNER_");
    if (!fixed || !defaults.contains(name)) variables[name] = value;
  }
  return variables;
}

StepResult run_step(const StepContext& context) {
  const FileCommands files(context);
  for (const auto& [variable, kind] : kFiles) std::ofstream(files.path(kind), std::ios::trunc);
  StepResult result;
  if (const auto* script = std::get_if<workflow::ScriptWork>(&context.step.work)) {
    result =
        context.remote != nullptr ? run_script_elsewhere(context, *script, files) : run_script(context, *script, files);
  } else {
    result = run_action(context, std::get<workflow::ActionWork>(context.step.work));
  }
  context.output.finish();
  read_files(files, result);
  keep_summary(context, files);
  for (const auto& each : context.output.outputs()) result.outputs.push_back(each);
  for (const auto& each : context.output.env()) result.env.push_back(each);
  for (const auto& each : context.output.path()) result.path.push_back(each);
  result.masks = context.output.masks();
  refuse_variables(result, context.output);
  if (result.outcome == Outcome::Success && !context.output.refusal().empty()) return failed(context.output.refusal());
  return result;
}

}  // namespace sluice::application
