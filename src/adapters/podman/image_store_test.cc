#include "adapters/podman/image_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "adapters/posix/processes.h"
#include "support/machine.h"

namespace sluice::podman {
namespace {

using testing_support::Machine;

class PodmanImageStore : public testing::Test {
 protected:
  void SetUp() override {
    machine_ = Machine::create();
    if (!machine_) GTEST_SKIP() << "podman is not installed";
    store_ = std::make_unique<ImageStore>(machine_->api());
    prefix_ = "localhost/" + std::filesystem::path(machine_->home()).filename().string();
    std::ranges::transform(prefix_, prefix_.begin(), [](unsigned char c) { return std::tolower(c); });
  }
  void TearDown() override {
    if (!store_) return;
    for (const std::string& tag : tags_) {
      if (has(tag)) {
        EXPECT_TRUE(store_->remove(name(tag)).has_value()) << tag;
      }
    }
  }
  std::string name(const std::string& tag) const { return prefix_ + ":" + tag; }
  /// An image FROM another (or from nothing), with a layer of its own.
  void build(const std::string& tag, const std::string& from = "scratch") {
    const std::string context = machine_->home() + "/context";
    std::filesystem::create_directories(context);
    std::ofstream(context + "/" + tag) << tag;
    std::ofstream(context + "/Containerfile") << fmt::format("FROM {}\nCOPY {} /{}\n", from, tag, tag);
    const auto built = processes_.run({.argv = {"buildah", "bud", "--isolation", "chroot", "--layers", "--format",
                                                "docker", "--quiet", "--tag", name(tag), context}},
                                      {});
    ASSERT_TRUE(built.has_value() && built->exit_code == 0) << (built.has_value() ? built->err : "");
    tags_.push_back(tag);
  }
  bool has(const std::string& tag) const {
    const auto there = store_->has(name(tag));
    EXPECT_TRUE(there.has_value()) << there.error().message;
    return there.has_value() && *there;
  }

  std::unique_ptr<Machine> machine_;
  std::unique_ptr<ImageStore> store_;
  posix::Processes processes_;
  std::string prefix_;
  std::vector<std::string> tags_;  ///< Of what `build` made.
};

TEST_F(PodmanImageStore, RemovesAnImageWithItsLastNameOnly) {
  build("one");
  ASSERT_TRUE(machine_->api()
                  .call({.method = "POST",
                         .path = "/images/" + name("one") + "/tag",
                         .query = {{"repo", prefix_}, {"tag", "other"}}},
                        "tagging")
                  .has_value());
  EXPECT_TRUE(has("one"));
  ASSERT_TRUE(store_->remove(name("one")).has_value());
  EXPECT_FALSE(has("one"));
  EXPECT_TRUE(has("other")) << "somebody else's name stands for it";
  ASSERT_TRUE(store_->remove(name("other")).has_value());
  EXPECT_FALSE(has("other"));
  EXPECT_EQ(store_->remove(name("other")).error().kind, ErrorKind::NotFound);
}

TEST_F(PodmanImageStore, LeavesTheBaseOfAnImageAndWhatIsBuiltOnIt) {
  build("base");
  build("app", name("base"));
  build("child", name("app"));
  ASSERT_TRUE(store_->remove(name("app")).has_value());
  EXPECT_TRUE(has("base"));
  EXPECT_TRUE(has("child"));
}

TEST_F(PodmanImageStore, DoesNotTouchAnImageThatAContainerUses) {
  build("used");
  const std::string container = std::filesystem::path(prefix_).filename().string() + "-user";
  const auto made = processes_.run(
      {.argv = {"podman", "--runtime", "runc", "create", "--name", container, name("used"), "/nothing"}}, {});
  ASSERT_TRUE(made.has_value() && made->exit_code == 0) << (made.has_value() ? made->err : "");
  const Status refused = store_->remove(name("used"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict) << refused.error().message;
  EXPECT_TRUE(has("used"));
  EXPECT_EQ(processes_.run({.argv = {"podman", "rm", "--force", container}}, {})->exit_code, 0);
}

}  // namespace
}  // namespace sluice::podman
