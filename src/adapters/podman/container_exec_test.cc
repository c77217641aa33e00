#include "adapters/podman/container_exec.h"

#include <gtest/gtest.h>

namespace sluice::podman {
namespace {

using namespace std::string_literals;

TEST(ContainerOutput, IsTheTextOfBothStreamsInOrder) {
  EXPECT_EQ(without_frames("\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\4err\n"s), "outerr\n");
  EXPECT_EQ(without_frames("\1\0\0\0\0\0\1\0"s + std::string(256, 'x')), std::string(256, 'x'));
  EXPECT_EQ(without_frames(""), "");
}

TEST(ContainerOutput, ThatWasCutOffCountsAsFarAsItCame) {
  EXPECT_EQ(without_frames("\1\0\0\0\0\0\0\3out\2\0\0\0\xff\xff\xff\xff"s + "err"), "outerr");
  EXPECT_EQ(without_frames("\1\0\0\0\0\0\0\3out\2\0\0"s), "out");
}

}  // namespace
}  // namespace sluice::podman
