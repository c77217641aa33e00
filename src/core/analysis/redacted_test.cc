#include "core/analysis/redacted.h"

#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

TEST(Redacted, HidesTheValuesOfNamesThatSayWhatTheyAre) {
  const std::pair<const char*, const char*> kLines[] = {
      {"ERROR login failed password=hunter2 user=ana", "ERROR login failed password=*** user=ana"},
      {R"({"level":"error","api_key": "abc def","path":"/chat"})",
       R"({"level":"error","api_key": "***","path":"/chat"})"},
      {"Authorization: Bearer abc.def", "Authorization: ***"},
      {"sent 'Bearer abc.def' twice", "sent 'Bearer ***' twice"},
      {"DB_PASSWORD: 'p q', retry", "DB_PASSWORD: '***', retry"},
      {"GET /cb?access_token=xyz&state=1", "GET /cb?access_token=***&state=1"},
      {"cannot reach postgres://app:s3cret@db:5432/shop", "cannot reach postgres://***@db:5432/shop"},
      {"secret => abc", "secret => ***"},
  };
  for (const auto& [line, shown] : kLines) EXPECT_EQ(redacted(line), shown) << line;
}

TEST(Redacted, HidesWordsOfKnownForms) {
  EXPECT_EQ(redacted("key AKIAIOSFODNN7EXAMPLE is not valid"), "key *** is not valid");
  EXPECT_EQ(redacted("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"), "got ***");
  EXPECT_EQ(redacted("model refused sk-abcdefghijklmnop"), "model refused ***");
  EXPECT_EQ(redacted("bad key -----BEGIN PRIVATE KEY----- MIIE"), "bad key ***");
}

TEST(Redacted, LeavesWhatIsNoSecretAlone) {
  for (const char* line : {"ERROR chat 7A failed: no such title 'one-piece'", "GET http://db:5432/x?y=1 took 3s",
                           "the author: Oda", "a:b=c", "", "://", "password", "Bearer"}) {
    EXPECT_EQ(redacted(line), line);
  }
}

}  // namespace
}  // namespace sluice::analysis
