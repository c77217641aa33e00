#include "base/nearest_name.h"

#include <gtest/gtest.h>

#include <array>

namespace sluice {
namespace {

constexpr std::array<std::string_view, 4> kNames{"replicas", "release_command", "registry", "route"};

TEST(NearestName, FindsATypingMistake) {
  EXPECT_EQ(nearest_name("replcias", kNames), "replicas");
  EXPECT_EQ(nearest_name("Registry", kNames), "registry");
  EXPECT_EQ(nearest_name("releasecommand", kNames), "release_command");
}

TEST(NearestName, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("banana", kNames), std::nullopt);
  EXPECT_EQ(nearest_name("", kNames), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'x'), kNames), std::nullopt);
}

}  // namespace
}  // namespace sluice
