#include "core/recording/csv_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>

#include "core/recording/decimal.h"

namespace sluice::recording {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n')) {
    text.remove_suffix(1);
  }
  return text;
}

/// The fields of a line, one after the other. Quotes are taken off; doubled ones inside stay doubled, for no field that
/// is read here has any.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(trimmed(text)) {}

  bool next(std::string_view& field) {
    if (done_) return false;
    if (rest_.starts_with('"')) return next_quoted(field);
    const std::size_t comma = rest_.find(',');
    field = trimmed(rest_.substr(0, comma));
    advance(comma);
    return true;
  }
  bool is_broken() const { return broken_; }

 private:
  bool next_quoted(std::string_view& field) {
    std::size_t end = 1;
    for (; end < rest_.size(); ++end) {
      if (rest_[end] != '"') continue;
      if (end + 1 < rest_.size() && rest_[end + 1] == '"') {
        ++end;
        continue;
      }
      break;
    }
    if (end >= rest_.size()) return fail();
    field = trimmed(rest_.substr(1, end - 1));
    const std::string_view after = trimmed(rest_.substr(end + 1));
    if (!after.empty() && !after.starts_with(',')) return fail();
    advance(rest_.find(',', end + 1));
    return true;
  }
  bool fail() {
    broken_ = true;
    done_ = true;
    return false;
  }
  void advance(std::size_t comma) {
    if (comma == std::string_view::npos) {
      done_ = true;
      rest_ = {};
      return;
    }
    rest_ = rest_.substr(comma + 1);
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  std::string_view rest_;
  bool done_ = false;
  bool broken_ = false;
};

/// Not a number when the field holds none.
double number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  return read_decimal(text.data(), end, value) == end && !text.empty() ? value
                                                                       : std::numeric_limits<double>::quiet_NaN();
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lowered;
}

}  // namespace

Result<CsvColumns> CsvColumns::create(std::string_view header) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (header.starts_with(kByteOrderMark)) header.remove_prefix(kByteOrderMark.size());
  CsvColumns columns;
  Fields fields(header);
  std::string_view field;
  for (int place = 0; fields.next(field); ++place) {
    const auto name = std::ranges::find(kNames, lower(field));
    if (name == kNames.end()) continue;
    int& known = columns.place_[static_cast<std::size_t>(name - kNames.begin())];
    if (known != kAbsent) {
      return Error{ErrorKind::InvalidInput, fmt::format("the first line names the column '{}' twice", *name)};
    }
    known = place;
  }
  const bool has_subject = columns.place_[ArmName] != kAbsent || columns.place_[Share] != kAbsent;
  if (fields.is_broken() || columns.place_[T] == kAbsent || !has_subject) {
    return Error{
        ErrorKind::InvalidInput,
        "the first line must name the columns: t, arm, status, latency_ms, and where there are log_errors, weight, "
        "route and request_id"};
  }
  return columns;
}

RecordedLine CsvColumns::parse(std::string_view text, const ArmNames& arms) const {
  if (trimmed(text).empty()) return RecordedLine::other();
  std::array<std::string_view, kColumns> values;
  Fields fields(text);
  std::string_view field;
  int count = 0;
  for (; fields.next(field); ++count) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (place_[i] == count) values[i] = field;
    }
  }
  if (fields.is_broken()) return RecordedLine::bad("a quote is not closed");
  if (count <= place_[T]) return RecordedLine::bad("the line has fewer fields than the first one");
  const double t = number(values[T]);
  if (!is_time(t)) return RecordedLine::bad("'t' is not a time in seconds");
  RecordedLine line;
  line.milliseconds = to_milliseconds(t);
  if (!values[Share].empty()) {
    if (!to_weight(number(values[Share]), line.weight)) return RecordedLine::bad("'weight' is not a percentage");
    line.kind = RecordedLine::Kind::Weight;
    return line;
  }
  if (values[ArmName] == arms.green) {
    line.arm = Arm::Green;
  } else if (values[ArmName] != arms.blue) {
    return RecordedLine::bad("'arm' is neither of the two colours");
  }
  line.kind = RecordedLine::Kind::Request;
  line.status = to_status(number(values[Status]));
  const double latency = number(values[Latency]);
  line.latency = latency >= 0 ? latency : -1;
  const double log_errors = number(values[LogErrors]);
  line.knows_log_errors = log_errors >= 0;
  line.log_errors = to_log_errors(log_errors);
  name_request(line, values[Route], values[RequestId]);
  return line;
}

}  // namespace sluice::recording
