// Where a command prints: a terminal with colours and a block that is drawn anew, or plain lines.
#pragma once

#include <string>
#include <vector>

namespace sluice::cli {

enum class Tint { None, Good, Bad, Waiting, Faint, Strong };

class Terminal {
 public:
  /// Looks at standard output and at NO_COLOR, TERM and COLUMNS.
  Terminal();
  /// The cursor is left below whatever was drawn.
  ~Terminal();

  bool is_live() const { return live_; }
  int width() const;
  std::string tinted(const std::string& text, Tint tint) const;

  /// A line that stays. On a terminal it goes above the block.
  void print(const std::string& line);
  /// Replaces the block at the bottom; without a terminal nothing happens.
  void draw(const std::vector<std::string>& block);
  /// The block stays as it is, and the next one is drawn below whatever is written meanwhile.
  void leave_block() { drawn_lines_ = 0; }

 private:
  void erase_block();

  bool live_ = false;
  bool colours_ = false;
  int drawn_lines_ = 0;
};

/// `text` cut to `columns` visible characters (UTF-8 aware; colour sequences take no room).
std::string fit(const std::string& text, int columns);

}  // namespace sluice::cli
