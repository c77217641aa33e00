#include <fmt/format.h>

#include <filesystem>

#include "application/workflow/builtin_actions.h"
#include "application/workflow/git_repository.h"
#include "core/workflow/text_case.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeads = "refs/heads/";

/// Empties the folder that is to be checked out, so that nothing of an earlier checkout stays.
Status clear(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    fs::remove_all(entry.path(), error);
    if (error)
      return Error{ErrorKind::Failed, fmt::format("cannot remove {}: {}", entry.path().string(), error.message())};
  }
  return {};
}

}  // namespace

Result<workflow::StepResult> run_checkout(const ActionContext& action) {
  action.warn_of_others({"repository", "ref", "path", "fetch-depth", "fetch-tags", "clean", "token",
                         "persist-credentials", "submodules", "lfs", "show-progress", "set-safe-directory"});
  const RunPlace& run = action.place().run;
  const std::string repository = action.input("repository");
  if (!repository.empty() && !workflow::equal_without_case(repository, run.repository_name)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("checkout of another repository ('{}') is not possible on this machine: the run has {}",
                             repository, run.repository_name)};
  }
  const fs::path folder = (action.place().workspace / action.input("path")).lexically_normal();
  TRY(clear(folder));
  const std::string target = folder.string();
  std::vector<std::string> clone{"git", "clone", "--quiet", "--no-checkout", run.repository, target};
  // Objects that are elsewhere would not be there.
  if (!action.place().is_elsewhere()) clone.insert(clone.begin() + 2, "--shared");
  TRY(action.run(std::move(clone)));

  const bool own_ref = !action.is_given("ref");
  const std::string wanted = own_ref ? run.sha : action.input("ref");
  // Branches of the source are remote ones of the clone; hashes and tags have the same name in both.
  auto commit =
      action.ask({"git", "-C", target, "rev-parse", "--verify", "--quiet", "origin/" + ref_name(wanted) + "^{commit}"});
  if (own_ref || !commit)
    commit = action.ask({"git", "-C", target, "rev-parse", "--verify", "--quiet", wanted + "^{commit}"});
  if (!commit) {
    return Error{ErrorKind::NotFound, fmt::format("'{}' names no commit of {}", wanted, run.repository)};
  }
  const bool on_branch = own_ref && run.ref.starts_with(kHeads);
  if (on_branch) {
    TRY(action.run({"git", "-C", target, "checkout", "--quiet", "--force", "-B", ref_name(run.ref), *commit}));
  } else {
    TRY(action.run({"git", "-C", target, "checkout", "--quiet", "--force", "--detach", *commit}));
  }
  const std::string submodules = action.input("submodules");
  if (submodules == "true" || submodules == "recursive") {
    std::vector<std::string> update{"git", "-C", target, "submodule", "update", "--init"};
    if (submodules == "recursive") update.emplace_back("--recursive");
    TRY(action.run(std::move(update)));
  }
  action.output().line(fmt::format("{} of {} is in {}", *commit, run.repository_name, target));
  workflow::StepResult result;
  result.outputs = {{"ref", own_ref ? run.ref : wanted}, {"commit", *commit}};
  return result;
}

}  // namespace sluice::application
