#include "adapters/aws/appconfig/hosted_version.h"

#include <gtest/gtest.h>

namespace sluice::aws::appconfig {
namespace {

const rollout::ServiceKey kFlags{"chat", "staging", "flags"};

std::string made_for(const std::string& revision, const std::string& sha256) {
  return to_string(Origin{kFlags, revision, sha256});
}

TEST(HostedVersion, IsReadBackFromItsDescription) {
  const Origin origin{kFlags, "01R", "12ab"};
  EXPECT_EQ(to_string(origin), "sluice chat/staging/flags 01R sha256=12ab");
  EXPECT_EQ(parse_version_origin(to_string(origin)), origin);
}

TEST(HostedVersion, OfSomebodyElseHasNoOrigin) {
  for (const char* const text : {"", "by hand", "sluice", "sluice a/b 01R sha256=1", "sluice a/b/c 01R",
                                 "sluice a/b/c 01R sha256=", "sluice a/b/c  sha256=1"}) {
    EXPECT_EQ(parse_version_origin(text), std::nullopt) << text;
  }
}

TEST(HostedVersion, OfTheRevisionIsFoundBeforeOneOfTheSameContent) {
  const std::vector<HostedVersion> versions{
      {4, made_for("01C", "bb")}, {3, made_for("01B", "aa")}, {2, made_for("01A", "bb")}, {1, "by hand"}};
  EXPECT_EQ(find_version(versions, {kFlags, "01B", "bb"}, "4"), 3);
  EXPECT_EQ(find_version(versions, {kFlags, "01D", "bb"}, "1"), 4);
  EXPECT_EQ(find_version(versions, {kFlags, "01D", "bb"}, "4"), 2);
  EXPECT_EQ(find_version(versions, {kFlags, "01D", "cc"}, "4"), 0);
  EXPECT_EQ(newest_number(versions), 4);
  EXPECT_EQ(newest_number({}), 0);
}

}  // namespace
}  // namespace sluice::aws::appconfig
