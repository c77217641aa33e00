#include "core/workflow/glob.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sluice::workflow {
namespace {

/// One code point at `at`, which moves behind it; a byte that is no UTF-8 stands for itself.
char32_t take_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
  if (size == 1 || at + size > text.size()) return static_cast<unsigned char>(text[at++]);
  char32_t value = lead & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0) != 0x80) return static_cast<unsigned char>(text[at++]);
    value = (value << 6) | (next & 0x3Fu);
  }
  at += size;
  return value;
}

}  // namespace

bool Glob::Characters::contains(char32_t c) const {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const auto& range) { return range.first <= c && c <= range.second; });
}

class Glob::Reader {
 public:
  explicit Reader(std::string_view pattern) : pattern_(pattern) {}

  std::expected<Glob, Mistake> read() {
    if (pattern_.empty()) return std::unexpected(Mistake{0, "an empty pattern fits nothing"});
    while (at_ < pattern_.size() && !mistake_) read_element();
    if (mistake_) return std::unexpected(*std::move(mistake_));
    return std::move(glob_);
  }

 private:
  void read_element() {
    switch (pattern_[at_]) {
      case '*': return read_star();
      case '?': return repeat(Repeat::Optional);
      case '+': return repeat(Repeat::OneOrMore);
      case '[': return read_set();
      case '\\':
        if (at_ + 1 == pattern_.size()) return fail(at_, "the '\\' at the end stands before nothing");
        ++at_;
        break;
      default: break;
    }
    const char32_t c = take_character(pattern_, at_);
    push(Element{Sort::One, Characters{{{c, c}}}, Repeat::Once});
  }

  void fail(std::size_t offset, std::string message) { mistake_ = Mistake{offset, std::move(message)}; }
  void push(Element element) { glob_.elements_.push_back(std::move(element)); }

  void read_star() {
    const bool begins_segment = at_ == 0 || pattern_[at_ - 1] == '/';
    std::size_t stars = 0;
    while (at_ < pattern_.size() && pattern_[at_] == '*') ++stars, ++at_;
    if (stars == 1) return push(Element{Sort::Star, {}, Repeat::Once});
    if (begins_segment && at_ < pattern_.size() && pattern_[at_] == '/') {
      ++at_;
      return push(Element{Sort::Folders, {}, Repeat::Once});
    }
    push(Element{Sort::AnyStar, {}, Repeat::Once});
  }

  void repeat(Repeat how) {
    const bool can_repeat = !glob_.elements_.empty() && glob_.elements_.back().sort == Sort::One &&
                            glob_.elements_.back().repeat == Repeat::Once;
    if (!can_repeat) {
      return fail(at_, fmt::format("'{0}' repeats the character before it, and there is none; write '\\{0}' for the "
                                   "character itself",
                                   pattern_[at_]));
    }
    glob_.elements_.back().repeat = how;
    ++at_;
  }

  void read_set() {
    const std::size_t open = at_++;
    Characters characters;
    while (at_ < pattern_.size() && pattern_[at_] != ']') {
      const char32_t first = take_set_character();
      if (at_ + 1 < pattern_.size() && pattern_[at_] == '-' && pattern_[at_ + 1] != ']') {
        const std::size_t dash = at_++;
        const char32_t last = take_set_character();
        if (last < first) return fail(dash - 1, "the range in these brackets runs backwards");
        characters.ranges.emplace_back(first, last);
      } else {
        characters.ranges.emplace_back(first, first);
      }
    }
    if (at_ >= pattern_.size()) return fail(open, "this '[' has no ']'");
    if (characters.ranges.empty()) return fail(open, "'[]' fits nothing");
    ++at_;
    push(Element{Sort::One, std::move(characters), Repeat::Once});
  }

  char32_t take_set_character() {
    if (pattern_[at_] == '\\' && at_ + 1 < pattern_.size()) ++at_;
    return take_character(pattern_, at_);
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  Glob glob_;
  std::optional<Mistake> mistake_;
};

std::expected<Glob, Glob::Mistake> Glob::parse(std::string_view pattern) { return Reader(pattern).read(); }

bool Glob::matches(std::string_view name) const {
  // A set of states moves over the name. State 2i stands before element i; 2i+1 inside it, which only Folders (its
  // text has begun) and OneOrMore (one was seen) have.
  const std::size_t end = 2 * elements_.size();
  std::vector<bool> now(end + 1);
  std::vector<bool> next(end + 1);
  // States that are reached without a character; they lie behind their origin, so one sweep suffices.
  const auto spread = [this, end](std::vector<bool>& states) {
    for (std::size_t state = 0; state < end; ++state) {
      if (!states[state]) continue;
      const Element& element = elements_[state / 2];
      const bool inside = state % 2 == 1;
      const bool may_end = element.sort == Sort::One
                               ? element.repeat == Repeat::Optional || (inside && element.repeat == Repeat::OneOrMore)
                               : element.sort != Sort::Folders || !inside;
      if (may_end) states[state / 2 * 2 + 2] = true;
    }
  };
  now[0] = true;
  spread(now);
  for (std::size_t at = 0; at < name.size();) {
    const char32_t c = take_character(name, at);
    std::fill(next.begin(), next.end(), false);
    for (std::size_t state = 0; state < end; ++state) {
      if (!now[state]) continue;
      const Element& element = elements_[state / 2];
      const std::size_t before = state / 2 * 2;
      switch (element.sort) {
        case Sort::One:
          if (!element.characters.contains(c)) break;
          next[element.repeat == Repeat::OneOrMore ? before + 1 : before + 2] = true;
          break;
        case Sort::Star:
          if (c != '/') next[before] = true;
          break;
        case Sort::AnyStar: next[before] = true; break;
        case Sort::Folders:
          next[before + 1] = true;
          if (c == '/') next[before + 2] = true;
          break;
      }
    }
    spread(next);
    now.swap(next);
  }
  return now[end];
}

std::expected<void, Glob::Mistake> GlobList::add(std::string_view pattern) {
  const bool negative = pattern.starts_with('!');
  auto glob = Glob::parse(negative ? pattern.substr(1) : pattern);
  if (!glob) {
    Glob::Mistake mistake = std::move(glob.error());
    if (negative) ++mistake.offset;
    return std::unexpected(std::move(mistake));
  }
  entries_.push_back(Entry{negative, *std::move(glob)});
  return {};
}

bool GlobList::matches(std::string_view name) const {
  bool matched = false;
  for (const Entry& entry : entries_) {
    if (entry.negative != matched) continue;  // Could change nothing.
    if (entry.glob.matches(name)) matched = !entry.negative;
  }
  return matched;
}

bool GlobList::has_positive() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return !entry.negative; });
}

}  // namespace sluice::workflow
