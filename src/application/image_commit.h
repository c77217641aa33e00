// Which commit an image is built of.
#pragma once

#include <stop_token>
#include <string>

#include "base/result.h"
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

}  // namespace sluice::application
