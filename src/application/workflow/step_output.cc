#include "application/workflow/step_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::application {
namespace {

std::string property(const workflow::Command& command, const std::string& name) {
  const auto found = command.properties.find(name);
  return found == command.properties.end() ? std::string() : found->second;
}

int number(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

void SharedMasks::add(std::string_view value) {
  const std::scoped_lock lock(mutex_);
  masks_.add(value);
}

std::string SharedMasks::apply(std::string_view text) const {
  const std::scoped_lock lock(mutex_);
  return masks_.apply(text);
}

std::size_t SharedMasks::longest() const {
  const std::scoped_lock lock(mutex_);
  return masks_.longest();
}

StepOutput::StepOutput(Parts parts) : parts_(std::move(parts)), log_(parts_.log_path, std::ios::app) {}

void StepOutput::write(ports::Stream stream, std::string_view piece) {
  Buffer& buffer = buffers_[stream == ports::Stream::Out ? 0 : 1];
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view text = piece.substr(0, end);
    if (!buffer.skipping) buffer.text += text;
    if (end == std::string_view::npos) break;
    if (!buffer.skipping) take_line(stream, std::exchange(buffer.text, {}));
    buffer.skipping = false;
    piece.remove_prefix(end + 1);
  }
  log_.flush();  // what was said is there when this process is killed
  if (buffer.text.size() <= kLongestLineBytes) return;
  // A secret may begin in the last bytes, which are therefore not shown at all.
  buffer.text.resize(kLongestLineBytes - std::min(kLongestLineBytes, parts_.masks.longest()));
  show(stream, std::exchange(buffer.text, {}) + " … (the rest of this line is left out)");
  buffer.skipping = true;
}

void StepOutput::finish() {
  for (const ports::Stream stream : {ports::Stream::Out, ports::Stream::Err}) {
    Buffer& buffer = buffers_[stream == ports::Stream::Out ? 0 : 1];
    if (!buffer.text.empty()) take_line(stream, std::exchange(buffer.text, {}));
  }
  log_.flush();
}

void StepOutput::take_line(ports::Stream stream, std::string_view text) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  const auto command = commands_.read(text);
  if (!command) return show(stream, text);
  obey(*command);
}

void StepOutput::show(ports::Stream stream, std::string_view text) {
  std::string masked = parts_.masks.apply(text);
  log_ << format_rfc3339(parts_.clock.now()) << ' ' << masked << '\n';
  parts_.tell(OutputLine{parts_.job, parts_.step, stream, std::move(masked)});
}

void StepOutput::annotate(Severity severity, std::string message, const workflow::Command* command) {
  Annotation annotation{parts_.job, parts_.step, severity, {}, {}, parts_.masks.apply(message)};
  if (command != nullptr) {
    annotation.file = parts_.masks.apply(property(*command, "file"));
    annotation.at = {number(property(*command, "line")), number(property(*command, "col"))};
  }
  log_ << format_rfc3339(parts_.clock.now()) << ' '
       << (severity == Severity::Error     ? "error: "
           : severity == Severity::Warning ? "warning: "
                                           : "notice: ")
       << annotation.message << '\n';
  parts_.tell(annotation);
}

void StepOutput::obey(const workflow::Command& command) {
  if (command.name == "add-mask") {
    if (command.data.empty()) return annotate(Severity::Warning, "::add-mask:: names no value");
    parts_.masks.add(command.data);
    added_masks_.push_back(command.data);
  } else if (command.name == "error") {
    annotate(Severity::Error, command.data, &command);
  } else if (command.name == "warning") {
    annotate(Severity::Warning, command.data, &command);
  } else if (command.name == "notice") {
    annotate(Severity::Note, command.data, &command);
  } else if (command.name == "group") {
    show(ports::Stream::Out, "▸ " + command.data);
  } else if (command.name == "set-output") {
    outputs_.emplace_back(property(command, "name"), command.data);
  } else if (command.name == "set-env" || command.name == "add-path") {
    if (!parts_.allow_unsecure_commands) {
      refusal_ = fmt::format("::{}:: is refused: any output could send it; write to ${} instead", command.name,
                             command.name == "set-env" ? "GITHUB_ENV" : "GITHUB_PATH");
      return annotate(Severity::Error, refusal_);
    }
    if (command.name == "set-env") {
      env_.emplace_back(property(command, "name"), command.data);
    } else {
      path_.push_back(command.data);
    }
  } else if (command.name == "debug") {
    log_ << format_rfc3339(parts_.clock.now()) << " debug: " << parts_.masks.apply(command.data) << '\n';
  }
  // endgroup, echo, save-state, matchers and stop-commands have nothing to show or to keep here.
}

}  // namespace sluice::application
