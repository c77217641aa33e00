#include "application/workflow/remote_place.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/replace_text.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// Beside the workspace: it is gone with the job's other files.
fs::path archive_of(const JobPlace& place) { return place.temp / "workspace.tar.gz"; }

}  // namespace

Status RemotePlace::run_tar(std::vector<std::string> arguments, const std::stop_token& stop) {
  ports::ProcessRequest request;
  request.argv = std::move(arguments);
  request.argv.insert(request.argv.begin(), "tar");
  TRY_ASSIGN(const ports::ProcessResult result, processes_.run(request, stop));
  if (result.exit_code == 0) return {};
  return Error{ErrorKind::Failed, fmt::format("tar cannot move the job's workspace: {}", result.err)};
}

Status RemotePlace::begin(const Tell& tell, const std::stop_token& stop) {
  if (job_) return {};
  tell(fmt::format("the job runs in a task of Fargate with the image {}", image()));
  TRY_ASSIGN(job_, runner_.start(order_, tell, stop));
  newest_ = Newest::Here;
  return {};
}

Status RemotePlace::send(const std::stop_token& stop) {
  if (newest_ != Newest::Here) return {};
  const fs::path archive = archive_of(place_);
  TRY(run_tar({"-czf", archive.string(), "-C", place_.workspace.string(), "."}, stop));
  TRY(job_->send(place_.seen.workspace.string(), read_file(archive), stop));
  newest_ = Newest::Both;
  return {};
}

Result<ports::ScriptEnd> RemotePlace::run(ports::ScriptOrder order, const Tell& tell, std::stop_token stop) {
  const bool is_first = job_ == nullptr;
  TRY(begin(tell, stop));
  TRY(send(stop));
  if (is_first) order.files.emplace_back(place_.seen.event_file.string(), read_file(place_.run.event_file));
  newest_ = Newest::There;
  return job_->run(order, std::move(stop));
}

Status RemotePlace::bring_here(std::stop_token stop) {
  if (newest_ != Newest::There) return {};
  TRY_ASSIGN(const std::string bytes, job_->fetch(place_.seen.workspace.string(), stop));
  const fs::path archive = archive_of(place_);
  std::ofstream(archive, std::ios::binary) << bytes;
  std::error_code error;
  fs::remove_all(place_.workspace, error);
  fs::create_directories(place_.workspace, error);
  TRY(run_tar({"-xzf", archive.string(), "--no-same-owner", "-C", place_.workspace.string()}, stop));
  newest_ = Newest::Both;
  return {};
}

std::string as_seen_there(const JobPlace& place, std::string text) {
  text = replace_all(std::move(text), place.workspace.string(), place.seen.workspace.string());
  return replace_all(std::move(text), place.temp.string(), place.seen.temp.string());
}

std::string as_seen_here(const JobPlace& place, std::string text) {
  text = replace_all(std::move(text), place.seen.workspace.string(), place.workspace.string());
  return replace_all(std::move(text), place.seen.temp.string(), place.temp.string());
}

}  // namespace sluice::application
