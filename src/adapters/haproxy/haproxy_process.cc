#include "adapters/haproxy/haproxy_process.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <random>
#include <sstream>

#include "adapters/haproxy/atomic_file.h"

namespace sluice::haproxy {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds kReloadedWithin{10'000};
constexpr Milliseconds kReloadPoll{2};
constexpr Milliseconds kCheckWithin{10'000};

long most_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return 1'000'000;
  return static_cast<long>(limit.rlim_max);
}

void pause_for(Milliseconds span) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable never;
  never.wait_for(lock, span);
}

}  // namespace

Result<std::string> probe_secret(const Settings& settings) {
  const std::string path = probe_secret_path(settings);
  auto there = read_file(path);
  if (there.has_value() && !there->empty()) {
    return there->substr(0, there->find('\n'));
  }
  std::random_device random;
  std::string secret = fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  TRY(write_atomically(path, secret + "\n"));
  return secret;
}

HaproxyProcess::HaproxyProcess(Settings settings, Surroundings surroundings)
    : settings_(std::move(settings)),
      around_(std::move(surroundings)),
      runtime_(settings_.run_directory + "/haproxy.sock"),
      master_(settings_.run_directory + "/haproxy-master.sock") {}

Settings HaproxyProcess::fitted(const RouterState& state) const {
  Settings settings = settings_;
  settings.most_connections = connections_within(most_files(), state);
  return settings;
}

Status HaproxyProcess::rewrite(const RouterState& state) {
  return write_atomically(settings_.home + "/haproxy.cfg", render(fitted(state), state));
}

Status HaproxyProcess::check_file(const std::string& path) const {
  auto checked = around_.processes.run({.argv = {"haproxy", "-c", "-q", "-f", path}, .timeout = kCheckWithin}, {});
  if (!checked.has_value()) return with_context(std::move(checked), "checking HAProxy's configuration");
  if (checked->exit_code == 0) return {};
  return Error{ErrorKind::InvalidInput,
               fmt::format("HAProxy refuses its configuration: {}{}", checked->out, checked->err)};
}

Status HaproxyProcess::apply(const RouterState& state, const RouterState& before) {
  const Settings settings = fitted(state);
  std::error_code error;
  std::filesystem::create_directories(settings.home, error);
  std::filesystem::create_directories(settings.run_directory, error);
  if (error) return Error{ErrorKind::Failed, fmt::format("making {}: {}", settings.run_directory, error.message())};
  if (auto secret = probe_secret(settings); !secret.has_value()) return std::move(secret.error());
  if (state.services.empty()) return {};
  TRY(write_atomically(routes_path(settings), render_routes(state)));
  const std::string candidate = settings.home + "/haproxy.candidate.cfg";
  TRY(write_atomically(candidate, render(settings, state)));
  Status done = check_file(candidate);
  if (done.has_value()) done = rewrite(state);
  if (done.has_value()) done = running() ? reload(structure_id(settings, state)) : start();
  if (done.has_value()) {
    TRY_ASSIGN(const std::string runs, running_structure());
    if (runs != structure_id(settings, state)) done = reload(structure_id(settings, state));
  }
  if (done.has_value()) {
    hold_listeners(state);
    return done;
  }
  if (before.services.empty()) return done;
  TRY(write_atomically(routes_path(settings), render_routes(before)));
  TRY(rewrite(before));
  // A master whose reload failed waits for a good one; it says nothing in either case.
  if (running()) std::ignore = master_.command("reload");
  return done;
}

Status HaproxyProcess::start() {
  ports::DaemonRequest request{
      .name = "haproxy",
      .argv = {"haproxy", "-W", "-S", settings_.run_directory + "/haproxy-master.sock,mode,600", "-f",
               settings_.home + "/haproxy.cfg"},
      .prepare = [settings = settings_]() -> Status {
        std::error_code error;
        std::filesystem::create_directories(settings.run_directory, error);
        if (error)
          return Error{ErrorKind::Failed, fmt::format("making {}: {}", settings.run_directory, error.message())};
        auto secret = probe_secret(settings);
        if (!secret.has_value()) return std::move(secret.error());
        return {};
      },
      .inherits = [this] { return around_.listeners.inheritance(); },
      .answers = [this] { return running_structure().has_value(); },
  };
  TRY_ASSIGN(daemon_, around_.daemons.supervise(std::move(request)));
  return {};
}

Result<std::string> HaproxyProcess::running_info(std::string_view field) const {
  TRY_ASSIGN(const std::string info, runtime_.command("show info"));
  const std::string before = fmt::format("\n{}: ", field);
  const auto at = info.find(before);
  if (at == std::string::npos) return std::string();
  const auto start = at + before.size();
  return info.substr(start, info.find('\n', start) - start);
}

void HaproxyProcess::hold_listeners(const RouterState& state) const {
  std::set<std::string> addresses;
  for (const auto& service : state.services) addresses.insert(service.routed.listen);
  const auto pid = running_info("Pid");
  Status held = pid.has_value() ? around_.listeners.match(addresses, std::atoi(pid->c_str())) : Status(pid.error());
  if (held.has_value() || !around_.report) return;
  around_.report(with_context(std::move(held),
                              "a HAProxy that dies will refuse connections until the next one runs, since its "
                              "listening sockets are held by nobody else"));
}

Status HaproxyProcess::reload(const std::string& structure) const {
  bool told = false;
  for (const auto until = Clock::now() + kReloadedWithin; Clock::now() < until; pause_for(kReloadPoll)) {
    const auto runs = running_structure();
    if (runs.has_value() && *runs == structure) return {};
    // A HAProxy that died just now comes back with the file that it is to take.
    if (!told) {
      const auto answer = master_.command("reload");
      told = answer.has_value() || answer.error().kind != ErrorKind::Unavailable;
    }
    const auto processes = master_.command("show proc");
    if (processes.has_value() && processes->find("[failed: 0]") == std::string::npos &&
        processes->find("[failed:") != std::string::npos) {
      return Error{ErrorKind::Failed,
                   "HAProxy could not take its new configuration; the former one serves on (see its log)"};
    }
  }
  return Error{ErrorKind::TimedOut,
               "HAProxy did not take its new configuration within " + format_duration(kReloadedWithin)};
}

std::vector<int> HaproxyProcess::old_workers() const {
  std::vector<int> workers;
  const auto processes = master_.command("show proc");
  if (!processes.has_value()) return workers;
  std::istringstream lines(*processes);
  bool old = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# ")) old = line.starts_with("# old workers");
    std::istringstream fields(line);
    int pid = 0;
    std::string kind;
    if (old && fields >> pid >> kind && kind == "worker") workers.push_back(pid);
  }
  return workers;
}

Result<std::string> HaproxyProcess::old_worker_command(int pid, std::string_view line) const {
  return master_.command(fmt::format("@!{} {}", pid, line));
}

}  // namespace sluice::haproxy
