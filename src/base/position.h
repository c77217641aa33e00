// A place in a user's file, and a finding there.
#pragma once

#include <string>
#include <vector>

namespace sluice {

/// Line and column, both counted from 1; columns count characters (code points), not bytes. 0 is "unknown".
struct Position {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

enum class Severity { Error, Warning, Note };

/// What a check of a user's file found. Printed as `file:line:column: error: message`.
struct Finding {
  Severity severity = Severity::Error;
  std::string file;
  Position at;
  std::string message;  ///< One line: what is wrong, what was meant, the nearest valid name.
  friend bool operator==(const Finding&, const Finding&) = default;
};

using Findings = std::vector<Finding>;

/// `file:line:column: error: message`, the form that editors and compilers share.
std::string to_string(const Finding& finding);
bool has_errors(const Findings& findings);

}  // namespace sluice
