// Patterns of trigger filters (docs.github.com, "Filter pattern cheat sheet").
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::workflow {

/// `*` does not cross `/`, `**` does; `**/` also stands for no folder at all; `?` and `+` repeat the character or set
/// before them (0 or 1 times, at least once); `[a-z]` is one character of a set; `\` takes the next one as it is.
class Glob {
 public:
  struct Mistake {
    std::size_t offset = 0;  ///< Byte in the pattern.
    std::string message;
  };
  static std::expected<Glob, Mistake> parse(std::string_view pattern);

  /// True when the whole of `name` fits. Time grows with the product of both lengths at worst.
  bool matches(std::string_view name) const;

 private:
  struct Characters {
    std::vector<std::pair<char32_t, char32_t>> ranges;  ///< Both ends included.
    bool contains(char32_t c) const;
  };
  enum class Repeat { Once, Optional, OneOrMore };
  enum class Sort {
    One,      ///< A character of `characters`, repeated as `repeat` says.
    Star,     ///< Any number of characters but `/`.
    AnyStar,  ///< Any number of characters.
    Folders,  ///< `**/`: nothing, or anything that ends with `/`.
  };
  struct Element {
    Sort sort = Sort::One;
    Characters characters;
    Repeat repeat = Repeat::Once;
  };
  class Reader;

  std::vector<Element> elements_;
};

/// The patterns of one filter, in their order.
class GlobList {
 public:
  /// `pattern` may begin with `!`, which takes out what earlier ones let in.
  std::expected<void, Glob::Mistake> add(std::string_view pattern);
  /// The last pattern that fits decides.
  bool matches(std::string_view name) const;
  bool empty() const { return entries_.empty(); }
  bool has_positive() const;

 private:
  struct Entry {
    bool negative;
    Glob glob;
  };
  std::vector<Entry> entries_;
};

}  // namespace sluice::workflow
