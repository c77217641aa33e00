#include "application/known_secrets.h"

#include <gtest/gtest.h>

namespace sluice::application {
namespace {

rollout::Revision revision(const std::string& id, bool has_secrets) {
  rollout::Revision revision;
  revision.id = id;
  if (has_secrets) revision.secrets["KEY"] = {rollout::SecretFile{"key"}, "ab12"};
  return revision;
}

workflow::Masks masks(std::string_view value) {
  workflow::Masks masks;
  masks.add(value);
  return masks;
}

TEST(KnownSecrets, AreHiddenWhereverTheyStand) {
  KnownSecrets secrets;
  secrets.learn("r1", masks("tulip garden"));
  EXPECT_EQ(secrets.hide(revision("r1", true), "ERROR cannot use <tulip garden>"), "ERROR cannot use <***>");
}

TEST(KnownSecrets, OfARevisionThatNobodyReadLeaveNothingToShow) {
  KnownSecrets secrets;
  EXPECT_EQ(secrets.hide(revision("r1", true), "ERROR"), std::nullopt);
  EXPECT_EQ(secrets.hide(revision("r1", false), "ERROR password=x"), "ERROR password=***");
}

TEST(KnownSecrets, AreOfTheNewestRevisions) {
  KnownSecrets secrets;
  secrets.learn("r1", masks("tulip"));
  for (std::size_t i = 0; i < KnownSecrets::kMostRevisions; ++i) secrets.learn("other" + std::to_string(i), masks("x"));
  EXPECT_EQ(secrets.hide(revision("r1", true), "tulip"), std::nullopt);
}

}  // namespace
}  // namespace sluice::application
