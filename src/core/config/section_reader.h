// Reads one section of sluice.yaml whose values have ranges.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "core/analysis/alarm.h"
#include "core/config/form.h"
#include "core/config/reader.h"

namespace sluice::config {

struct Range {
  double least;
  double most;
};

/// Reads one section; what is out of range is told at its place and left at its default.
class SectionReader {
 public:
  SectionReader(Reader& reader, const yaml::Node* node) : reader_(reader), node_(node) {}

  void share(std::string_view key, double& out, Range range) {
    const yaml::Node* value = reader_.get(node_, key);
    if (value == nullptr) return;
    const double read = parse_share(value->text);
    if (read >= range.least && read <= range.most) {
      out = read;
      return;
    }
    reader_.report(value->begin, fmt::format("'{}' must lie between {:.6g}% and {:.6g}%, not '{}'", key,
                                             range.least * 100, range.most * 100, value->text));
  }
  void factor(std::string_view key, double& out, Range range) {
    const yaml::Node* value = reader_.get(node_, key);
    if (value == nullptr) return;
    const double read = parse_factor(value->text);
    if (read >= range.least && read <= range.most) {
      out = read;
      return;
    }
    reader_.report(value->begin, fmt::format("'{}' must lie between {:.6g}x and {:.6g}x, not '{}'", key, range.least,
                                             range.most, value->text));
  }
  void number(std::string_view key, double& out) {
    if (const yaml::Node* value = reader_.get(node_, key)) out = value->number;
  }
  void action(std::string_view key, analysis::Action& out) {
    if (std::string text; reader_.read(node_, key, text)) out = analysis::parse_action(text).value_or(out);
  }
  template <typename T>
  void plain(std::string_view key, T& out) {
    reader_.read(node_, key, out);
  }
  const yaml::Node* get(std::string_view key) const { return reader_.get(node_, key); }

 private:
  Reader& reader_;
  const yaml::Node* node_;
};

}  // namespace sluice::config
