#include "adapters/aws/s3/index.h"

#include <gtest/gtest.h>

namespace sluice::aws::s3 {
namespace {

const rollout::ServiceKey kService{"shop", "staging", "web"};

ports::LiveService live(const std::string& revision) {
  ports::LiveService live{.service = kService, .revision = {}, .slot = rollout::Slot::B, .front_door = {}};
  live.revision.id = revision;
  return live;
}

TEST(JournalIndex, IsTheSameWhenItWasWrittenAndRead) {
  Index index;
  index.stamp = "s";
  index.leases[kService] = {"d1", "ada (process 7)", 3, TimePoint(Milliseconds(1'795'446'000'123))};
  index.deployments["d1"] = {kService, "h", 3, false, TimePoint(Milliseconds(7)), R"({"type":"started"})"};
  index.waiting["d2"] = {"h", TimePoint(Milliseconds(8)), "x\n\"y\""};
  index.set_live(live("r1"));
  ports::DeploymentSummary summary;
  summary.deployment = "d0";
  summary.service = kService;
  summary.cause = "ünïcode";
  summary.full_at = TimePoint(Milliseconds(9));
  index.add(summary);
  const std::string text = to_text(index);
  const auto read = read_index(text);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(to_text(*read), text);
  EXPECT_EQ(read->leases.at(kService).epoch, 3);
  EXPECT_EQ(read->live.at(kService), live("r1"));
  EXPECT_EQ(read->summaries.front().full_at, summary.full_at);
  EXPECT_EQ(read->summaries.front().restored_at, std::nullopt);
}

TEST(JournalIndex, RemembersSoMuchAndNoMore) {
  Index index;
  for (std::size_t i = 0; i < Index::kMostSummaries + 5; ++i) {
    ports::DeploymentSummary summary;
    summary.deployment = std::to_string(i);
    index.add(summary);
    index.add(summary);  // again
    index.set_live(live("r" + std::to_string(i)));
  }
  index.set_live(live("r500"));
  EXPECT_EQ(index.summaries.size(), Index::kMostSummaries);
  EXPECT_EQ(index.summaries.front().deployment, "5");
  const auto& served = index.served.at(kService);
  EXPECT_EQ(served.size(), Index::kMostRevisions);
  EXPECT_EQ(served[0].id, "r500");
  EXPECT_EQ(served[1].id, "r504");
}

TEST(JournalIndex, RefusesWhatItDoesNotUnderstand) {
  const std::string text = to_text(Index{});
  const auto newer = read_index("{\"v\":2" + text.substr(6));
  ASSERT_FALSE(newer.has_value());
  EXPECT_NE(newer.error().message.find("of a newer sluice"), std::string::npos) << newer.error().message;
  EXPECT_FALSE(read_index("").has_value());
  EXPECT_FALSE(read_index("[]").has_value());
  EXPECT_FALSE(read_index("{\"w\":1," + text.substr(1)).has_value()) << "a field that nobody knows";
}

}  // namespace
}  // namespace sluice::aws::s3
