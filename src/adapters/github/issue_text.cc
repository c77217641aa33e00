#include "adapters/github/issue_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace sluice::github {
namespace {

constexpr std::size_t kTitleBytes = 256;
constexpr std::size_t kTextBytes = 60'000;  ///< GitHub counts characters; bytes are never fewer.
constexpr std::size_t kNameBytes = 300;

/// Longer than any run of backticks in it (CommonMark, "Fenced code blocks").
std::string fenced(const std::string& text) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fmt::format("{}text\n{}\n{}", fence, text, fence);
}

/// A name as code, where nothing in it has a meaning.
std::string code(const std::string& text) {
  std::string shown = valid_utf8(text, kNameBytes);
  std::erase_if(shown, [](char c) { return c == '`' || c == '\n' || c == '|'; });
  return shown.empty() ? "–" : "`" + shown + "`";
}

std::string table(const ports::About& about) {
  std::string rows = "| | |\n|---|---|\n";
  rows += fmt::format("| environment | {} of {} |\n", code(about.environment), code(about.project));
  rows += fmt::format("| service | {} |\n", code(about.service));
  rows += fmt::format("| revision | {} ({}) |\n", code(about.label), code(about.revision));
  rows += fmt::format("| image | {} |\n", code(about.image));
  rows += fmt::format("| deployment | {} |\n", code(about.incident));
  return rows;
}

}  // namespace

std::string incident_mark(const std::string& incident) { return fmt::format("<!-- sluice incident {} -->", incident); }

std::string message_mark(const ports::Message& message) {
  return fmt::format("<!-- sluice message {} {} -->", message.about.incident, message.id);
}

std::string issue_title(const ports::Message& message) {
  std::string title = valid_utf8(message.subject, kTitleBytes);
  std::ranges::replace(title, '\n', ' ');
  return title;
}

std::string issue_body(const ports::Message& message) {
  return fmt::format(
      "{}\n{}\n\nClose this issue when the cause is understood. sluice comments on it when a later "
      "deployment succeeds, and closes nothing.\n\n{}\n{}\n",
      fenced(valid_utf8(message.text, kTextBytes)), table(message.about), incident_mark(message.about.incident),
      message_mark(message));
}

std::string comment_body(const ports::Message& message) {
  return fmt::format("{}\n\n{}\n\n{}\n", code(message.subject), fenced(valid_utf8(message.text, kTextBytes)),
                     message_mark(message));
}

}  // namespace sluice::github
