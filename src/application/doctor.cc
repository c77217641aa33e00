#include "application/doctor.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <sstream>

#include "base/json_text.h"

namespace sluice::application {
namespace {

constexpr Milliseconds kProgramAnswersWithin{10'000};
constexpr Milliseconds kPodmanAnswersWithin{30'000};

struct Program {
  const char* name;
  const char* version_option;
};

/// Those that a deployment needs. `trivy` comes after them: only a configuration with a scan gate needs it.
constexpr std::array kPrograms = {
    Program{"podman", "--version"}, Program{"runc", "--version"},
    Program{"conmon", "--version"}, Program{"catatonit", "--version"},
    Program{"haproxy", "-v"},       Program{"buildah", "--version"},
    Program{"skopeo", "--version"}, Program{"docker-registry", "--version"},
    Program{"git", "--version"},    Program{"trivy", "--version"},
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// What a program said that failed: the last line that is not empty, where tools put the cause.
std::string last_line(std::string text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

ProgramFacts ask_program(ports::Processes& processes, const Program& program) {
  ports::ProcessRequest request;
  request.argv = {program.name, program.version_option};
  request.timeout = kProgramAnswersWithin;
  const auto result = processes.run(request, {});
  using State = ProgramFacts::State;
  if (!result) {
    return {result.error().kind == ErrorKind::NotFound ? State::Absent : State::Broken, result.error().message};
  }
  if (result->exit_code != 0) return {State::Broken, last_line(result->err)};
  return {State::Found, first_line(result->out.empty() ? result->err : result->out)};
}

PodmanFacts ask_podman(const DoctorPorts& ports) {
  ports::ProcessRequest request;
  request.argv = {"podman", "--runtime", "runc", "info", "--format", "{{.Store.GraphDriverName}} {{.Store.GraphRoot}}"};
  request.timeout = kPodmanAnswersWithin;
  const auto result = ports.processes.run(request, {});
  PodmanFacts facts;
  if (!result) {
    facts.answer = result.error().message;
  } else if (result->exit_code != 0) {
    facts.answer = last_line(result->err);
  } else {
    facts.answers = true;
    std::istringstream(result->out) >> facts.storage_driver >> facts.storage_folder;
    facts.free_bytes = ports.host.folder(facts.storage_folder).free_bytes;
  }
  return facts;
}

std::string_view name_of(DoctorFinding::Status status) {
  switch (status) {
    case DoctorFinding::Status::Ok: return "ok";
    case DoctorFinding::Status::Lacks: return "lacks";
    case DoctorFinding::Status::Note: return "note";
  }
  return "";
}

}  // namespace

std::vector<DoctorFinding> doctor(const DoctorRequest& request, const DoctorPorts& ports) {
  const ports::HostFacts host = ports.host.facts(request.wanted_receive_buffer_bytes);
  std::vector<DoctorFinding> findings{judge_user(host)};
  bool podman_is_there = false;
  for (const Program& program : kPrograms) {
    const ProgramFacts facts = ask_program(ports.processes, program);
    if (std::string_view(program.name) == "podman") podman_is_there = facts.state == ProgramFacts::State::Found;
    findings.push_back(judge_program(program.name, facts));
  }
  if (podman_is_there) std::ranges::copy(judge_podman(ask_podman(ports)), std::back_inserter(findings));
  for (const auto& [name, path] : {std::pair{"SLUICE_HOME", request.home}, std::pair{"SLUICE_RUN", request.run}}) {
    findings.push_back(judge_folder(name, path, ports.host.folder(path)));
  }
  findings.push_back(judge_disk("disk", request.home, ports.host.folder(request.home).free_bytes));
  findings.push_back(judge_open_files(host, host.most_files ? request.connections_within(*host.most_files) : 0));
  findings.push_back(judge_limits(host));
  findings.push_back(judge_cgroups(host));
  findings.push_back(judge_receive_buffer(host, request.wanted_receive_buffer_bytes));
  findings.push_back(judge_systemd(host));
  findings.push_back(judge_controller(request.controller));
  return findings;
}

bool lacks_nothing(const std::vector<DoctorFinding>& findings) {
  return std::ranges::none_of(
      findings, [](const DoctorFinding& finding) { return finding.status == DoctorFinding::Status::Lacks; });
}

std::string to_string(const DoctorFinding& finding) {
  std::string text(name_of(finding.status));
  text.resize(7, ' ');
  std::string name = finding.name;
  if (name.size() < 16) name.resize(16, ' ');
  text += name + " " + finding.what;
  return finding.mend.empty() ? text : text + "  → " + finding.mend;
}

std::string to_json(const DoctorFinding& finding) {
  boost::json::value command;
  if (!finding.mend.empty()) command = finding.mend;
  return to_json_text(boost::json::object{{"type", "finding"},
                                          {"status", name_of(finding.status)},
                                          {"name", finding.name},
                                          {"message", finding.what},
                                          {"command", command}});
}

}  // namespace sluice::application
