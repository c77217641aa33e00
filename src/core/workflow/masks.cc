#include "core/workflow/masks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/workflow/json.h"

namespace sluice::workflow {
namespace {

constexpr std::string_view kMask = "***";
/// Shorter values have encodings that are parts of ordinary words.
constexpr std::size_t kShortestEncoded = 6;

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += kDigits[(buffer >> (bits - 6)) & 63];
  }
  return out;  // Whole digits only: what the last bits give depends on what follows.
}

/// The digits that `value` gives inside the base64 form of a longer text, whichever of three places it begins at.
std::vector<std::string> base64_forms(std::string_view value) {
  std::vector<std::string> forms;
  forms.push_back(base64(value));
  // One or two foreign bytes before it: the first two or three digits depend on them.
  forms.push_back(base64(std::string(1, '\0') + std::string(value)).substr(2));
  forms.push_back(base64(std::string(2, '\0') + std::string(value)).substr(3));
  return forms;
}

std::string url_form(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

}  // namespace

void Masks::add_one(std::string value) {
  if (value.empty() || std::find(values_.begin(), values_.end(), value) != values_.end()) return;
  longest_ = std::max(longest_, value.size());
  values_.push_back(std::move(value));
}

void Masks::add(std::string_view value) {
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.remove_suffix(1);
  if (value.empty()) return;
  std::string_view rest = value;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
    add_one(std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  add_one(std::string(value));
  if (value.size() < kShortestEncoded) return;
  for (std::string& form : base64_forms(value)) add_one(std::move(form));
  const std::string quoted = to_json(Value(value));
  add_one(quoted.substr(1, quoted.size() - 2));
  add_one(url_form(value));
}

std::vector<bool> Masks::hidden_bytes(std::string_view text) const {
  std::vector<bool> hidden;
  for (const std::string& value : values_) {
    for (std::size_t at = text.find(value); at != std::string_view::npos; at = text.find(value, at + 1)) {
      if (hidden.empty()) hidden.resize(text.size());
      std::fill_n(hidden.begin() + static_cast<std::ptrdiff_t>(at), value.size(), true);
    }
  }
  return hidden;
}

bool Masks::hits(std::string_view text) const {
  return std::any_of(values_.begin(), values_.end(),
                     [&](const std::string& value) { return text.find(value) != std::string_view::npos; });
}

std::string Masks::apply(std::string_view text) const {
  const std::vector<bool> hidden = hidden_bytes(text);
  if (hidden.empty()) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!hidden[i]) {
      out += text[i];
    } else if (i == 0 || !hidden[i - 1]) {
      out += kMask;
    }
  }
  return out;
}

}  // namespace sluice::workflow
