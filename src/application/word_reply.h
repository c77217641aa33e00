// How whoever said a word to a deployment hears what became of it.
#pragma once

#include <functional>

#include "base/result.h"

namespace sluice::application {

/// Both are called on the strand, and never after the controller's end.
struct WordReply {
  /// Once: the word is in the journal, or why it is not obeyed (NotFound, Conflict).
  std::function<void(const Status&)> answered;
  /// At most once, and before that: the journal does not take it now, and why. Until `answered`, a crash loses the
  /// word. The weights of a rollback go back meanwhile.
  std::function<void(const Error&)> delayed;
};

}  // namespace sluice::application
