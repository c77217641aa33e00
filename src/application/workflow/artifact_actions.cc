#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "application/workflow/builtin_actions.h"
#include "application/workflow/file_patterns.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;

/// A name that is one folder below `artifacts`.
Status check_name(const std::string& name) {
  const bool bad =
      name.empty() || name == "." || name == ".." || name.find_first_of("\"*:<>?|/\\\r\n") != std::string::npos;
  if (!bad) return {};
  return Error{ErrorKind::InvalidInput,
               fmt::format("'{}' cannot be an artifact's name: it has none of \" * : < > ? | / \\", name)};
}

Status copy_one(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (!error) return {};
  return Error{ErrorKind::Failed, fmt::format("cannot copy {} to {}: {}", from.string(), to.string(), error.message())};
}

Result<std::size_t> copy_tree(const fs::path& from, const fs::path& to) {
  std::size_t count = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(from, error)) {
    if (!entry.is_regular_file(error)) continue;
    TRY(copy_one(entry.path(), to / entry.path().lexically_relative(from)));
    ++count;
  }
  return count;
}

Status answer_no_files(const ActionContext& action, const std::string& path) {
  const std::string answer = action.is_given("if-no-files-found") ? action.input("if-no-files-found") : "warn";
  const std::string message = fmt::format("no file was found for the artifact: {}", path);
  if (answer == "error") return Error{ErrorKind::NotFound, message};
  if (answer == "warn") {
    action.output().warning(message);
  } else {
    action.output().line(message);
  }
  return {};
}

}  // namespace

Result<workflow::StepResult> run_upload_artifact(const ActionContext& action) {
  action.warn_of_others({"name", "path", "if-no-files-found", "retention-days", "compression-level", "overwrite",
                         "include-hidden-files"});
  const std::string name = action.is_given("name") ? action.input("name") : "artifact";
  TRY(check_name(name));
  TRY_ASSIGN(FoundFiles found,
             find_files(action.place().workspace, lines_of(action.input("path")), Descendants::Include, true));
  if (action.input("include-hidden-files") != "true") {
    std::erase_if(found.files, [&](const fs::path& file) {
      const fs::path inside = file.lexically_relative(found.root);
      return std::any_of(inside.begin(), inside.end(),
                         [](const fs::path& part) { return part.string().starts_with('.'); });
    });
  }
  if (found.files.empty()) {
    TRY(answer_no_files(action, action.input("path")));
    return workflow::StepResult{};
  }
  const fs::path folder = action.place().run.folder / "artifacts" / name;
  std::error_code error;
  if (fs::exists(folder, error)) {
    if (action.input("overwrite") != "true") {
      return Error{
          ErrorKind::Conflict,
          fmt::format("the run has an artifact '{}' already: give this one another name, or set overwrite", name)};
    }
    fs::remove_all(folder, error);
  }
  for (const fs::path& file : found.files) TRY(copy_one(file, folder / file.lexically_relative(found.root)));
  action.output().line(fmt::format("{} files are in {}", found.files.size(), folder.string()));
  workflow::StepResult result;
  result.outputs = {{"artifact-id", name}, {"artifact-url", folder.string()}};
  return result;
}

Result<workflow::StepResult> run_download_artifact(const ActionContext& action) {
  action.warn_of_others(
      {"name", "path", "pattern", "merge-multiple", "github-token", "repository", "run-id", "artifact-ids"});
  const fs::path artifacts = action.place().run.folder / "artifacts";
  const fs::path target = (action.place().workspace / action.input("path")).lexically_normal();
  workflow::StepResult result;
  result.outputs = {{"download-path", target.string()}};
  std::error_code error;
  if (action.is_given("name")) {
    const std::string name = action.input("name");
    TRY(check_name(name));
    if (!fs::is_directory(artifacts / name, error)) {
      return Error{ErrorKind::NotFound, fmt::format("the run has no artifact '{}'", name)};
    }
    TRY_ASSIGN(const std::size_t count, copy_tree(artifacts / name, target));
    action.output().line(fmt::format("{} files of '{}' are in {}", count, name, target.string()));
    return result;
  }
  const std::string pattern = action.is_given("pattern") ? action.input("pattern") : "*";
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(artifacts, error)) {
    const std::string name = entry.path().filename().string();
    if (::fnmatch(pattern.c_str(), name.c_str(), 0) == 0) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const fs::path into = action.input("merge-multiple") == "true" ? target : target / name;
    TRY_ASSIGN(const std::size_t count, copy_tree(artifacts / name, into));
    action.output().line(fmt::format("{} files of '{}' are in {}", count, name, into.string()));
  }
  return result;
}

}  // namespace sluice::application
