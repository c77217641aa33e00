// Members of an AppSpec file by their names, in whatever case, and what is wrong with them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/position.h"
#include "core/yaml/document.h"

namespace sluice::appspec {

bool same_word(std::string_view a, std::string_view b);

class DocumentReader {
 public:
  explicit DocumentReader(std::string_view file) : file_(file) {}

  void report(Position at, std::string message) {
    findings_.push_back(Finding{Severity::Error, file_, at, std::move(message)});
  }
  Findings take_findings() { return std::move(findings_); }

  /// True when it is a mapping; reports each key that is not in `known`, and one that is there twice. `noun`: whose
  /// keys they are, for messages.
  bool check_keys(const yaml::Node& node, std::string_view noun, std::span<const std::string_view> known);
  /// Null when it is not there, or empty. `mapping` may be anything.
  static const yaml::Node* find(const yaml::Node& mapping, std::string_view key);
  /// Likewise; its absence is reported at `mapping`.
  const yaml::Node* need(const yaml::Node& mapping, std::string_view key, std::string_view noun);

  /// A scalar as text; empty after a report when it is none.
  std::string text(const yaml::Node& node, std::string_view key);
  /// Nothing after a report.
  std::optional<int> number(const yaml::Node& node, std::string_view key, int least, int most);

 private:
  std::string file_;
  Findings findings_;
};

}  // namespace sluice::appspec
