// HAProxy's command sockets (management guide 2.6, section 9.3), and the tables they answer with.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sluice::haproxy {

class RuntimeSocket {
 public:
  explicit RuntimeSocket(std::string path, Milliseconds timeout = Milliseconds(2000))
      : path_(std::move(path)), timeout_(timeout) {}

  /// Sends one line (commands separated by `;`) on a connection of its own and reads to the end, trailing blank lines
  /// cut off. Errors: Unavailable (nobody listens: nothing happened), UnknownOutcome (sent, the answer was lost).
  Result<std::string> command(std::string_view line) const;

  /// For commands that say nothing when they succeed: any text is Failed with that text.
  Status silent_command(std::string_view line) const;

 private:
  std::string path_;
  Milliseconds timeout_;
};

using TableRow = std::map<std::string, std::string, std::less<>>;

/// A table whose header line begins with `# `: `show stat` (separator ',') and `show servers state` (' ').
std::vector<TableRow> parse_table(std::string_view text, char separator);

/// A row's number; 0 when the field is missing, empty or no number.
long long number_in(const TableRow& row, std::string_view field);
std::string text_in(const TableRow& row, std::string_view field);

}  // namespace sluice::haproxy
