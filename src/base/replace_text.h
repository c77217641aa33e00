// Parts of a text replaced by others.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Each `what`, which is not empty, by `with`; what that brings in is not looked at again.
inline std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

}  // namespace sluice
