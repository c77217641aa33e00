#include "core/recording/ndjson_line.h"

#include <boost/json.hpp>
#include <limits>
#include <optional>

#include "core/recording/decimal.h"

namespace sluice::recording {
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kNotAnObject = "not a JSON object on one line";

/// What the keys said, before it is judged.
struct Members {
  double t = kAbsent;
  double status = kAbsent;
  double latency = kAbsent;
  double log_errors = kAbsent;
  double weight = kAbsent;
  bool has_weight = false;
  std::optional<std::string_view> arm;
  std::string_view route;
  std::string_view request_id;
  std::array<double, analysis::kMostSequentialMetrics> metrics = silent_metrics();
};

/// A place for what is said of a metric of the user's own; null when the key is none's.
double* metric_of(Members& members, std::string_view key, const ArmNames& arms) {
  for (std::size_t i = 0; i < arms.metrics.size(); ++i) {
    if (arms.metrics[i] == key) return &members.metrics[i];
  }
  return nullptr;
}

RecordedLine judge(const Members& members, const ArmNames& arms) {
  if (!is_time(members.t)) return RecordedLine::bad("'t' is not a time in seconds");
  RecordedLine line;
  line.milliseconds = to_milliseconds(members.t);
  if (members.has_weight) {
    if (!to_weight(members.weight, line.weight)) return RecordedLine::bad("'weight' is not a percentage");
    line.kind = RecordedLine::Kind::Weight;
    return line;
  }
  if (!members.arm) return RecordedLine::bad("neither 'arm' nor 'weight' is there");
  if (*members.arm == arms.green) {
    line.arm = Arm::Green;
  } else if (*members.arm != arms.blue) {
    return RecordedLine::bad("'arm' is neither of the two colours");
  }
  line.kind = RecordedLine::Kind::Request;
  line.status = to_status(members.status);
  line.latency = members.latency >= 0 ? members.latency : -1;
  line.knows_log_errors = members.log_errors >= 0;
  line.log_errors = to_log_errors(members.log_errors);
  name_request(line, members.route, members.request_id);
  line.metrics = members.metrics;
  return line;
}

std::string_view* text_of(Members& members, std::string_view key) {
  if (key == "route") return &members.route;
  return key == "request_id" ? &members.request_id : nullptr;
}

double* number_of(Members& members, std::string_view key) {
  if (key == "t") return &members.t;
  if (key == "status") return &members.status;
  if (key == "latency_ms") return &members.latency;
  if (key == "log_errors") return &members.log_errors;
  if (key != "weight") return nullptr;
  members.has_weight = true;
  return &members.weight;
}

/// Reads flat objects without escapes, from left to right and once.
class Scanner {
 public:
  enum class Outcome { Read, Bad, Unsure };

  Scanner(std::string_view text, const ArmNames& arms)
      : at_(text.data()), end_(text.data() + text.size()), arms_(arms) {}

  Outcome read(Members& members) {
    skip_blanks();
    if (!take('{')) return Outcome::Bad;
    skip_blanks();
    if (take('}')) return at_the_end();
    for (;;) {
      if (const Outcome outcome = read_member(members); outcome != Outcome::Read) return outcome;
      skip_blanks();
      if (take('}')) return at_the_end();
      if (!take(',')) return Outcome::Bad;
      skip_blanks();
    }
  }

 private:
  Outcome read_member(Members& members) {
    std::string_view key;
    if (const Outcome outcome = read_string(key); outcome != Outcome::Read) return outcome;
    skip_blanks();
    if (!take(':')) return Outcome::Bad;
    skip_blanks();
    if (at_ == end_) return Outcome::Bad;
    if (*at_ == '{' || *at_ == '[') return Outcome::Unsure;
    double* number = number_of(members, key);
    double* metric = number == nullptr ? metric_of(members, key, arms_) : nullptr;
    if (metric != nullptr) number = metric;
    std::string_view* named = text_of(members, key);
    if (*at_ == '"') {
      std::string_view text;
      const Outcome outcome = read_string(text);
      if (key == "arm") members.arm = text;
      if (named != nullptr) *named = text;
      if (number != nullptr) *number = kAbsent;
      return outcome;
    }
    if (key == "arm") members.arm.reset();
    if (named != nullptr) *named = {};
    if (metric != nullptr && (*at_ == 't' || *at_ == 'f')) {
      return *at_ == 't' ? read_word("true", *metric, 1) : read_word("false", *metric, 0);
    }
    double ignored = 0;
    return read_scalar(number != nullptr ? *number : ignored);
  }

  Outcome read_string(std::string_view& text) {
    if (!take('"')) return Outcome::Bad;
    const char* begin = at_;
    for (; at_ != end_; ++at_) {
      if (*at_ == '"') {
        text = {begin, static_cast<std::size_t>(at_++ - begin)};
        return Outcome::Read;
      }
      // Escapes, control characters, and bytes that must be looked at as UTF-8.
      if (*at_ == '\\' || static_cast<unsigned char>(*at_) < 0x20 || static_cast<unsigned char>(*at_) >= 0x80) {
        return Outcome::Unsure;
      }
    }
    return Outcome::Bad;
  }

  Outcome read_scalar(double& value) {
    switch (*at_) {
      case 't': return read_word("true", value, kAbsent);
      case 'f': return read_word("false", value, kAbsent);
      case 'n': return read_word("null", value, kAbsent);
      case 'N': return read_word("NaN", value, kAbsent);
      case 'I': return read_word("Infinity", value, std::numeric_limits<double>::infinity());
      default: break;
    }
    const char* after = read_decimal(at_, end_, value);
    if (after == nullptr) return *at_ == '-' ? read_word("-Infinity", value, kAbsent) : Outcome::Bad;
    at_ = after;
    return Outcome::Read;
  }

  Outcome read_word(std::string_view word, double& value, double meaning) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word) {
      return Outcome::Bad;
    }
    at_ += word.size();
    value = meaning;
    return Outcome::Read;
  }

  Outcome at_the_end() {
    skip_blanks();
    return at_ == end_ ? Outcome::Read : Outcome::Bad;
  }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
  }

  const char* at_;
  const char* end_;
  const ArmNames& arms_;
};

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

}  // namespace

RecordedLine parse_ndjson_line(std::string_view text, const ArmNames& arms) {
  Members members;
  switch (Scanner(text, arms).read(members)) {
    case Scanner::Outcome::Read: return judge(members, arms);
    case Scanner::Outcome::Bad: return is_blank(text) ? RecordedLine::other() : RecordedLine::bad(kNotAnObject);
    case Scanner::Outcome::Unsure: break;
  }
  return parse_ndjson_line_whole(text, arms);
}

RecordedLine parse_ndjson_line_whole(std::string_view text, const ArmNames& arms) {
  namespace json = boost::json;
  if (is_blank(text)) return RecordedLine::other();
  json::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !value.is_object()) return RecordedLine::bad(kNotAnObject);
  Members members;
  // The document goes with this call; what is named of it stays with the line.
  std::string route;
  std::string request_id;
  for (const json::key_value_pair& member : value.get_object()) {
    const std::string_view key(member.key().data(), member.key().size());
    if (key == "arm" && member.value().is_string()) {
      const json::string& arm = member.value().get_string();
      members.arm = std::string_view(arm.data(), arm.size());
    }
    if (member.value().is_string() && (key == "route" || key == "request_id")) {
      const json::string& named = member.value().get_string();
      (key == "route" ? route : request_id).assign(named.data(), named.size());
    }
    double* metric = metric_of(members, key, arms);
    if (metric != nullptr) {
      *metric = kAbsent;
      if (member.value().is_number()) *metric = member.value().to_number<double>();
      if (member.value().is_bool()) *metric = member.value().get_bool() ? 1 : 0;
    }
    double* number = number_of(members, key);
    if (number != nullptr && member.value().is_number()) *number = member.value().to_number<double>();
  }
  std::shared_ptr<const std::string> texts;
  if (!route.empty() || !request_id.empty()) {
    texts = std::make_shared<const std::string>(route + request_id);
    members.route = std::string_view(*texts).substr(0, route.size());
    members.request_id = std::string_view(*texts).substr(route.size());
  }
  RecordedLine line = judge(members, arms);
  line.texts = std::move(texts);
  return line;
}

}  // namespace sluice::recording
