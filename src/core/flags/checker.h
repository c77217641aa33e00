// What the parts of the flags' format have in common: keys, types, lengths, and where a mistake is.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/position.h"
#include "core/yaml/document.h"

namespace sluice::flags {

/// Letters, digits, `_` and `-`, a lower-case letter first, 64 at most: of flags and attributes.
bool is_key(std::string_view text);

class Checker {
 public:
  explicit Checker(std::string_view file) : file_(file) {}

  void report(Position at, std::string message, Severity severity = Severity::Error) {
    findings_.push_back(Finding{severity, file_, at, std::move(message)});
  }
  Findings take() { return std::move(findings_); }

  /// Whether it is a mapping; `what` for messages: `the flag 'x'`.
  bool is_mapping(const yaml::Node& node, std::string_view what);
  bool is_list(const yaml::Node& node, std::string_view what);
  bool is_flag(const yaml::Node& node, std::string_view what);  ///< true or false
  bool is_whole_number(const yaml::Node& node, std::string_view what);
  /// A text of `most` bytes at most.
  bool is_text(const yaml::Node& node, std::string_view what, std::size_t most);
  /// Of those, a name: 1 to 64 and on one line.
  bool is_name(const yaml::Node& node, std::string_view what);

  /// Reports each key of the mapping that is not of these, with the nearest one.
  void knows(const yaml::Node& mapping, std::string_view what, std::span<const std::string_view> keys);
  /// Whether a key is of the form that flags and attributes have.
  bool is_key(const yaml::Member& member, std::string_view noun);
  /// Reports a name that is none of `known`, with the nearest one. `sentence` says so: `there is no flag 'drak'`.
  void unknown(Position at, std::string_view sentence, std::string_view name, std::span<const std::string_view> known);

 private:
  std::string file_;
  Findings findings_;
};

}  // namespace sluice::flags
