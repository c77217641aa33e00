#include "core/image/dockerfile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cctype>
#include <charconv>

#include "base/nearest_name.h"
#include "core/image/dockerfile_lines.h"

namespace sluice::image {
namespace {

constexpr std::array<std::string_view, 18> kInstructions = {
    "ADD",   "ARG",        "CMD",     "COPY", "ENTRYPOINT", "ENV",        "EXPOSE", "FROM",   "HEALTHCHECK",
    "LABEL", "MAINTAINER", "ONBUILD", "RUN",  "SHELL",      "STOPSIGNAL", "USER",   "VOLUME", "WORKDIR"};

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

/// Words that spaces separate; single and double quotes hold a word together and are taken off.
std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      open = true;
    } else if (is_space(c)) {
      if (open) words.push_back(std::exchange(word, {}));
      open = false;
    } else {
      word += c;
      open = true;
    }
  }
  if (open) words.push_back(word);
  return words;
}

/// The JSON form: a list of strings. Docker takes everything else as the shell form.
std::optional<std::vector<std::string>> exec_form(std::string_view text) {
  if (!text.starts_with('[')) return std::nullopt;
  boost::system::error_code failed;
  const auto value = boost::json::parse({text.data(), text.size()}, failed);
  if (failed || !value.is_array()) return std::nullopt;
  std::vector<std::string> arguments;
  for (const auto& item : value.as_array()) {
    if (!item.is_string()) return std::nullopt;
    arguments.emplace_back(item.as_string());
  }
  return arguments;
}

/// Reads one instruction from part of a logical line.
class InstructionReader {
 public:
  InstructionReader(const DockerLine& line, std::size_t from) : line_(line), at_(from) {}

  DockerInstruction read() {
    DockerInstruction instruction;
    skip_spaces();
    instruction.at = place();
    instruction.name = upper(word());
    skip_spaces();
    while (rest().starts_with("--")) {
      instruction.flags.emplace_back(word());
      skip_spaces();
    }
    instruction.arguments_at = rest().empty() ? instruction.at : place();
    instruction.arguments = rest();
    instruction.exec = exec_form(instruction.arguments);
    arguments_from_ = at_;
    return instruction;
  }
  std::size_t arguments_from() const { return arguments_from_; }

 private:
  std::string_view rest() const { return std::string_view(line_.text).substr(at_); }
  Position place() const { return at_ < line_.places.size() ? line_.places[at_] : Position(); }
  void skip_spaces() {
    while (at_ < line_.text.size() && is_space(line_.text[at_])) ++at_;
  }
  std::string_view word() {
    const auto from = at_;
    while (at_ < line_.text.size() && !is_space(line_.text[at_])) ++at_;
    return std::string_view(line_.text).substr(from, at_ - from);
  }

  const DockerLine& line_;
  std::size_t at_;
  std::size_t arguments_from_ = 0;
};

struct Delimiter {
  std::string word;
  bool strip_tabs = false;
};

/// `<<EOF`, `<<-EOF`, `<<"EOF"` in the arguments of RUN, COPY and ADD.
std::vector<Delimiter> delimiters(std::string_view arguments) {
  std::vector<Delimiter> found;
  for (std::size_t at = arguments.find("<<"); at != std::string_view::npos; at = arguments.find("<<", at)) {
    at += 2;
    Delimiter delimiter;
    if (at < arguments.size() && arguments[at] == '-') {
      delimiter.strip_tabs = true;
      ++at;
    }
    const bool quoted = at < arguments.size() && (arguments[at] == '"' || arguments[at] == '\'');
    if (quoted) ++at;
    while (at < arguments.size() && is_name(arguments[at])) delimiter.word += arguments[at++];
    if (!delimiter.word.empty()) found.push_back(std::move(delimiter));
  }
  return found;
}

/// No image is called that long: `ARG A=$A$A`, again and again, would fill the memory.
constexpr std::size_t kMostReplacedBytes = 4096;

/// Replaces `$NAME`, `${NAME}`, `${NAME:-default}`; a name without a value stays as it is written, and so does a text
/// that would grow beyond the limit.
std::string replaced(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (result.size() > kMostReplacedBytes) return std::string(text);
    if (text[at] != '$') {
      result += text[at++];
      continue;
    }
    const auto from = at++;
    const bool braces = at < text.size() && text[at] == '{';
    if (braces) ++at;
    const auto name_from = at;
    while (at < text.size() && is_name(text[at])) ++at;
    const std::string name(text.substr(name_from, at - name_from));
    std::optional<std::string> otherwise;
    if (braces) {
      const auto end = text.find('}', at);
      if (end == std::string_view::npos) return result.append(text.substr(from));
      if (text.substr(at, 2) == ":-") otherwise = text.substr(at + 2, end - at - 2);
      at = end + 1;
    }
    const auto value = values.find(name);
    if (value != values.end() && !(value->second.empty() && otherwise)) {
      result += value->second;
    } else {
      result += otherwise.value_or(std::string(text.substr(from, at - from)));
    }
  }
  return result;
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view file, const std::map<std::string, std::string>& args)
      : lines_(text), file_(file), args_(args) {}

  Dockerfile parse() {
    while (const auto line = lines_.next()) take(*line);
    if (dockerfile_.stages.empty()) error({1, 1}, "a Dockerfile needs a FROM");
    return std::move(dockerfile_);
  }

 private:
  void error(Position at, std::string message) {
    dockerfile_.findings.push_back({Severity::Error, std::string(file_), at, std::move(message)});
  }

  void take(const DockerLine& line) {
    InstructionReader reader(line, 0);
    auto instruction = reader.read();
    if (instruction.name == "ONBUILD" && !instruction.arguments.empty()) {
      InstructionReader inner(line, reader.arguments_from());
      instruction = inner.read();
      instruction.on_build = true;
    }
    if (std::find(kInstructions.begin(), kInstructions.end(), instruction.name) == kInstructions.end()) {
      const auto nearest = nearest_name(instruction.name, kInstructions);
      error(instruction.at, fmt::format("unknown instruction `{}`{}", instruction.name,
                                        nearest ? fmt::format("; did you mean `{}`?", *nearest) : ""));
      return;
    }
    read_documents(instruction);
    if (instruction.arguments.empty()) {
      error(instruction.at, fmt::format("{} needs an argument", instruction.name));
    } else if (instruction.name == "FROM" && !instruction.on_build) {
      start_stage(instruction);
    } else if (!dockerfile_.stages.empty()) {
      dockerfile_.stages.back().instructions.push_back(std::move(instruction));
    } else if (instruction.name == "ARG") {
      read_global_argument(instruction);
    } else {
      error(instruction.at, fmt::format("{} before the first FROM", instruction.name));
    }
  }

  void read_documents(DockerInstruction& instruction) {
    if (instruction.name != "RUN" && instruction.name != "COPY" && instruction.name != "ADD") return;
    for (const auto& delimiter : delimiters(instruction.arguments)) {
      auto body = lines_.document(delimiter.word, delimiter.strip_tabs);
      if (!body) {
        error(instruction.at, fmt::format("the here-document `{}` has no end", delimiter.word));
        return;
      }
      instruction.documents.push_back(std::move(*body));
    }
  }

  void read_global_argument(const DockerInstruction& instruction) {
    for (const auto& word : instruction.words()) {
      const auto equals = word.find('=');
      const std::string name = word.substr(0, equals);
      const auto given = args_.find(name);
      if (given != args_.end()) {
        values_[name] = given->second;
      } else if (equals != std::string::npos) {
        values_[name] = replaced(word.substr(equals + 1), values_);
      }
    }
  }

  void start_stage(const DockerInstruction& instruction) {
    const auto words = instruction.words();
    DockerStage stage{.base = replaced(words.empty() ? std::string_view() : words[0], values_),
                      .name = {},
                      .at = instruction.arguments_at,
                      .instructions = {}};
    if (words.size() == 3 && upper(words[1]) == "AS") {
      stage.name = words[2];
    } else if (words.size() != 1) {
      error(instruction.arguments_at, "FROM takes `IMAGE` or `IMAGE AS NAME`");
    }
    dockerfile_.stages.push_back(std::move(stage));
  }

  DockerLines lines_;
  std::string_view file_;
  const std::map<std::string, std::string>& args_;
  std::map<std::string, std::string> values_;
  Dockerfile dockerfile_;
};

}  // namespace

std::optional<std::string> DockerInstruction::flag(std::string_view flag_name) const {
  for (const auto& flag : flags) {
    const auto equals = flag.find('=');
    if (std::string_view(flag).substr(0, equals) != fmt::format("--{}", flag_name)) continue;
    return equals == std::string::npos ? std::string() : flag.substr(equals + 1);
  }
  return std::nullopt;
}

std::vector<std::string> DockerInstruction::words() const { return split_words(arguments); }

const DockerStage* Dockerfile::find_stage(std::string_view name) const {
  for (const auto& stage : stages) {
    if (!stage.name.empty() && stage.name == name) return &stage;
  }
  std::size_t number = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = failed == std::errc() && end == name.data() + name.size();
  return is_number && number < stages.size() ? &stages[number] : nullptr;
}

Dockerfile parse_dockerfile(std::string_view text, std::string_view file,
                            const std::map<std::string, std::string>& args) {
  return Parser(text, file, args).parse();
}

std::optional<DockerInstruction> health_command(const DockerInstruction& instruction) {
  if (instruction.name != "HEALTHCHECK") return std::nullopt;
  const std::string_view text = instruction.arguments;
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  if (upper(text.substr(0, end)) != "CMD") return std::nullopt;
  DockerInstruction command = instruction;
  command.name = "CMD";
  const auto from = std::min(text.find_first_not_of(" \t", end), text.size());
  command.arguments = text.substr(from);
  command.exec = exec_form(command.arguments);
  return command;
}

}  // namespace sluice::image
