#include "adapters/aws/process_credentials.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace sluice::aws {
namespace {

constexpr Milliseconds kTimeout{60'000};
constexpr std::size_t kShown = 300;

bool is_version_one(const std::string& output) {
  boost::json::error_code failed;
  const boost::json::value parsed = boost::json::parse(output, failed);
  if (failed || !parsed.is_object()) return false;
  const boost::json::value* version = parsed.get_object().if_contains("Version");
  return version != nullptr && version->is_int64() && version->get_int64() == 1;
}

}  // namespace

Result<std::vector<std::string>> command_words(std::string_view command) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      if (word) words.push_back(std::move(*word));
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      *word += command[++i];
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      *word += c;
    }
  }
  if (quote != 0) return Error{ErrorKind::InvalidInput, "credential_process has a quote that is not closed"};
  if (word) words.push_back(std::move(*word));
  if (words.empty()) return Error{ErrorKind::InvalidInput, "credential_process names no program"};
  return words;
}

Result<Credentials> process_credentials(const Surroundings& around, const std::string& command,
                                        const std::stop_token& stop) {
  ports::ProcessRequest request;
  TRY_ASSIGN(request.argv, command_words(command));
  request.timeout = kTimeout;
  const std::string what = fmt::format("credential_process '{}'", request.argv.front());
  auto result = around.processes.run(request, stop);
  if (!result) return with_context(std::move(result), what);
  if (result->exit_code != 0) {
    const std::size_t skip = result->err.size() > kShown ? result->err.size() - kShown : 0;
    return Error{ErrorKind::Failed, fmt::format("{} exited {}: {}", what, result->exit_code, result->err.substr(skip))};
  }
  if (!is_version_one(result->out))
    return Error{ErrorKind::Failed, what + " printed no JSON object with \"Version\": 1"};
  return credentials_of_json(result->out, what);
}

}  // namespace sluice::aws
