#include "bench/responder/websocket_key.h"

#include <gtest/gtest.h>

namespace bench {
namespace {

TEST(WebsocketKey, AnswersTheExampleOfRfc6455) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace bench
