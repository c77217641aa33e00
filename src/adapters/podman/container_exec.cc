#include "adapters/podman/container_exec.h"

#include <algorithm>
#include <boost/json.hpp>

namespace sluice::podman {
namespace {

namespace json = boost::json;

constexpr std::size_t kFrameHeader = 8;
constexpr std::size_t kKeptOutput = 4096;

Result<json::object> object_of(const std::string& text, const std::string& what) {
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  if (failed || !value.is_object()) return Error{ErrorKind::Failed, what + ": podman's answer is no JSON object"};
  return std::move(value.as_object());
}

Result<std::string> create_session(ApiClient& api, const std::string& container, const std::vector<std::string>& argv,
                                   const std::string& what, const std::stop_token& stop) {
  json::array command;
  for (const auto& argument : argv) command.emplace_back(argument);
  const json::object session{{"Cmd", command}, {"AttachStdout", true}, {"AttachStderr", true}};
  auto body = api.call(
      {.method = "POST", .path = "/containers/" + container + "/exec", .body = json::serialize(session)}, what, stop);
  if (!body.has_value()) {
    // A container that has ended answers 409 or, in podman 4.3, 500 with this text.
    const bool ended = body.error().kind == ErrorKind::Conflict ||
                       body.error().message.find("on running containers") != std::string::npos;
    if (ended) body.error().kind = ErrorKind::Unavailable;
    return std::move(body.error());
  }
  TRY_ASSIGN(const auto answer, object_of(*body, what));
  const auto* id = answer.if_contains("Id");
  if (id == nullptr || !id->is_string()) return Error{ErrorKind::Failed, what + ": podman named no session"};
  return std::string(id->as_string());
}

}  // namespace

std::string without_frames(std::string_view framed) {
  std::string text;
  while (framed.size() >= kFrameHeader) {
    std::size_t length = 0;
    for (std::size_t i = 4; i < kFrameHeader; ++i) length = length << 8 | static_cast<unsigned char>(framed[i]);
    framed.remove_prefix(kFrameHeader);
    length = std::min(length, framed.size());
    text += framed.substr(0, length);
    framed.remove_prefix(length);
  }
  return text;
}

Result<ports::CommandOutcome> run_in_container(ApiClient& api, const std::string& container,
                                               const std::vector<std::string>& argv, Milliseconds timeout,
                                               std::stop_token stop) {
  const std::string what = "running " + (argv.empty() ? std::string("nothing") : argv[0]) + " in " + container;
  TRY_ASSIGN(const auto session, create_session(api, container, argv, what, stop));
  TRY_ASSIGN(const auto output, api.call({.method = "POST",
                                          .path = "/exec/" + session + "/start",
                                          .body = R"({"Detach":false,"Tty":false})",
                                          .timeout = timeout},
                                         what, stop));
  TRY_ASSIGN(const auto body, api.call({.path = "/exec/" + session + "/json"}, what, stop));
  TRY_ASSIGN(const auto state, object_of(body, what));
  ports::CommandOutcome outcome;
  const auto* code = state.if_contains("ExitCode");
  if (code == nullptr || !code->is_int64()) return Error{ErrorKind::Failed, what + ": podman told no exit code"};
  outcome.exit_code = static_cast<int>(code->as_int64());
  outcome.output = without_frames(output);
  if (outcome.output.size() > kKeptOutput) outcome.output.erase(0, outcome.output.size() - kKeptOutput);
  return outcome;
}

}  // namespace sluice::podman
