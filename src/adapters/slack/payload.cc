#include "adapters/slack/payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_text.h"
#include "base/utf8.h"

namespace sluice::slack {
namespace {

namespace json = boost::json;

constexpr std::size_t kSubjectBytes = 300;
/// Slack counts 3000 characters after escaping; bytes are never fewer.
constexpr std::size_t kSectionBytes = 2900;
constexpr std::size_t kMostSections = 4;

std::string_view escape_of(std::string_view character) {
  if (character.empty()) return "\xEF\xBF\xBD";  // U+FFFD: Slack refuses a body that is no UTF-8
  const auto byte = static_cast<unsigned char>(character.front());
  if (character == "&") return "&amp;";
  if (character == "<") return "&lt;";
  if (character == ">") return "&gt;";
  // Control characters: a terminal's colours in a line of a log.
  if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) return "";
  return character;
}

/// Never more than `most` bytes, never half a character or half an escape.
std::string escaped(std::string_view text, std::size_t most) {
  std::string out;
  while (!text.empty()) {
    const std::string_view character = character_at(text);
    const std::string_view piece = escape_of(character);
    if (out.size() + piece.size() > most) break;
    out += piece;
    text.remove_prefix(std::max<std::size_t>(1, character.size()));
  }
  return out;
}

/// The lines of the text in sections, each within Slack's limit.
std::vector<std::string> sections_of(std::string_view text) {
  std::vector<std::string> sections;
  std::size_t left_out = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = escaped(text.substr(begin, end - begin), kSectionBytes);
    begin = end + 1;
    const bool fits = !sections.empty() && sections.back().size() + 1 + line.size() <= kSectionBytes;
    if (fits && left_out == 0) {
      sections.back() += "\n" + line;
    } else if (sections.size() < kMostSections) {
      sections.push_back(line);
    } else {
      ++left_out;
    }
  }
  if (left_out > 0) sections.push_back(fmt::format("… and {} more line{}", left_out, left_out == 1 ? "" : "s"));
  return sections;
}

std::string_view colour_of(ports::Message::Tone tone) {
  switch (tone) {
    case ports::Message::Tone::Good: return "#2e7d32";
    case ports::Message::Tone::Bad: return "#c62828";
    case ports::Message::Tone::Waiting: return "#f9a825";
  }
  std::unreachable();
}

}  // namespace

std::string payload(const ports::Message& message) {
  const std::string subject = escaped(message.subject, kSubjectBytes);
  json::array blocks;
  for (const std::string& section : sections_of(message.text)) {
    // Slack refuses a section without text.
    if (section.find_first_not_of(" \t\n") == std::string::npos) continue;
    // verbatim: no @names, #channels or addresses are made out of plain text.
    blocks.push_back(json::object{{"type", "section"},
                                  {"text", json::object{{"type", "mrkdwn"}, {"text", section}, {"verbatim", true}}}});
  }
  json::object body{{"text", "*" + subject + "*"}};
  if (!blocks.empty()) {
    const std::string colour(colour_of(message.tone));
    body.emplace("attachments",
                 json::array{json::object{{"color", colour}, {"fallback", subject}, {"blocks", std::move(blocks)}}});
  }
  return to_json_text(body);
}

}  // namespace sluice::slack
