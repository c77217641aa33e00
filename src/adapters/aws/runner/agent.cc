#include "adapters/aws/runner/agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice::aws::runner {
namespace {

constexpr int kNoTool = 90;

bool is_variable(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && std::ranges::all_of(name, fits) && (name.front() < '0' || name.front() > '9');
}

std::string addresses(const NextTurn& next) {
  return fmt::format("in={}\nout={}\n", quoted(next.in), quoted(next.out));
}

/// What `start_step` of the agent runs, with the agent's folder as $1.
std::string step_text(const ports::ScriptOrder& order) {
  std::string text = "echo $$ > \"$1/pid.new\" && mv \"$1/pid.new\" \"$1/pid\"\nrm -f \"$1/step\"\n";
  text += fmt::format("cd {0} 2>/dev/null || {{ echo \"the working directory \"{0}\" is not there\" >&2; exit 1; }}\n",
                      quoted(order.directory));
  std::string odd;
  for (const auto& [name, value] : order.env) {
    if (is_variable(name)) {
      text += fmt::format("export {}={}\n", name, quoted(value));
    } else {
      odd += " " + quoted(name + "=" + value);  // the shell has no such names, the system has
    }
  }
  for (auto folder = order.path.rbegin(); folder != order.path.rend(); ++folder) {
    text += fmt::format("PATH={}:$PATH\n", quoted(*folder));
  }
  text += odd.empty() ? "exec" : "exec env" + odd;
  for (const std::string& word : order.argv) text += " " + quoted(word);
  return text + "\n";
}

/// The numbers of a message's first line behind its kind; nothing where one is none.
std::optional<std::vector<std::size_t>> numbers_in(std::string_view text) {
  std::vector<std::size_t> numbers;
  while (!text.empty()) {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    std::size_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    numbers.push_back(number);
  }
  return numbers;
}

/// Cuts a body into pieces of these lengths, which are all of it.
std::optional<std::vector<std::string>> cut(std::string_view body, const std::vector<std::size_t>& lengths) {
  std::vector<std::string> pieces;
  for (const std::size_t length : lengths) {
    if (length > body.size()) return std::nullopt;
    pieces.emplace_back(body.substr(0, length));
    body.remove_prefix(length);
  }
  if (!body.empty()) return std::nullopt;
  return pieces;
}

}  // namespace

// Of the three tools the image needs one. Nothing here may need more than POSIX.
const char* const kBootstrap = R"sh(u=$SLUICE_AGENT; unset SLUICE_AGENT
f=$(mktemp "${TMPDIR:-/tmp}/sluice-start-XXXXXX") || exit 93
for n in 1 2 3 4 5; do
  if command -v curl >/dev/null 2>&1; then curl -fsS --max-time 60 -o "$f" "$u"
  elif command -v python3 >/dev/null 2>&1; then
    python3 -c 'import sys, urllib.request as u; open(sys.argv[2], "wb").write(u.urlopen(sys.argv[1], timeout=60).read())' "$u" "$f"
  elif wget --help 2>&1 | grep -q body-file; then wget -q -T 60 -O "$f" "$u"
  else echo 'sluice: the image has none of curl, python3 and GNU wget'; exit 90
  fi && exec sh "$f"
  sleep "$n"
done
exit 91)sh";

std::string_view meaning_of_exit(int code) {
  switch (code) {
    case kNoTool: return "the image has none of curl, python3 and GNU wget, one of which brings the job to it";
    case 91: return "the task cannot reach the bucket: see its subnets, security groups and way out";
    case 92: return "the task has heard nothing of sluice for ten minutes";
    case 93: return "the image has no mktemp, or no place for temporary files";
    case 127: return "the image has no sh";
    case 137: return "it was killed, as for want of memory";
    default: return {};
  }
}

std::string quoted(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string agent_program(const NextTurn& first, const std::string& folder) {
  return fmt::format("rm -f \"$0\"\nbase={}\n", quoted(folder)) + addresses(first) + kAgent;
}

std::string go_on(const NextTurn& next) { return addresses(next); }

std::string send_signal(const NextTurn& next, std::string_view name) {
  return addresses(next) + fmt::format("send_signal {}\n", name);
}

std::string start_step(const NextTurn& next, const ports::ScriptOrder& order) {
  std::string command = addresses(next);
  for (const auto& [path, content] : order.files) {
    const std::string folder = path.substr(0, path.rfind('/'));
    command += fmt::format("mkdir -p {} && printf %s {} > {}\n", quoted(folder), quoted(content), quoted(path));
  }
  std::string back;
  for (const std::string& path : order.read_back) back += path + "\n";
  command +=
      fmt::format("printf %s {} > \"$d/back\"\nprintf %s {} > \"$d/step\"\n", quoted(back), quoted(step_text(order)));
  return command + "rm -f \"$d/command\"\nstart_step\n";
}

std::string unpack(const NextTurn& next, const std::string& url, const std::string& folder) {
  return addresses(next) + fmt::format("unpack {} {}\n", quoted(url), quoted(folder));
}

std::string pack(const NextTurn& next, const std::string& folder, const std::string& url) {
  return addresses(next) + fmt::format("pack {} {}\n", quoted(folder), quoted(url));
}

std::string quit() { return "quit 0\n"; }

Result<Message> parse_message(std::string_view bytes) {
  const Error wrong{ErrorKind::Failed, "the job's task said what its agent never says: something else writes there"};
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return wrong;
  const std::string_view line = bytes.substr(0, end);
  const std::string_view body = bytes.substr(end + 1);
  const std::string_view kind = line.substr(0, line.find(' '));
  Message message;
  if (kind == "hello" || kind == "done" || kind == "failed") {
    message.kind = kind == "hello"  ? Message::Kind::Hello
                   : kind == "done" ? Message::Kind::Done
                                    : Message::Kind::Failed;
    message.output = body;
    return message;
  }
  auto numbers = numbers_in(line.substr(kind.size()));
  if (!numbers) return wrong;
  if (kind == "ended" && !numbers->empty()) {
    message.kind = Message::Kind::Ended;
    message.exit_code = static_cast<int>(numbers->front());
    numbers->erase(numbers->begin());
  } else if (kind == "running") {
    message.kind = Message::Kind::Running;
  } else {
    return wrong;
  }
  auto pieces = cut(body, *numbers);
  if (!pieces || pieces->empty()) return wrong;
  message.output = std::move(pieces->front());
  message.files.assign(std::make_move_iterator(pieces->begin() + 1), std::make_move_iterator(pieces->end()));
  return message;
}

}  // namespace sluice::aws::runner
