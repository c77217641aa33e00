#include "core/image/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::image {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kNow{std::chrono::hours{1'000}};
constexpr TimePoint kLongAgo{std::chrono::hours{10}};

/// `prefix`N … `prefix`1, newest first.
std::vector<std::string> images(const std::string& prefix, int count) {
  std::vector<std::string> names;
  for (int i = count; i > 0; --i) names.push_back(prefix + std::to_string(i));
  return names;
}

BuiltImage built(int number, TimePoint used_at = kLongAgo) {
  const std::string text = std::to_string(number);
  return {.project = "shop",
          .service = "web",
          .commit = "commit" + text,
          .name = "localhost/web:sha-" + text,
          .references = {"registry/web@" + text},
          .used_at = used_at + Milliseconds(number)};
}

TEST(ImageRetention, KeepsTheNewestDeploymentsOfAService) {
  const auto removable = removable_images({{.needed = {}, .deployed = images("web@", 7), .built = {}}}, kNow);
  EXPECT_THAT(removable.references, ElementsAre("web@1", "web@2"));
}

TEST(ImageRetention, KeepsWhatIsNeededHoweverOldItIs) {
  const auto removable =
      removable_images({{.needed = {"web@1", "web@3"}, .deployed = images("web@", 9), .built = {}}}, kNow);
  EXPECT_THAT(removable.references, ElementsAre("web@2", "web@4"));
}

TEST(ImageRetention, KeepsForAllWhatOneServiceNeeds) {
  const ServiceImages old{.needed = {}, .deployed = images("web@", 7), .built = {}};
  const ServiceImages staging{.needed = {"web@1"}, .deployed = {}, .built = {}};
  EXPECT_THAT(removable_images({old, staging}, kNow).references, ElementsAre("web@2"));
  EXPECT_THAT(removable_images({staging, old}, kNow).references, ElementsAre("web@2"));
}

TEST(ImageRetention, CountsADeploymentOfTheSameImageAgainAsNew) {
  std::vector<std::string> deployed = images("web@", 7);
  deployed.insert(deployed.begin(), "web@1");
  EXPECT_THAT(removable_images({{.needed = {}, .deployed = deployed, .built = {}}}, kNow).references,
              ElementsAre("web@2", "web@3"));
}

TEST(ImageRetention, RemovesOldBuildsWithWhatTheyWerePushedAs) {
  ServiceImages service;
  for (int i = 1; i <= 7; ++i) service.built.push_back(built(i));
  const auto removable = removable_images({service}, kNow);
  EXPECT_THAT(removable.built, ElementsAre(built(2), built(1)));
  EXPECT_THAT(removable.references, ElementsAre("registry/web@1", "registry/web@2"));
}

TEST(ImageRetention, KeepsABuildThatIsDeployedOrOnItsWay) {
  ServiceImages service{.needed = {"registry/web@1"}, .deployed = {}, .built = {}};
  for (int i = 1; i <= 7; ++i) service.built.push_back(built(i));
  EXPECT_THAT(removable_images({service}, kNow).built, ElementsAre(built(2)));
  ServiceImages busy;
  for (int i = 1; i <= 20; ++i) busy.built.push_back(built(i, kNow - std::chrono::minutes{50}));
  EXPECT_THAT(removable_images({busy}, kNow).built, IsEmpty());
  EXPECT_THAT(removable_images({busy}, kNow).references, IsEmpty());
}

TEST(ImageRetention, HasNothingToSayOfNothing) {
  EXPECT_THAT(removable_images({}, kNow).references, IsEmpty());
  EXPECT_THAT(removable_images({{}, {}}, kNow).built, IsEmpty());
}

}  // namespace
}  // namespace sluice::image
