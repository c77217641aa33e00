// Values that must not be shown, and text without them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::workflow {

class Masks {
 public:
  /// Hides `value` from now on: as it stands, each of its lines, and as it looks inside base64, JSON and a URL.
  /// Empty values and lines hide nothing.
  void add(std::string_view value);

  /// `text` with every hidden value replaced by `***`.
  std::string apply(std::string_view text) const;
  /// True when `apply` would change the text.
  bool hits(std::string_view text) const;

  /// In bytes; 0 without any. The end of a text that is shown piece by piece must be held back by one byte less.
  std::size_t longest() const { return longest_; }
  bool empty() const { return values_.empty(); }

 private:
  void add_one(std::string value);
  std::vector<bool> hidden_bytes(std::string_view text) const;

  std::vector<std::string> values_;
  std::size_t longest_ = 0;
};

}  // namespace sluice::workflow
