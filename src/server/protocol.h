// What a command and the controller say to each other over the control socket: JSON objects, one a line.
//
// The command sends one request and then only listens; closing the connection tells the controller that nobody
// listens any more (a deployment goes on, a workflow run is cancelled). The controller answers with any number of
// event objects, each with a string field `type`, and last `{"type":"end","exit_code":N,"message":"…"}`.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::server {

inline constexpr int kProtocolVersion = 1;
inline constexpr std::size_t kLongestLine = 16u << 20;

/// Exit codes of the commands, as `design.md` lists them for `deploy`.
enum class ExitCode {
  Succeeded = 0,
  RolledBack = 1,  ///< Also: the command failed, a job failed, findings were errors.
  Usage = 2,       ///< Usage or configuration.
  Held = 3,
  FailedBeforeTraffic = 4,
  Cancelled = 5,
  Conflict = 6,  ///< Another deployment has the service.
};

/// Options and positional arguments of a command, by long name without dashes. Flags have one empty value.
struct Arguments {
  std::map<std::string, std::vector<std::string>> values;

  bool has(std::string_view name) const;
  /// The last value, or empty.
  std::string one(std::string_view name) const;
  std::vector<std::string> many(std::string_view name) const;
  void add(std::string name, std::string value) { values[std::move(name)].push_back(std::move(value)); }
};

struct Request {
  std::string id;         ///< Fresh for each command; the same when it is sent again. A deployment takes it as its own.
  std::string command;    ///< `deploy`, `image build`, …
  std::string directory;  ///< Absolute working directory of the command.
  std::string user;       ///< Who asks; the controller overrides it by the socket's peer.
  Arguments arguments;
  /// The step of a workflow run that the command runs in, `RUN/JOB/STEP` (the variable SLUICE_STEP); else empty.
  std::string step;
  /// The journal that the command means (SLUICE_JOURNAL without its options); empty: the controller's.
  std::string journal;
  /// Variables of the command's environment that its configuration may name as secrets' sources, and no others.
  std::map<std::string, std::string> variables;
};

std::string to_line(const Request& request);
/// Error: InvalidInput (also for another protocol version: says which to restart).
Result<Request> read_request(std::string_view line);

struct Places {
  std::string home;  ///< State, journal, logs, registry data: $SLUICE_HOME.
  std::string run;   ///< Sockets and HAProxy's files: $SLUICE_RUN.
  std::string control_socket() const { return run + "/control.sock"; }
  std::string controller_log() const { return home + "/logs/controller.log"; }
};
/// From $SLUICE_HOME and $SLUICE_RUN, else /var/lib/sluice and /run/sluice for root, else below the user's own
/// folders. Error: InvalidInput when a path is not absolute or a socket's path would be too long (108 bytes).
Result<Places> places_from_environment();

}  // namespace sluice::server
