// The logical lines of a Dockerfile: comments gone, continued lines put together, every character with its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"

namespace sluice::image {

struct DockerLine {
  std::string text;              ///< Without space at its start.
  std::vector<Position> places;  ///< Of each byte of `text`.
};

/// Walks through the file; here-documents are taken out on request, since only the parser knows where one starts.
class DockerLines {
 public:
  explicit DockerLines(std::string_view text);

  /// The next logical line that is not empty.
  std::optional<DockerLine> next();
  /// The lines from here to one that is `delimiter` alone (tabs before it are passed over where `strip_tabs`), without
  /// that one. Nothing when the file ends first; then all is consumed.
  std::optional<std::string> document(std::string_view delimiter, bool strip_tabs);
  char escape() const { return escape_; }

 private:
  void read_directives();
  std::string_view physical();
  bool at_end() const { return at_ >= text_.size(); }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  char escape_ = '\\';
};

}  // namespace sluice::image
