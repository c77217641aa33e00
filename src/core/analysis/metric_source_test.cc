#include "core/analysis/metric_source.h"

#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

TEST(MetricSource, ReadsStatusesOfEveryForm) {
  EXPECT_EQ(parse_status_range("429").value(), (StatusRange{429, 429}));
  EXPECT_EQ(parse_status_range("4xx").value(), (StatusRange{400, 499}));
  EXPECT_EQ(parse_status_range("400-417").value(), (StatusRange{400, 417}));
  for (const char* text : {"", "4x", "9xx", "99", "600", "417-400", "400-", "-", "xx", "4xx-5xx"}) {
    EXPECT_FALSE(parse_status_range(text)) << text;
  }
}

TEST(MetricSource, OfTheRouterIsAboutAPathAndWhatLiesBelowIt) {
  const MetricSource chat{.from = SourceKind::Router, .statuses = {{400, 404}, {429, 429}}, .path = "/api/chat/"};
  EXPECT_TRUE(is_about(chat, "/api/chat"));
  EXPECT_TRUE(is_about(chat, "/api/chat/7"));
  EXPECT_FALSE(is_about(chat, "/api/chats"));
  EXPECT_FALSE(is_about(chat, "/"));
  EXPECT_TRUE(is_about(MetricSource{}, "/anything"));
  EXPECT_TRUE(is_event(chat, 429) && is_event(chat, 404));
  EXPECT_FALSE(is_event(chat, 405));
}

}  // namespace
}  // namespace sluice::analysis
