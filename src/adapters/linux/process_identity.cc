#include "adapters/linux/process_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sluice::linux_host {
namespace {

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct StatFields {
  char state = 0;
  pid_t session = 0;
  unsigned long long start = 0;
};

/// proc(5): the name in field 2 may hold spaces and brackets, so reading starts after its last ')'.
std::optional<StatFields> stat_of(pid_t pid) {
  const std::string text = read_all(fmt::format("/proc/{}/stat", pid));
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  StatFields fields;
  long skipped = 0;
  rest >> fields.state >> skipped >> skipped >> fields.session;  // 3 state, 4 ppid, 5 pgrp, 6 session
  for (int field = 7; field <= 21 && rest; ++field) rest >> skipped;
  rest >> fields.start;
  if (!rest) return std::nullopt;
  return fields;
}

std::string boot_id() {
  std::string id = read_all("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

std::vector<pid_t> all_processes() {
  std::vector<pid_t> pids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed == std::errc() && end == name.data() + name.size()) pids.push_back(pid);
  }
  return pids;
}

}  // namespace

std::string ProcessIdentity::to_line() const { return fmt::format("{} {} {}\n", boot_id, pid, start); }

std::optional<ProcessIdentity> ProcessIdentity::parse(std::string_view line) {
  std::istringstream in{std::string(line)};
  ProcessIdentity identity;
  in >> identity.boot_id >> identity.pid >> identity.start;
  if (!in || identity.pid <= 0) return std::nullopt;
  return identity;
}

std::optional<ProcessIdentity> identify(pid_t pid) {
  const auto fields = stat_of(pid);
  if (!fields || fields->state == 'Z' || fields->state == 'X') return std::nullopt;
  return ProcessIdentity{.boot_id = boot_id(), .pid = pid, .start = fields->start};
}

std::vector<std::string> arguments_of(pid_t pid) {
  std::istringstream in(read_all(fmt::format("/proc/{}/cmdline", pid)));
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(in, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

std::vector<pid_t> session_members(pid_t session) {
  std::vector<pid_t> members;
  for (const pid_t pid : all_processes()) {
    if (const auto fields = stat_of(pid); pid != session && fields && fields->session == session)
      members.push_back(pid);
  }
  return members;
}

bool runs_with(const std::vector<std::string>& running, const std::vector<std::string>& wanted) {
  return running.size() >= wanted.size() && !wanted.empty() &&
         std::equal(wanted.begin() + 1, wanted.end(), running.begin() + 1);
}

std::vector<pid_t> session_leaders_with(const std::vector<std::string>& arguments) {
  std::vector<pid_t> leaders;
  for (const pid_t pid : all_processes()) {
    if (!runs_with(arguments_of(pid), arguments)) continue;
    if (const auto fields = stat_of(pid); fields && fields->session == pid) leaders.push_back(pid);
  }
  return leaders;
}

}  // namespace sluice::linux_host
