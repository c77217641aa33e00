// Which format a recording is in, and its lines.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "core/recording/csv_line.h"
#include "core/recording/haproxy_line.h"
#include "core/recording/recorded_line.h"

namespace sluice::recording {

enum class Format { Ndjson, Csv, Haproxy, Alb };

std::string_view to_string(Format format);
/// Error: InvalidInput, with the names that there are.
Result<Format> parse_format(std::string_view name);
/// By a recording's first line that is not empty; nothing when it looks like none.
std::optional<Format> guess_format(std::string_view first_line);

class LineParser {
 public:
  /// `first_line` is the recording's first one that is not empty: CSV has its columns there. Error: InvalidInput.
  static Result<LineParser> create(Format format, std::string_view first_line, ArmNames arms);

  /// The first line is given here, too.
  RecordedLine parse(std::string_view text);

 private:
  LineParser(Format format, ArmNames arms) : format_(format), arms_(std::move(arms)), haproxy_(arms_) {}

  Format format_;
  ArmNames arms_;
  CsvColumns columns_;
  HaproxyLines haproxy_;
  bool skips_header_ = false;
};

}  // namespace sluice::recording
