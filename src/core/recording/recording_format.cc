#include "core/recording/recording_format.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/recording/alb_line.h"
#include "core/recording/ndjson_line.h"

namespace sluice::recording {
namespace {

constexpr std::array<Format, 4> kFormats{Format::Ndjson, Format::Csv, Format::Haproxy, Format::Alb};

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

}  // namespace

std::string_view to_string(Format format) {
  switch (format) {
    case Format::Ndjson: return "ndjson";
    case Format::Csv: return "csv";
    case Format::Haproxy: return "haproxy";
    case Format::Alb: return "alb";
  }
  std::unreachable();
}

Result<Format> parse_format(std::string_view name) {
  std::string names;
  for (const Format format : kFormats) {
    if (to_string(format) == name) return format;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", to_string(format));
  }
  return Error{ErrorKind::InvalidInput, fmt::format("there is no format '{}': there are {}", name, names)};
}

std::optional<Format> guess_format(std::string_view first_line) {
  const std::size_t begin = first_line.find_first_not_of(" \t");
  if (begin != first_line.npos && first_line[begin] == '{') return Format::Ndjson;
  if (is_alb_line(first_line)) return Format::Alb;
  if (is_haproxy_line(first_line)) return Format::Haproxy;
  if (CsvColumns::create(first_line)) return Format::Csv;
  return std::nullopt;
}

Result<LineParser> LineParser::create(Format format, std::string_view first_line, ArmNames arms) {
  LineParser parser(format, std::move(arms));
  if (format != Format::Csv) return parser;
  TRY_ASSIGN(parser.columns_, CsvColumns::create(first_line));
  parser.skips_header_ = true;
  return parser;
}

RecordedLine LineParser::parse(std::string_view text) {
  switch (format_) {
    case Format::Ndjson: return parse_ndjson_line(text, arms_);
    case Format::Haproxy: return haproxy_.parse(text);
    case Format::Alb: return parse_alb_line(text, arms_);
    case Format::Csv: break;
  }
  if (skips_header_ && !is_blank(text)) {
    skips_header_ = false;
    return RecordedLine::other();
  }
  return columns_.parse(text, arms_);
}

}  // namespace sluice::recording
