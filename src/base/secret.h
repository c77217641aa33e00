// A value that must not be shown. It has no stream operator, no formatter and no conversion to text; only
// `reveal()` gives the value, so every place that shows one can be found by that word.
#pragma once

#include <string>
#include <utility>

namespace sluice {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

/// Tools write a value as a line: its end is no part of it.
inline void cut_line_end(std::string& value) {
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
}

}  // namespace sluice
