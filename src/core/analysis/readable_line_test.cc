#include "core/analysis/readable_line.h"

#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

TEST(ReadableLine, TellsTheMessageFirstAndLeavesOutWhatEveryLineHas) {
  EXPECT_EQ(readable(R"({"time":"2026-11-26T10:05:29Z","level":"error","logger":"app","message":"request failed",)"
                     R"("method":"POST","path":"/chat","took":0.25,"retried":true,"error":"KeyError: 'title'"})"),
            "request failed (method=POST, path=/chat, took=0.25, error=KeyError: 'title')");
  EXPECT_EQ(readable(R"({"level":50,"pid":7,"msg":"no title"})"), "no title");
}

TEST(ReadableLine, LeavesAnyOtherLineAsItIs) {
  for (const char* line : {"ERROR no title", "", "{", R"({"level":"error","message":"cut)", R"({"level":"error"})",
                           R"({"message":{"text":"nested"}})", R"(["message"])"}) {
    EXPECT_EQ(readable(line), line);
  }
}

}  // namespace
}  // namespace sluice::analysis
