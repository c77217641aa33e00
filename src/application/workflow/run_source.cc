#include "application/workflow/run_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::application {
namespace {

namespace fs = std::filesystem;
using workflow::Items;
using workflow::Object;
using workflow::Value;

constexpr std::string_view kWorkflows = ".github/workflows/";
const std::string kNoCommit(40, '0');

bool is_workflow_path(const std::string& path) {
  const bool yaml = path.ends_with(".yml") || path.ends_with(".yaml");
  return yaml && path.starts_with(kWorkflows) && path.find('/', kWorkflows.size()) == std::string::npos;
}

Result<std::string> read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Error{ErrorKind::NotFound, fmt::format("cannot read the workflow file {}", path.string())};
  return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// The path from the root of the repository where the file lies in it, else as it is.
std::string path_in_repository(const fs::path& file, const GitRepository& repository) {
  std::error_code error;
  const fs::path inside = fs::weakly_canonical(file, error).lexically_relative(repository.root());
  return inside.empty() || inside.string().starts_with("..") ? file.string() : inside.string();
}

Status read_work_tree(const GitRepository& repository, RunSource& source) {
  std::error_code error;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(repository.root()) / kWorkflows, error)) {
    const std::string path = std::string(kWorkflows) + entry.path().filename().string();
    if (is_workflow_path(path) && entry.is_regular_file(error)) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    TRY_ASSIGN(std::string text, read_file(fs::path(repository.root()) / path));
    source.files.emplace_back(path, std::move(text));
  }
  return {};
}

Status read_files(const RunRequest& request, const GitRepository& repository, RunSource& source) {
  if (!request.workflow_file.empty()) {
    const fs::path file = fs::path(request.directory) / request.workflow_file;
    std::error_code error;
    if (fs::is_regular_file(file, error)) {
      TRY_ASSIGN(std::string text, read_file(file));
      source.files.emplace_back(path_in_repository(file, repository), std::move(text));
      return {};
    }
    TRY_ASSIGN(std::string text, repository.read(source.after, request.workflow_file));
    source.files.emplace_back(request.workflow_file, std::move(text));
    return {};
  }
  if (source.by_hand && !repository.is_bare()) return read_work_tree(repository, source);
  TRY_ASSIGN(const std::vector<std::string> paths, repository.files(source.after));
  for (const std::string& path : paths) {
    if (!is_workflow_path(path)) continue;
    TRY_ASSIGN(std::string text, repository.read(source.after, path));
    source.files.emplace_back(path, std::move(text));
  }
  return {};
}

/// From where workflow files come from, too; empty where there is none.
std::string read_configuration(const GitRepository& repository, const RunSource& source) {
  auto text = source.by_hand && !repository.is_bare() ? read_file(fs::path(repository.root()) / kConfigurationFile)
                                                      : repository.read(source.after, kConfigurationFile);
  return text ? *std::move(text) : std::string();
}

/// A new branch is compared with where it left the default branch.
std::string base_of(const RunSource& source, const GitRepository& repository) {
  if (!is_no_commit(source.before)) return source.before;
  const std::string branch = repository.default_branch();
  if (source.ref == "refs/heads/" + branch) return source.before;
  const auto base = repository.merge_base("refs/heads/" + branch, source.after);
  return base ? *base : source.before;
}

void set_default(Object& object, std::string_view name, Value value) {
  if (object.find(name) == nullptr) object.set(name, std::move(value));
}

Value describe_commit(const GitRepository::Commit& commit) {
  const Value author = Object{{"name", Value(commit.author_name)}, {"email", Value(commit.author_email)}};
  return Object{{"id", Value(commit.sha)},
                {"message", Value(commit.message)},
                {"timestamp", Value(commit.time)},
                {"author", author},
                {"committer", author}};
}

}  // namespace

Result<RunSource> find_run_source(const RunRequest& request, const GitRepository& repository) {
  RunSource source;
  source.by_hand = request.after.empty();
  source.ref = request.ref;
  if (source.ref.empty()) {
    TRY_ASSIGN(const auto head, repository.head_ref());
    source.ref = head.value_or("refs/heads/" + repository.default_branch());
  }
  if (!source.by_hand && is_no_commit(request.after)) {
    source.after = kNoCommit;
    return source;
  }
  TRY_ASSIGN(source.after, repository.commit_of(source.by_hand ? "HEAD" : request.after));
  if (!request.before.empty()) {
    source.before = is_no_commit(request.before) ? kNoCommit : request.before;
  } else {
    const auto parent = repository.commit_of(source.after + "~1");
    source.before = parent ? *parent : kNoCommit;
  }
  TRY_ASSIGN(source.changed, repository.changed_paths(base_of(source, repository), source.after));
  TRY(read_files(request, repository, source));
  source.configuration = read_configuration(repository, source);
  return source;
}

Result<Value> make_payload(const RunRequest& request, const GitRepository& repository, const RunSource& source) {
  Object payload = request.payload && request.payload->is_object() ? request.payload->object() : Object();
  const std::string full_name = repository.full_name();
  const std::string owner = full_name.substr(0, full_name.find('/'));
  set_default(payload, "repository",
              Object{{"name", Value(full_name.substr(full_name.rfind('/') + 1))},
                     {"full_name", Value(full_name)},
                     {"owner", Object{{"login", Value(owner)}, {"name", Value(owner)}}},
                     {"default_branch", Value(repository.default_branch())}});
  set_default(payload, "sender", Object{{"login", Value(request.actor)}});
  if (request.event == "push") {
    TRY_ASSIGN(const GitRepository::Commit head, repository.describe(source.after));
    set_default(payload, "ref", Value(source.ref));
    set_default(payload, "before", Value(source.before));
    set_default(payload, "after", Value(source.after));
    set_default(payload, "created", Value(is_no_commit(source.before)));
    set_default(payload, "deleted", Value(false));
    set_default(payload, "forced", Value(false));
    set_default(payload, "pusher", Object{{"name", Value(request.actor)}});
    set_default(payload, "head_commit", describe_commit(head));
    set_default(payload, "commits", Items{describe_commit(head)});
  } else if (request.event == "workflow_dispatch") {
    Object inputs;
    for (const auto& [name, value] : request.inputs) inputs.set(name, Value(value));
    set_default(payload, "inputs", inputs);
    set_default(payload, "ref", Value(source.ref));
  }
  return Value(std::move(payload));
}

Value make_github_context(const PlannedRun& run, const RunRequest& request) {
  const RunPlace& place = run.place;
  Value token;
  for (const auto& [name, value] : request.secrets) {
    if (name == "GITHUB_TOKEN") token = Value(value);
  }
  return Object{{"action", Value("")},
                {"actor", Value(place.actor)},
                {"triggering_actor", Value(place.actor)},
                {"api_url", Value("https://api.github.com")},
                {"base_ref", Value("")},
                {"event", run.event},
                {"event_name", Value(place.event_name)},
                {"graphql_url", Value("https://api.github.com/graphql")},
                {"head_ref", Value("")},
                {"ref", Value(place.ref)},
                {"ref_name", Value(ref_name(place.ref))},
                {"ref_type", Value(place.ref.starts_with("refs/tags/") ? "tag" : "branch")},
                {"ref_protected", Value(false)},
                {"repository", Value(place.repository_name)},
                {"repository_owner", Value(place.repository_name.substr(0, place.repository_name.find('/')))},
                {"retention_days", Value("")},
                {"run_attempt", Value("1")},
                {"run_id", Value(place.run)},
                {"run_number", Value(std::to_string(place.number))},
                {"server_url", Value("https://github.com")},
                {"sha", Value(place.sha)},
                {"token", token},
                {"workflow", Value(place.workflow)},
                {"workflow_ref", Value(fmt::format("{}/{}@{}", place.repository_name, place.workflow_file, place.ref))},
                {"workflow_sha", Value(place.sha)}};
}

}  // namespace sluice::application
