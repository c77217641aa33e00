#include "adapters/aws/adopt/adoption_notes.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

namespace sluice::aws::adopt {
namespace {

class AdoptionNotesTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(home_); }
  void TearDown() override { std::filesystem::remove_all(home_); }
  AdoptionNotes notes(const std::string& service = "web") {
    return {home_, "shop", service, [this] { return "id" + std::to_string(++ids_); }};
  }

  std::string home_ =
      testing::TempDir() + "adoption-notes-" + testing::UnitTest::GetInstance()->current_test_info()->name();
  int ids_ = 0;
};

TEST_F(AdoptionNotesTest, KeepTheSameIdUntilTheyAreForgotten) {
  EXPECT_EQ(notes().note()->id, "id1");
  EXPECT_EQ(notes().note()->id, "id1");
  EXPECT_EQ(notes("other").note()->id, "id2");
  ASSERT_TRUE(notes().forget());
  ASSERT_TRUE(notes().forget());
  EXPECT_EQ(notes().note()->id, "id3");
}

TEST_F(AdoptionNotesTest, KnowTheGroupsThatWereMadeOnce) {
  ASSERT_TRUE(notes().note_group("shop-a"));
  ASSERT_TRUE(notes().note_group("shop-b"));
  ASSERT_TRUE(notes().note_group("shop-a"));
  EXPECT_EQ(notes().note()->made_groups, (std::vector<std::string>{"shop-a", "shop-b"}));
  EXPECT_EQ(notes().note()->id, "id1");
}

TEST_F(AdoptionNotesTest, SayWhenTheyAreDamaged) {
  ASSERT_TRUE(notes().note());
  for (const auto& entry : std::filesystem::directory_iterator(home_ + "/aws-adoptions")) {
    std::ofstream(entry.path()) << "{";
  }
  EXPECT_EQ(notes().note().error().kind, ErrorKind::Unavailable);
}

TEST_F(AdoptionNotesTest, KeepARuleAsItWas) {
  const boost::json::object rule{{"RuleArn", "arn:rule"}, {"Priority", "10"}};
  ASSERT_TRUE(notes().keep_rule(rule));
  std::ifstream file(notes().rule_path("arn:rule"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(boost::json::parse(text), boost::json::value(rule));
}

}  // namespace
}  // namespace sluice::aws::adopt
