#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "application/workflow/builtin_actions.h"
#include "application/workflow/file_patterns.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;

using Version = std::array<int, 3>;

struct ParsedVersion {
  Version numbers{0, 0, 0};
  int given = 0;  ///< How many of the numbers are written; `x` and `*` are not.
};

std::optional<ParsedVersion> parse_version(std::string_view text) {
  ParsedVersion parsed;
  if (text.starts_with('v')) text.remove_prefix(1);
  while (parsed.given < 3 && !text.empty()) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, dot);
    if (part == "x" || part == "X" || part == "*") return parsed;
    int number = 0;
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc{}) return std::nullopt;
    parsed.numbers[static_cast<std::size_t>(parsed.given++)] = number;
    // What follows the third number (`-rc1`, `+build`) does not count.
    if (stop != part.data() + part.size()) return parsed.given == 3 ? std::optional(parsed) : std::nullopt;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return parsed.given > 0 ? std::optional(parsed) : std::nullopt;
}

bool shares(const Version& version, const ParsedVersion& wanted, int numbers) {
  return std::equal(version.begin(), version.begin() + std::min(numbers, wanted.given), wanted.numbers.begin());
}

/// One condition such as `>=3.9`.
bool holds(const Version& version, std::string_view condition) {
  if (condition == "*" || condition == "x" || condition == "latest" || condition == "node") return true;
  const std::size_t digits = condition.find_first_of("0123456789v*x");
  if (digits == std::string_view::npos) return false;
  const std::string_view sign = condition.substr(0, digits);
  const auto wanted = parse_version(condition.substr(digits));
  if (!wanted) return false;
  if (sign.empty() || sign == "=" || sign == "==") return shares(version, *wanted, 3);
  if (sign == ">=") return version >= wanted->numbers;
  if (sign == "<") return version < wanted->numbers;
  if (sign == ">") return version > wanted->numbers && !shares(version, *wanted, 3);
  if (sign == "<=") return version <= wanted->numbers || shares(version, *wanted, 3);
  if (sign == "^") return version >= wanted->numbers && version[0] == wanted->numbers[0];
  if (sign == "~" || sign == "~=")
    return version >= wanted->numbers && shares(version, *wanted, std::min(2, wanted->given));
  return false;
}

std::vector<std::string> split_by(const std::string& text, std::string_view separator) {
  std::vector<std::string> pieces;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) pieces.push_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return pieces;
}

std::vector<std::string> folders_of_path(const StepContext& context) {
  return split_by(environment_of(context)["PATH"], ":");
}

struct Interpreter {
  std::string path;
  std::string version;
};

/// The python, python3 and python3.N of PATH, asked for their version only when somebody wants to know it: some are
/// wrappers that take seconds.
class Pythons {
 public:
  explicit Pythons(const ActionContext& action) : action_(action) {
    for (const std::string& folder : folders_of_path(action.step())) add_folder(folder);
  }

  /// The first one of that version; nothing when there is none.
  std::optional<Interpreter> find(const std::string& wanted) {
    for (std::size_t i = 0; i < programs_.size(); ++i) {
      if (i == known_.size()) ask(programs_[i]);
      if (!known_[i].version.empty() && version_fits(known_[i].version, wanted)) return known_[i];
    }
    return std::nullopt;
  }

  std::vector<Interpreter> all() {
    while (known_.size() < programs_.size()) ask(programs_[known_.size()]);
    std::vector<Interpreter> found = known_;
    std::erase_if(found, [](const Interpreter& each) { return each.version.empty(); });
    return found;
  }

 private:
  void add_folder(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> programs;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename().string();
      const bool named_so =
          name == "python" || name == "python3" ||
          (name.starts_with("python3.") && name.find_first_not_of("0123456789", 8) == std::string::npos);
      if (named_so) programs.push_back(entry.path());
    }
    std::sort(programs.begin(), programs.end());
    for (const fs::path& program : programs) {
      const fs::path real = fs::canonical(program, error);
      if (!error && seen_.insert(real).second) programs_.push_back(program);
    }
  }

  void ask(const fs::path& program) {
    const auto version = action_.ask({program.string(), "-c", "import platform; print(platform.python_version())"});
    known_.push_back({program.string(), version.value_or(std::string())});
  }

  const ActionContext& action_;
  std::set<fs::path> seen_;
  std::vector<fs::path> programs_;
  std::vector<Interpreter> known_;  ///< Of the first programs; an empty version is one that did not answer.
};

/// The versions that an action asks for: of `input`, else the first line of the file that `file_input` names.
Result<std::vector<std::string>> wanted_versions(const ActionContext& action, const std::string& input,
                                                 const std::string& file_input) {
  if (action.is_given(input)) return lines_of(action.input(input));
  if (!action.is_given(file_input)) return std::vector<std::string>();
  const fs::path path = action.place().workspace / action.input(file_input);
  std::ifstream stream(path);
  std::string line;
  if (!std::getline(stream, line)) {
    return Error{ErrorKind::NotFound, fmt::format("{} is not there, or empty", path.string())};
  }
  return lines_of(line);
}

/// A virtual environment with pip of its own. virtualenv keeps pip unpacked and is ten times faster than the
/// interpreter's own module, which knows fewer interpreters' ways but is always there.
Status make_environment(const ActionContext& action, const std::string& interpreter, const fs::path& environment) {
  const std::string kept = (action.place().run.caches / ".virtualenv").string();
  const auto made =
      action.ask({"virtualenv", "--quiet", "--app-data", kept, "--python", interpreter, environment.string()});
  if (made.has_value()) return {};
  std::error_code ignored;
  fs::remove_all(environment, ignored);
  return action.run({interpreter, "-m", "venv", environment.string()});
}

Error no_such_version(std::string_view program, const std::string& wanted, const std::vector<Interpreter>& found) {
  std::vector<std::string> versions;
  for (const Interpreter& each : found) versions.push_back(fmt::format("{} ({})", each.version, each.path));
  return Error{ErrorKind::NotFound,
               fmt::format("no {} '{}' is on this machine; it has {}: install it, or ask for one of these", program,
                           wanted, versions.empty() ? "none" : fmt::format("{}", fmt::join(versions, ", ")))};
}

Result<workflow::StepResult> check_image(const ActionContext& action, std::string_view program, const std::string& ask,
                                         std::string_view key) {
  TRY_ASSIGN(const std::vector<std::string> wanted,
             wanted_versions(action, std::string(key), std::string(key) + "-file"));
  TRY_ASSIGN(const std::string said, action.ask_there(ask));
  std::string version = said.substr(said.rfind(' ') + 1);
  if (version.starts_with('v')) version.erase(0, 1);
  const bool fits = std::ranges::all_of(wanted, [&](const std::string& each) { return version_fits(version, each); });
  if (!version.empty() && fits) {
    action.output().line(fmt::format("{} {} of the image {}", program, version, action.remote()->image()));
    return workflow::StepResult{.outputs = {{std::string(key), version}, {"cache-hit", "false"}}};
  }
  return Error{ErrorKind::NotFound,
               fmt::format("the image {} has {}, not {} '{}': name an image that has it ('container' of the job, or "
                           "'image' of the runner)",
                           action.remote()->image(), version.empty() ? "none" : version, program,
                           wanted.empty() ? "*" : fmt::format("{}", fmt::join(wanted, ", ")))};
}

}  // namespace

bool version_fits(const std::string& version, const std::string& wanted) {
  const auto parsed = parse_version(version);
  if (!parsed) return false;
  for (const std::string& alternative : split_by(wanted, "||")) {
    std::string spaced = alternative;
    std::replace(spaced.begin(), spaced.end(), ',', ' ');
    const std::vector<std::string> conditions = split_by(spaced, " ");
    const bool all = std::all_of(conditions.begin(), conditions.end(),
                                 [&](const std::string& each) { return holds(parsed->numbers, each); });
    if (!conditions.empty() && all) return true;
  }
  return false;
}

Result<workflow::StepResult> run_setup_python(const ActionContext& action) {
  action.warn_of_others({"python-version", "python-version-file", "cache", "cache-dependency-path", "architecture",
                         "check-latest", "token", "update-environment", "allow-prereleases"});
  TRY_ASSIGN(const std::vector<std::string> wanted, wanted_versions(action, "python-version", "python-version-file"));
  Pythons pythons(action);
  // Of several versions the last one becomes `python`, as with GitHub's action; all of them must be there.
  std::optional<Interpreter> chosen;
  for (const std::string& version : wanted.empty() ? std::vector<std::string>{"3"} : wanted) {
    chosen = pythons.find(version);
    if (!chosen) return no_such_version("Python", version, pythons.all());
  }
  const fs::path environment = action.place().temp / fmt::format("python-{}", chosen->version);
  TRY(make_environment(action, chosen->path, environment));
  const std::string program = (environment / "bin" / "python").string();
  action.output().line(fmt::format("Python {} ({}) in a fresh virtual environment", chosen->version, chosen->path));
  workflow::StepResult result;
  result.outputs = {{"python-version", chosen->version}, {"python-path", program}, {"cache-hit", "false"}};
  result.env = {{"VIRTUAL_ENV", environment.string()},
                {"pythonLocation", environment.string()},
                {"Python_ROOT_DIR", environment.string()},
                {"Python3_ROOT_DIR", environment.string()}};
  result.path = {(environment / "bin").string()};
  return result;
}

Result<workflow::StepResult> run_setup_node(const ActionContext& action) {
  action.warn_of_others({"node-version", "node-version-file", "cache", "cache-dependency-path", "architecture",
                         "check-latest", "token", "registry-url", "scope", "always-auth", "package-manager-cache"});
  TRY_ASSIGN(const std::vector<std::string> wanted, wanted_versions(action, "node-version", "node-version-file"));
  std::vector<Interpreter> found;
  for (const std::string& folder : folders_of_path(action.step())) {
    const std::string program = folder + "/node";
    std::error_code error;
    if (!fs::is_regular_file(program, error)) continue;
    auto version = action.ask({program, "--version"});
    if (version) found.push_back({program, version->substr(version->starts_with('v') ? 1 : 0)});
  }
  const std::string condition = wanted.empty() ? "*" : wanted.front();
  const auto fits = std::find_if(found.begin(), found.end(),
                                 [&](const Interpreter& each) { return version_fits(each.version, condition); });
  if (fits == found.end()) return no_such_version("node", condition, found);
  action.output().line(fmt::format("node {} ({})", fits->version, fits->path));
  workflow::StepResult result;
  result.outputs = {{"node-version", fits->version}, {"cache-hit", "false"}};
  result.path = {fs::path(fits->path).parent_path().string()};
  return result;
}

Result<workflow::StepResult> check_python_of_image(const ActionContext& action) {
  action.warn_of_others({"python-version", "python-version-file", "cache", "cache-dependency-path", "architecture",
                         "check-latest", "token", "update-environment", "allow-prereleases"});
  return check_image(action, "Python", "python --version 2>/dev/null || python3 --version 2>/dev/null || true",
                     "python-version");
}

Result<workflow::StepResult> check_node_of_image(const ActionContext& action) {
  action.warn_of_others({"node-version", "node-version-file", "cache", "cache-dependency-path", "architecture",
                         "check-latest", "token", "registry-url", "scope", "always-auth", "package-manager-cache"});
  return check_image(action, "node", "node --version 2>/dev/null || true", "node-version");
}

}  // namespace sluice::application
