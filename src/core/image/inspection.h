// What can be told to be wrong with an image without starting it.
#pragma once

#include <string>
#include <vector>

#include "core/image/file_tree.h"
#include "core/image/image_configuration.h"

namespace sluice::image {

/// Something that the check of an image found.
struct Cause {
  enum class Weight {
    Refusal,  ///< The image cannot serve: it must not be pushed.
    Note,     ///< Worth knowing; the image may pass.
  } weight = Weight::Refusal;
  std::string message;  ///< What is wrong and what to do, in one line.
  friend bool operator==(const Cause&, const Cause&) = default;
};

using Causes = std::vector<Cause>;
bool has_refusals(const Causes& causes);

/// Every cause, not only the first: a start command that the image lacks or that PATH does not lead to, a program of
/// its HEALTHCHECK that it lacks, no start command, an EXPOSE that differs from
/// `port`, no HEALTHCHECK.
Causes inspect(const ImageConfiguration& image, const FileTree& files, int port);

}  // namespace sluice::image
