#include "adapters/posix/processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "adapters/posix/process_cgroup.h"
#include "adapters/posix/process_run.h"
#include "adapters/posix/program_path.h"

namespace sluice::posix {
namespace {

Error unavailable(std::string_view what) {
  return Error{ErrorKind::Unavailable, fmt::format("{}: {}", what, std::strerror(errno))};
}

/// Standard input as a file in memory: the child reads at its own pace and nobody has to feed a pipe.
Result<Descriptor> open_input(const std::string& input) {
  if (input.empty()) {
    Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!nothing.is_open()) return unavailable("cannot open /dev/null");
    return nothing;
  }
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (!file.is_open()) return unavailable("cannot keep standard input in memory");
  for (std::size_t done = 0; done < input.size();) {
    const ssize_t written = ::write(file.number(), input.data() + done, input.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return unavailable("cannot keep standard input in memory");
    done += static_cast<std::size_t>(written);
  }
  if (::lseek(file.number(), 0, SEEK_SET) != 0) return unavailable("cannot rewind standard input");
  return file;
}

struct Pipe {
  Descriptor reader;
  Descriptor writer;
};

Result<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return unavailable("cannot open a pipe");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return unavailable("cannot open a pipe");
  return pipe;
}

std::vector<std::string> environment_of(const ports::ProcessRequest& request) {
  std::vector<std::string> variables;
  if (!request.env) {
    for (char** variable = ::environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
    return variables;
  }
  for (const auto& [name, value] : *request.env) variables.push_back(fmt::format("{}={}", name, value));
  return variables;
}

std::string search_path(const ports::ProcessRequest& request) {
  if (request.env) {
    const auto found = request.env->find("PATH");
    return found == request.env->end() ? std::string() : found->second;
  }
  const char* inherited = std::getenv("PATH");
  return inherited == nullptr ? std::string() : std::string(inherited);
}

}  // namespace

Processes::Processes() : cgroup_parent_(ProcessCgroup::find_parent()) {
  if (cgroup_parent_) ProcessCgroup::end_abandoned(*cgroup_parent_);
}

Processes::Processes(Containment containment) {
  if (containment == Containment::Cgroup) cgroup_parent_ = ProcessCgroup::find_parent();
}

std::shared_ptr<ProcessCgroup> Processes::cgroup_of(const std::string& group) {
  if (!cgroup_parent_) return nullptr;
  const std::scoped_lock lock(groups_mutex_);
  auto& cgroup = groups_[group];
  if (!cgroup) {
    if (auto made = ProcessCgroup::create(*cgroup_parent_)) cgroup = std::make_shared<ProcessCgroup>(*std::move(made));
  }
  return cgroup;
}

void Processes::end_group(const std::string& group) {
  std::shared_ptr<ProcessCgroup> cgroup;
  {
    const std::scoped_lock lock(groups_mutex_);
    const auto found = groups_.find(group);
    if (found == groups_.end()) return;
    cgroup = std::move(found->second);
    groups_.erase(found);
  }
  if (cgroup) cgroup->kill_all();
}

Result<ports::ProcessResult> Processes::run(const ports::ProcessRequest& request, std::stop_token stop) {
  if (request.argv.empty()) return Error{ErrorKind::InvalidInput, "there is no program to start: argv is empty"};
  if (stop.stop_requested()) {
    return Error{ErrorKind::Cancelled, fmt::format("{} was not started: a stop was asked for", request.argv.front())};
  }
  TRY_ASSIGN(const std::string program, find_program(request.argv.front(), search_path(request)));
  TRY_ASSIGN(Descriptor input, open_input(request.input));
  TRY_ASSIGN(Pipe out, open_pipe());
  TRY_ASSIGN(Pipe err, open_pipe());
  // What is to live on is put into no cgroup of ours: it would end with it. A group's cgroup is shared, so nothing
  // but the process group is ended with the program itself.
  const std::shared_ptr<ProcessCgroup> shared = request.group.empty() ? nullptr : cgroup_of(request.group);
  const auto leftovers = shared ? ports::Leftovers::Keep : request.leftovers;
  std::optional<ProcessCgroup> cgroup;
  if (cgroup_parent_ && leftovers == ports::Leftovers::End) cgroup = ProcessCgroup::create(*cgroup_parent_);
  const ProcessCgroup* joined = shared ? shared.get() : cgroup ? &*cgroup : nullptr;
  TRY_ASSIGN(Child child, start_child(ChildRequest{
                              .program = program,
                              .argv = request.argv,
                              .environment = environment_of(request),
                              .directory = request.directory,
                              .input = input.number(),
                              .output = out.writer.number(),
                              .error = err.writer.number(),
                              .cgroup_members = joined != nullptr ? joined->members_descriptor() : -1,
                          }));
  input.close();
  out.writer.close();
  err.writer.close();
  ProcessRun run(request, ProcessRun::Parts{std::move(child), std::move(out.reader), std::move(err.reader),
                                            std::move(cgroup), leftovers});
  return run.wait(std::move(stop));
}

}  // namespace sluice::posix
