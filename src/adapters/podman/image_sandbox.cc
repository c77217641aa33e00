#include "adapters/podman/image_sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "adapters/podman/container_exec.h"
#include "adapters/podman/container_log.h"

namespace sluice::podman {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kLook{20};  ///< Between two looks at a command that runs alone.
constexpr int kLogLines = 20;
constexpr std::size_t kKeptBody = 500;

Error system_error(const std::string& what) {
  return {ErrorKind::Unavailable,
          fmt::format("{}: {}", what, std::error_code(errno, std::generic_category()).message())};
}

/// Sends a request in the network namespace of a process. The thread that enters it ends with the call; libcurl makes
/// its sockets on the thread that sends.
Result<ports::HttpResponse> send_inside(int pid, ports::HttpClient& http, const ports::HttpRequest& request,
                                        const std::stop_token& stop) {
  const std::string path = fmt::format("/proc/{}/ns/net", pid);
  const int network = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (network < 0) return Error{ErrorKind::Unavailable, "the container is not running"};
  Result<ports::HttpResponse> response = Error{ErrorKind::Failed, ""};
  std::thread([&] {
    if (setns(network, CLONE_NEWNET) != 0) {
      response = system_error("entering the network of the container");
    } else {
      response = http.send(request, stop);
    }
  }).join();
  close(network);
  return response;
}

class PodmanSandbox final : public ports::Sandbox {
 public:
  PodmanSandbox(std::string name, ApiClient& api, ports::HttpClient& http)
      : name_(std::move(name)), api_(api), containers_(api), http_(http) {}
  ~PodmanSandbox() override { (void)containers_.remove(name_); }

  Result<std::optional<int>> ended() override {
    TRY_ASSIGN(const auto container, look());
    if (container.state != "exited" && container.state != "stopped") return std::optional<int>();
    return std::optional(container.exit_code);
  }

  Result<ports::CommandOutcome> run(const std::vector<std::string>& argv, Milliseconds timeout,
                                    std::stop_token stop) override {
    return run_in_container(api_, name_, argv, timeout, std::move(stop));
  }

  Result<Answer> get(int port, const std::string& path, Milliseconds timeout, std::stop_token stop) override {
    TRY_ASSIGN(const auto container, look());
    if (container.pid == 0) return Error{ErrorKind::Unavailable, "the container is not running"};
    const ports::HttpRequest request{.url = fmt::format("http://127.0.0.1:{}{}", port, path), .timeout = timeout};
    TRY_ASSIGN(auto response, send_inside(container.pid, http_, request, stop));
    return Answer{.status = response.status, .body = response.body.substr(0, kKeptBody)};
  }

  Result<std::string> log_tail(int lines) override {
    TRY_ASSIGN(const auto container, look());
    std::string text;
    for (const auto& line : podman::log_tail(container.log_path, lines)) text += line.text + "\n";
    return text;
  }

 private:
  Result<Container> look() {
    TRY_ASSIGN(auto container, containers_.inspect(name_));
    if (!container) return Error{ErrorKind::Unavailable, fmt::format("container {} is gone", name_)};
    return std::move(*container);
  }

  std::string name_;
  ApiClient& api_;
  Containers containers_;
  ports::HttpClient& http_;
};

Status paused(Milliseconds span, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any changed;
  changed.wait_for(lock, stop, span, [] { return false; });
  if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "stopped while a container ran"};
  return {};
}

}  // namespace

ContainerSpec ImageSandbox::specification(const ports::SandboxRequest& request) const {
  return {.name = fmt::format("{}-{}", request.name, owner_),
          .image = request.image_id,
          .command = request.command,
          .env = request.env,
          .no_network = true,
          .init = false,
          .read_only = request.read_only,
          .process_limits = containers_.process_limits()};
}

Result<std::unique_ptr<ports::Sandbox>> ImageSandbox::start_container(const ContainerSpec& spec) {
  TRY(containers_.remove(spec.name));
  TRY(containers_.create(spec));
  std::unique_ptr<ports::Sandbox> sandbox = std::make_unique<PodmanSandbox>(spec.name, api_, http_);
  TRY(containers_.start(spec.name));
  return sandbox;
}

Result<std::unique_ptr<ports::Sandbox>> ImageSandbox::start(const ports::SandboxRequest& request,
                                                            std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "stopped before the image was started"};
  return start_container(specification(request));
}

Result<ports::CommandOutcome> ImageSandbox::run_alone(const ports::SandboxRequest& request,
                                                      const std::vector<std::string>& argv, Milliseconds timeout,
                                                      std::stop_token stop) {
  auto spec = specification(request);
  spec.command = argv;
  spec.replace_entrypoint = true;
  auto sandbox = start_container(spec);
  if (!sandbox.has_value()) {
    // runc could not run it: what a shell reports as 127.
    if (sandbox.error().kind != ErrorKind::Failed) return std::move(sandbox.error());
    return ports::CommandOutcome{.exit_code = 127, .output = sandbox.error().message};
  }
  for (const auto until = std::chrono::steady_clock::now() + timeout;;) {
    TRY_ASSIGN(const auto code, (*sandbox)->ended());
    if (code) {
      TRY_ASSIGN(auto output, (*sandbox)->log_tail(kLogLines));
      return ports::CommandOutcome{.exit_code = *code, .output = std::move(output)};
    }
    if (std::chrono::steady_clock::now() > until) {
      return Error{ErrorKind::TimedOut, fmt::format("{} did not end within {}", argv[0], format_duration(timeout))};
    }
    TRY(paused(kLook, stop));
  }
}

Result<image::FileTree> read_file_tree(const std::string& root) {
  image::FileTree tree;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (auto at = fs::recursive_directory_iterator(root, options, error); at != fs::recursive_directory_iterator();
       at.increment(error)) {
    if (error) break;
    std::error_code gone;
    const auto status = at->symlink_status(gone);
    if (gone) continue;
    image::FileEntry entry;
    if (status.type() == fs::file_type::directory) {
      entry.kind = image::FileEntry::Kind::Directory;
    } else if (status.type() == fs::file_type::symlink) {
      entry.kind = image::FileEntry::Kind::Link;
      entry.target = fs::read_symlink(at->path(), gone).string();
    } else if (status.type() != fs::file_type::regular) {
      continue;
    }
    constexpr auto kExecute = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    entry.executable = (status.permissions() & kExecute) != fs::perms::none;
    tree.add(at->path().string().substr(root.size()), std::move(entry));
  }
  if (error) return Error{ErrorKind::Unavailable, fmt::format("reading {}: {}", root, error.message())};
  return tree;
}

Result<image::FileTree> ImageSandbox::files(const std::string& image_id) {
  const std::string what = "mounting image " + image_id;
  auto mounted = processes_.run({.argv = {"podman", "--log-level", "error", "image", "mount", image_id}}, {});
  if (!mounted.has_value()) return with_context(std::move(mounted), what);
  if (mounted->exit_code != 0) {
    const bool absent =
        mounted->err.find("not known") != std::string::npos || mounted->err.find("no such image") != std::string::npos;
    return Error{absent ? ErrorKind::NotFound : ErrorKind::Unavailable, fmt::format("{}: {}", what, mounted->err)};
  }
  std::string root = mounted->out;
  while (!root.empty() && root.back() == '\n') root.pop_back();
  auto tree = read_file_tree(root);
  (void)processes_.run({.argv = {"podman", "--log-level", "error", "image", "unmount", image_id}}, {});
  return tree;
}

}  // namespace sluice::podman
