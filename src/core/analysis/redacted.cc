#include "core/analysis/redacted.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace sluice::analysis {
namespace {

constexpr std::string_view kHidden = "***";

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_-.+/=~%").find(c) != std::string_view::npos;
}
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

bool contains_lower(std::string_view text, std::string_view wanted) {
  return !std::ranges::search(text, wanted, {}, lower).empty();
}

bool names_a_secret(std::string_view name) {
  constexpr std::array<std::string_view, 14> kNames{
      "password", "passwd",     "pwd",         "secret", "token",      "api_key",    "api-key",
      "apikey",   "credential", "private_key", "cookie", "access_key", "session_id", "authorization"};
  return std::ranges::any_of(kNames, [&](std::string_view each) { return contains_lower(name, each); });
}

bool is_scheme(std::string_view word) {
  return std::ranges::equal(word, std::string_view("bearer"), {}, lower) ||
         std::ranges::equal(word, std::string_view("basic"), {}, lower);
}

bool looks_like_a_key(std::string_view word) {
  constexpr std::size_t kShortest = 12;
  if (word.size() < kShortest) return false;
  constexpr std::array<std::string_view, 12> kBeginnings{"eyJ",  "AKIA", "ASIA", "sk-",         "sk_",   "pk_",
                                                         "ghp_", "gho_", "ghs_", "github_pat_", "xoxb-", "xoxp-"};
  return std::ranges::any_of(kBeginnings, [&](std::string_view each) { return word.starts_with(each); });
}

class Redactor {
 public:
  explicit Redactor(std::string_view text) : text_(text) {}

  std::string take() {
    while (at_ < text_.size()) {
      if (text_.substr(at_).starts_with("-----BEGIN")) {
        out_ += kHidden;
        break;
      }
      if (text_.substr(at_).starts_with("://")) {
        url();
      } else if (is_name(text_[at_])) {
        word();
      } else {
        out_ += text_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  /// `://user:password@host`
  void url() {
    out_ += "://";
    at_ += 3;
    const std::string_view authority = text_.substr(at_, text_.substr(at_).find_first_of("/?# \t\"'"));
    const std::size_t at_sign = authority.rfind('@');
    if (at_sign == authority.npos) return;
    out_ += kHidden;
    at_ += at_sign;
  }

  void word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (is_scheme(name)) {
      out_ += name;
      if (at_ < text_.size() && text_[at_] == ' ') {
        out_ += text_[at_++];
        value();
      }
      return;
    }
    if (names_a_secret(name) && takes_separator(name)) return value();
    // A key is longer than a name may be.
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (!looks_like_a_key(text_.substr(begin, end - begin))) {
      out_ += name;
      return;
    }
    out_ += kHidden;
    at_ = end;
  }

  /// `=`, `: `, `": "`: writes the name with what stands between it and its value. False: it has no value.
  bool takes_separator(std::string_view name) {
    std::size_t end = at_;
    const auto skip = [&](std::string_view of) {
      while (end < text_.size() && of.find(text_[end]) != of.npos) ++end;
    };
    skip("\\\"' ");
    if (end >= text_.size() || (text_[end] != '=' && text_[end] != ':')) return false;
    ++end;
    if (end < text_.size() && text_[end] == '>') ++end;
    skip(" ");
    out_ += name;
    out_ += text_.substr(at_, end - at_);
    at_ = end;
    return true;
  }

  /// Up to its closing quote, or to the next blank or comma; the scheme of an authorization goes with it.
  void value() {
    if (at_ < text_.size() && text_[at_] == '\\') out_ += text_[at_++];
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const char quote = text_[at_];
      out_ += text_[at_++];
      while (at_ < text_.size() && text_[at_] != quote) at_ += text_[at_] == '\\' && at_ + 1 < text_.size() ? 2 : 1;
      at_ = std::min(at_, text_.size());
      out_ += kHidden;
      return;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::string_view(" \t\r\n,;&\"'})]").find(text_[at_]) == std::string_view::npos) ++at_;
    const std::string_view hidden = text_.substr(begin, at_ - begin);
    if (is_scheme(hidden) && at_ < text_.size() && text_[at_] == ' ') {
      ++at_;
      return value();
    }
    if (at_ > begin) out_ += kHidden;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string redacted(std::string_view text) { return Redactor(text).take(); }

}  // namespace sluice::analysis
