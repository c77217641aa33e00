#include "support/base_image.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sluice::testing_support {

bool have_base_image() {
  for (const char* program : {"/usr/bin/mmdebstrap", "/usr/bin/podman", "/usr/bin/buildah"}) {
    if (std::filesystem::exists(program)) continue;
    EXPECT_EQ(std::getenv("CI"), nullptr) << program << " is not installed";
    return false;
  }
  static const bool made = std::system("'" SLUICE_SOURCE_DIR "/tools/base_image.sh'") == 0;
  EXPECT_TRUE(made) << "tools/base_image.sh failed";
  return made;
}

}  // namespace sluice::testing_support
