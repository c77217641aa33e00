#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace sluice::cli {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

constexpr std::string_view code(Tint tint) {
  switch (tint) {
    case Tint::None: return "";
    case Tint::Good: return "\x1b[32m";
    case Tint::Bad: return "\x1b[31m";
    case Tint::Waiting: return "\x1b[33m";
    case Tint::Faint: return "\x1b[2m";
    case Tint::Strong: return "\x1b[1m";
  }
  return "";
}

}  // namespace

Terminal::Terminal() {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  live_ = ::isatty(STDOUT_FILENO) == 1 && !dumb;
  colours_ = live_ && !is_set("NO_COLOR");
}

Terminal::~Terminal() { std::fflush(stdout); }

int Terminal::width() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string Terminal::tinted(const std::string& text, Tint tint) const {
  if (!colours_ || tint == Tint::None) return text;
  return fmt::format("{}{}\x1b[0m", code(tint), text);
}

void Terminal::print(const std::string& line) {
  erase_block();
  std::fputs(line.c_str(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

void Terminal::draw(const std::vector<std::string>& block) {
  if (!live_) return;
  erase_block();
  const int columns = width();
  for (const std::string& line : block) {
    std::fputs(fit(line, columns - 1).c_str(), stdout);
    std::fputs("\x1b[0m\n", stdout);
  }
  drawn_lines_ = static_cast<int>(block.size());
  std::fflush(stdout);
}

void Terminal::erase_block() {
  if (drawn_lines_ == 0) return;
  std::fputs(fmt::format("\x1b[{}A\x1b[0J", drawn_lines_).c_str(), stdout);
  drawn_lines_ = 0;
}

std::string fit(const std::string& text, int columns) {
  std::string result;
  int used = 0;
  bool in_sequence = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (in_sequence || byte == 0x1b) {
      in_sequence = !(in_sequence && byte >= '@' && byte <= '~' && byte != '[');
      result += text[i];
      continue;
    }
    const bool continues = (byte & 0xC0) == 0x80;
    if (!continues && ++used > columns) break;
    result += text[i];
  }
  return result;
}

}  // namespace sluice::cli
