#include "core/rollout/api_definition.h"

#include <gtest/gtest.h>

#include "core/rollout/function_code.h"

namespace sluice::rollout {
namespace {

TEST(ApiDefinition, NamesAFileByItsHash) {
  const std::string text = definition_text("gateway/my api.yaml", "12ab");
  EXPECT_EQ(text, "gateway/my api.yaml sha256=12ab");
  EXPECT_EQ(sha256_in(text), "12ab");
  EXPECT_EQ(sha256_in(as_it_was_text("01J")), "");
  EXPECT_EQ(sha256_in(deployment_text("abc123")), "");
}

TEST(ApiDefinition, IsNoImage) {
  EXPECT_FALSE(is_image(definition_text("rest.yaml", "12ab")));
  EXPECT_FALSE(is_image(as_it_was_text("01J")));
  EXPECT_FALSE(is_image(deployment_text("abc123")));
}

}  // namespace
}  // namespace sluice::rollout
