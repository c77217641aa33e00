// Reads nodes of a workflow file into fields, and collects what is wrong with them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"
#include "core/workflow/field.h"
#include "core/workflow/workflow.h"
#include "core/yaml/document.h"

namespace sluice::workflow {

class Reader {
 public:
  Reader(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  void error(Position at, std::string message) { add(Severity::Error, at, std::move(message)); }
  void warning(Position at, std::string message) { add(Severity::Warning, at, std::move(message)); }
  void note(Position at, std::string message) { add(Severity::Note, at, std::move(message)); }
  Findings& findings() { return findings_; }
  const std::string& file() const { return file_; }

  /// True when the node is a mapping; names that differ only by case are errors. `what` (`a job`) is for messages.
  bool is_mapping(const yaml::Node& node, std::string_view what);
  /// As `is_mapping`; keys that are not `allowed` are errors too.
  bool has_only(const yaml::Node& node, std::span<const std::string_view> allowed, std::string_view what);

  /// Any value, with expressions where they stand.
  Field field(const yaml::Node& node, const ExpressionPlace& place);
  /// A scalar; `what` is for messages (`a job's name`).
  std::optional<Field> scalar(const yaml::Node& node, const ExpressionPlace& place, std::string_view what);
  std::optional<Field> boolean(const yaml::Node& node, const ExpressionPlace& place, std::string_view what);
  std::optional<Field> number(const yaml::Node& node, const ExpressionPlace& place, std::string_view what);
  /// A mapping of names to scalars, or an expression that gives one.
  std::optional<Field> scalars(const yaml::Node& node, const ExpressionPlace& place, std::string_view what);
  std::optional<Condition> condition(const yaml::Node& node, const ExpressionPlace& place);

  /// Text without expressions.
  std::optional<std::string> plain_text(const yaml::Node& node, std::string_view what);
  /// One text or a list of them, each with its place.
  struct Word {
    std::string text;
    Position at;
  };
  std::vector<Word> words(const yaml::Node& node, std::string_view what);

  /// A name of letters, digits, `-` and `_` that begins with a letter or `_`; else an error.
  bool check_id(std::string_view id, Position at, std::string_view what);

  /// Where the character at `offset` of a scalar's text stands in the file. Exact for plain, quoted and literal
  /// scalars without escapes; the scalar's begin where the text was folded.
  Position place_in(const yaml::Node& scalar, std::size_t offset) const;

 private:
  void add(Severity severity, Position at, std::string message);
  void wrong_type(const yaml::Node& node, std::string_view what, std::string_view expected);

  std::string_view text_;
  std::string file_;
  Findings findings_;
};

/// ` (did you mean 'x'?)`, or nothing when no candidate is near.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace sluice::workflow
