#include "core/rollout/journal_place.h"

#include <gtest/gtest.h>

namespace sluice::rollout {
namespace {

TEST(JournalPlace, IsABucketWithAPrefixAndOptions) {
  const auto whole = parse_journal_place(
      "s3://my.bucket-1/a/b_C/?region=eu-west-1&role=arn:aws:iam::123456789012:role/sluice&lease=90s");
  ASSERT_TRUE(whole.has_value()) << whole.error().message;
  EXPECT_EQ(*whole, (JournalPlace{.bucket = "my.bucket-1",
                                  .prefix = "a/b_C/",
                                  .region = "eu-west-1",
                                  .role = "arn:aws:iam::123456789012:role/sluice",
                                  .lease = Milliseconds(90'000)}));
  EXPECT_EQ(whole->name(), "s3://my.bucket-1/a/b_C");
  EXPECT_EQ(*parse_journal_place("s3://bucket"), JournalPlace{.bucket = "bucket"});
  EXPECT_EQ(*parse_journal_place("s3://bucket/"), *parse_journal_place("s3://bucket"));
}

TEST(JournalPlace, SaysWhatIsWrongWithIt) {
  const auto message = [](const char* text) {
    const auto parsed = parse_journal_place(text);
    return parsed ? "nothing" : parsed.error().message;
  };
  for (const auto& [text, why] : {std::pair{"bucket/prefix", "does not begin with s3://"},
                                  {"s3://B/x", "no name of a bucket"},
                                  {"s3://a..b/x", "no name of a bucket"},
                                  {"s3://bucket//x", "its prefix may have"},
                                  {"s3://bucket/a/../b", "its prefix may have"},
                                  {"s3://bucket/a b", "its prefix may have"},
                                  {"s3://bucket/a?regoin=x", "did you mean 'region'?"},
                                  {"s3://bucket/a?lease", "lease"},
                                  {"s3://bucket/a?role=", "has no value"},
                                  {"s3://bucket/a?lease=1s", "is not between 2s and 1h"}}) {
    EXPECT_NE(message(text).find(why), std::string::npos) << text << ": " << message(text);
  }
}

}  // namespace
}  // namespace sluice::rollout
