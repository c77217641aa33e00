#include "core/recording/haproxy_line.h"

#include "core/recording/haproxy_log_line.h"

namespace sluice::recording {
namespace {

/// Every controller chooses a token of its own; a recording has one, which says nothing here.
std::optional<HaproxyLogLine> parse_with_any_token(std::string_view text) {
  return parse_haproxy_log_line(text, text.substr(0, text.find(' ')));
}

/// `shop.local.web:a` and `shop.local.web:b` are each other's.
std::string other_backend(std::string_view backend) {
  std::string other(backend);
  other.back() = other.back() == 'a' ? 'b' : 'a';
  return other;
}

bool names_a_slot(std::string_view backend) { return backend.ends_with(":a") || backend.ends_with(":b"); }

}  // namespace

bool is_haproxy_line(std::string_view text) {
  const auto line = parse_with_any_token(text);
  return line && names_a_slot(line->backend);
}

bool HaproxyLines::find_arm(std::string_view backend, Arm& arm) {
  if (!knows_arms_) {
    knows_arms_ = true;
    if (arms_.blue == ArmNames{}.blue && arms_.green == ArmNames{}.green) {
      arms_ = {.blue = std::string(backend), .green = other_backend(backend)};
    }
  }
  const bool is_green = backend.ends_with(arms_.green);
  arm = is_green ? Arm::Green : Arm::Blue;
  return is_green || backend.ends_with(arms_.blue);
}

RecordedLine HaproxyLines::parse(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == text.npos) return RecordedLine::other();
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  const auto line = parse_with_any_token(text);
  if (!line) return RecordedLine::bad("not a line of sluice's HAProxy, or not a whole one");
  // A request that no service was found for has another backend.
  if (line->probe || !names_a_slot(line->backend)) return RecordedLine::other();
  RecordedLine recorded;
  if (!find_arm(line->backend, recorded.arm)) return RecordedLine::other();
  recorded.kind = RecordedLine::Kind::Request;
  recorded.milliseconds = line->at.time_since_epoch().count();
  const bool answered = line->status >= 100;
  recorded.status = answered && is_server_error(*line) ? 500 : to_status(line->status);
  recorded.latency = line->latency;
  recorded.method = line->method;
  recorded.path = line->path;
  recorded.request_id = line->request_id;
  return recorded;
}

}  // namespace sluice::recording
