#include "adapters/posix/secrets.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::posix {
namespace {

constexpr Milliseconds kCommandTimeout{30'000};
constexpr std::uintmax_t kLargestFileBytes = 1u << 20;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

Result<std::string> elsewhere(const std::string& name) {
  return Error{ErrorKind::InvalidInput, fmt::format("the secret {} is in AWS, not on this machine", name)};
}

}  // namespace

Result<rollout::SecretReference> Secrets::refer(const rollout::SecretSource&) {
  return Error{ErrorKind::InvalidInput, "a secret of this machine cannot be read from elsewhere"};
}

Result<Secret> Secrets::read(const rollout::SecretSource& source, const std::string& base_directory) {
  TRY_ASSIGN(std::string value,
             std::visit(Overloaded{
                            [&](const rollout::SecretFile& file) { return read_file(file, base_directory); },
                            [&](const rollout::SecretCommand& command) { return run_command(command, base_directory); },
                            [&](const rollout::SecretVariable& variable) { return read_variable(variable); },
                            [](const rollout::AwsSecret& secret) { return elsewhere(secret.id); },
                            [](const rollout::AwsParameter& parameter) { return elsewhere(parameter.name); },
                        },
                        source));
  cut_line_end(value);
  return Secret(std::move(value));
}

Result<std::string> Secrets::read_file(const rollout::SecretFile& file, const std::string& base_directory) {
  const std::filesystem::path path = std::filesystem::path(base_directory) / file.path;
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  if (is_folder) {
    return Error{ErrorKind::InvalidInput, fmt::format("cannot read the secret {}: it is a folder", path.string())};
  }
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > kLargestFileBytes) {
    return Error{ErrorKind::InvalidInput, fmt::format("cannot read the secret {}: it has {} bytes, at most {} are read",
                                                      path.string(), size, kLargestFileBytes)};
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    const int number = errno;
    const ErrorKind kind = number == EACCES || number == EPERM ? ErrorKind::Denied : ErrorKind::NotFound;
    return Error{kind, fmt::format("cannot read the secret {}: {}", path.string(), std::strerror(number))};
  }
  std::string value{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) return Error{ErrorKind::Failed, fmt::format("cannot read the secret {}", path.string())};
  return value;
}

Result<std::string> Secrets::run_command(const rollout::SecretCommand& command, const std::string& base_directory) {
  if (command.argv.empty()) return Error{ErrorKind::InvalidInput, "the command of a secret is empty"};
  const std::string context = fmt::format("reading a secret with the command '{}'", command.argv.front());
  auto result = processes_.run(ports::ProcessRequest{.argv = command.argv,
                                                     .env = {},
                                                     .directory = base_directory,
                                                     .input = {},
                                                     .timeout = kCommandTimeout,
                                                     .leftovers = ports::Leftovers::End,
                                                     .on_output = {}},
                               {});
  if (!result) return with_context(std::move(result), context);
  if (result->exit_code != 0) {
    // What the command wrote is not shown: it may hold a part of the value.
    return Error{ErrorKind::Failed, fmt::format("{}: it exited with {}", context, result->exit_code)};
  }
  return std::move(result->out);
}

Result<std::string> Secrets::read_variable(const rollout::SecretVariable& variable) {
  std::optional<std::string> value = variables_(variable.name);
  if (!value) {
    return Error{
        ErrorKind::NotFound,
        fmt::format("the variable {}, which holds a secret, is not known: set it where you call `sluice deploy` or, "
                    "after a restart of the machine, `sluice recover`",
                    variable.name)};
  }
  return *std::move(value);
}

std::optional<std::string> variable_of_this_process(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace sluice::posix
