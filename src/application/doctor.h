// `sluice doctor`: what this machine lacks, and the command that mends it. Looks, and changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ports/host.h"
#include "ports/processes.h"

namespace sluice::application {

struct DoctorFinding {
  enum class Status {
    Ok,
    Lacks,  ///< sluice cannot do its work like this.
    Note,   ///< It can; something is different from what one might expect.
  } status = Status::Ok;
  std::string name;  ///< What was looked at: `haproxy`, `open files`.
  std::string what;  ///< What was found, in a sentence's words.
  std::string mend;  ///< A command for a shell; empty where there is none.

  friend bool operator==(const DoctorFinding&, const DoctorFinding&) = default;
};

/// A program that sluice calls, as it was found.
struct ProgramFacts {
  enum class State { Found, Absent, Broken } state = State::Found;
  std::string answer;  ///< The first line that it printed, or why it could not be asked.
};

struct PodmanFacts {
  bool answers = false;
  std::string answer;          ///< Why not, when it does not.
  std::string storage_driver;  ///< `overlay`, `vfs`, …
  std::string storage_folder;
  long free_bytes = 0;  ///< There.
};

/// What a connection to the controller of this home met.
struct ControllerFacts {
  enum class State {
    Answers,
    Absent,
    Silent,   ///< It took the connection and did not answer in time.
    Refuses,  ///< It answered that it cannot serve this command, or the socket is another user's.
  } state = State::Absent;
  std::string message;  ///< For Refuses.
  int pid = 0;          ///< For Silent; 0 when unknown.
};

struct DoctorRequest {
  std::string home;                     ///< $SLUICE_HOME, absolute.
  std::string run;                      ///< $SLUICE_RUN, absolute.
  int wanted_receive_buffer_bytes = 0;  ///< For the lines that HAProxy sends.
  ControllerFacts controller;
  /// Connections that HAProxy gets when so many files may be open.
  int (*connections_within)(long most_files) = nullptr;
};

struct DoctorPorts {
  ports::Processes& processes;
  ports::Host& host;
};

/// In the order of what is needed first. Runs each program once, none for longer than some seconds.
std::vector<DoctorFinding> doctor(const DoctorRequest& request, const DoctorPorts& ports);

/// The judgements that `doctor` is made of: facts in, findings out.
DoctorFinding judge_program(const std::string& name, const ProgramFacts& facts);
DoctorFinding judge_user(const ports::HostFacts& facts);
DoctorFinding judge_open_files(const ports::HostFacts& facts, int connections);
DoctorFinding judge_cgroups(const ports::HostFacts& facts);
DoctorFinding judge_limits(const ports::HostFacts& facts);
DoctorFinding judge_systemd(const ports::HostFacts& facts);
DoctorFinding judge_receive_buffer(const ports::HostFacts& facts, int wanted_bytes);
std::vector<DoctorFinding> judge_podman(const PodmanFacts& facts);
/// `name` is the variable that names the folder.
DoctorFinding judge_folder(const std::string& name, const std::string& path, const ports::FolderFacts& facts);
DoctorFinding judge_disk(const std::string& name, const std::string& path, long free_bytes);
DoctorFinding judge_controller(const ControllerFacts& facts);

bool lacks_nothing(const std::vector<DoctorFinding>& findings);

/// `lacks  haproxy  it is not installed  → apt-get install haproxy`.
std::string to_string(const DoctorFinding& finding);
/// One JSON object: `type` (`finding`), `status`, `name`, `message`, `command` (null where there is none).
std::string to_json(const DoctorFinding& finding);

}  // namespace sluice::application
