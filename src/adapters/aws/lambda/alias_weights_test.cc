#include "adapters/aws/lambda/alias_weights.h"

#include <gtest/gtest.h>

namespace sluice::aws::lambda {
namespace {

const Slots kSlots{"7", "8"};

rollout::TrafficSplit split(const char* slot_b) { return {.open = true, .slot_b = *Weight::parse(slot_b)}; }

TEST(AliasWeights, LeadFromBlueToGreenAndBack) {
  Alias alias{.function_version = "7", .weights = {}, .revision_id = "r"};
  for (const char* share : {"0.01%", "5%", "50%", "99.99%"}) {
    const auto wanted = with_split(alias, kSlots, split(share));
    ASSERT_TRUE(wanted);
    EXPECT_EQ(wanted->function_version, "7") << "BLUE stays the alias's own version";
    ASSERT_EQ(wanted->weights.size(), 1U);
    EXPECT_DOUBLE_EQ(wanted->weights.at("8"), Weight::parse(share)->basis_points() / 10'000.0);
    EXPECT_EQ(wanted->revision_id, "r");
    EXPECT_EQ(*split_of(*wanted, kSlots), split(share));
    alias = *wanted;
  }
  for (const auto& [share, version] : {std::pair{"100%", "8"}, std::pair{"0%", "7"}}) {
    const auto wanted = with_split(alias, kSlots, split(share));
    ASSERT_TRUE(wanted);
    EXPECT_EQ(wanted->function_version, version);
    EXPECT_TRUE(wanted->weights.empty());
    EXPECT_EQ(*split_of(*wanted, kSlots), split(share));
  }
}

TEST(AliasWeights, CountFromTheSlotThatTheAliasIsIn) {
  const Alias alias{.function_version = "8", .weights = {}, .revision_id = "r"};
  const auto wanted = with_split(alias, kSlots, split("95%"));  // slot B is BLUE here, GREEN is in A with 5%
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->function_version, "8");
  EXPECT_DOUBLE_EQ(wanted->weights.at("7"), 0.05);
}

TEST(AliasWeights, AreNotMovedWhereSomebodyElseHasMovedThem) {
  const Alias moved{.function_version = "9", .weights = {}, .revision_id = "r"};
  const auto read = split_of(moved, kSlots);
  ASSERT_FALSE(read);
  EXPECT_EQ(
      read.error().message,
      "the alias points at version 9, and the versions of this service are 7 and 8: somebody else has changed it");
  const Alias weighted{.function_version = "7", .weights = {{"9", 0.1}}, .revision_id = "r"};
  EXPECT_EQ(with_split(weighted, kSlots, split("5%")).error().kind, ErrorKind::Conflict);
}

TEST(AliasWeights, AreClosedWithoutAnAliasAndWantKnownVersions) {
  EXPECT_FALSE(split_of(std::nullopt, kSlots)->open);
  const Alias alias{.function_version = "7", .weights = {}, .revision_id = "r"};
  EXPECT_EQ(with_split(alias, {"7", ""}, split("5%")).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(with_split(alias, {"7", ""}, split("100%")).error().kind, ErrorKind::NotFound);
  EXPECT_TRUE(with_split(alias, {"7", ""}, split("0%")));
}

}  // namespace
}  // namespace sluice::aws::lambda
