// Which commit an image is built of.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "ports/processes.h"

namespace sluice::application {

struct ImageCommit {
  std::string hash;    ///< 40 (or 64) hexadecimal digits.
  bool dirty = false;  ///< The folder differs from the commit.

  /// What records call it: the hash, with `-dirty` behind it where that is so.
  std::string name() const { return dirty ? hash + "-dirty" : hash; }
};

/// The commit that is checked out in the repository of `directory`; differences count below `directory` only, and not
/// in ignored files. Error: InvalidInput when it is in no repository or that has no commit.
Result<ImageCommit> read_image_commit(ports::Processes& processes, const std::string& directory, std::stop_token stop);

/// When the commit was made that a tag `sha-HASH` names, by the repository of `directory`. Nothing where `image` is no
/// such tag (a digest says nothing of a commit), or git there does not know the commit: a shallow clone, no repository.
std::optional<TimePoint> commit_time(ports::Processes& processes, const std::string& directory,
                                     const std::string& image, std::stop_token stop);

}  // namespace sluice::application
