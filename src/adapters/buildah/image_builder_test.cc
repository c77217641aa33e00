#include "adapters/buildah/image_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/posix/processes.h"
#include "support/base_image.h"

namespace sluice::buildah {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// Builds on the stand-in base.
class BuildahImageBuilder : public testing::Test {
 protected:
  void SetUp() override {
    if (!testing_support::have_base_image()) GTEST_SKIP() << "buildah, podman or mmdebstrap is not installed";
    std::string name = testing::TempDir() + "sluice-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directories(folder_ + "/context");
    fs::create_directories(folder_ + "/certificates");
    std::ofstream(folder_ + "/certificates/ca-certificates.crt") << "AUTHORITY\n";
    builder_ = std::make_unique<ImageBuilder>(
        ImageBuilder::Options{.scratch_directory = folder_ + "/scratch",
                              .host = {.certificates = folder_ + "/certificates",
                                       .pip_configuration = "/absent",
                                       .npm_configuration = "/absent",
                                       .environment = {{"PIP_INDEX_URL", "http://user:hidden-token@index/"}}}},
        processes_);
  }
  void TearDown() override {
    if (folder_.empty()) return;
    (void)processes_.run({.argv = {"buildah", "rmi", "--force", kName}}, {});
    fs::remove_all(folder_);
  }

  Result<std::string> build(const std::string& dockerfile, std::map<std::string, std::string> args = {}) {
    std::ofstream(folder_ + "/context/Dockerfile") << dockerfile;
    lines_.clear();
    return builder_->build({.context = folder_ + "/context",
                            .dockerfile = folder_ + "/context/Dockerfile",
                            .args = std::move(args),
                            .name = kName,
                            .on_line = [this](std::string_view line) { lines_.emplace_back(line); }},
                           {});
  }

  /// What a shell command sees in the image's files, with `$root` as their folder.
  std::string in_image(const std::string& id, const std::string& command) {
    const auto result = processes_.run({.argv = {"bash", "-c",
                                                 "root=$(podman image mount " + id + ") && { " + command +
                                                     "; }; podman image unmount " + id + " >/dev/null"}},
                                       {});
    return result.has_value() ? result->out : result.error().message;
  }

  static constexpr const char* kName = "localhost/sluice-builder-test:1";
  static constexpr const char* kBase = "FROM localhost/python:3.11-slim\n";
  std::string folder_;
  posix::Processes processes_;
  std::unique_ptr<ImageBuilder> builder_;
  std::vector<std::string> lines_;
};

TEST_F(BuildahImageBuilder, KeepsTheHealthCheckAndTakesArguments) {
  const auto id = build(std::string(kBase) +
                            "ARG COLOUR=red\nENV COLOUR=$COLOUR\nEXPOSE 8080\n"
                            "HEALTHCHECK --interval=15s CMD probe\nCMD [\"serve\"]\n",
                        {{"COLOUR", "green"}});
  ASSERT_TRUE(id.has_value()) << id.error().message;
  const auto image = builder_->inspect(*id);
  ASSERT_TRUE(image.has_value()) << image.error().message;
  ASSERT_TRUE(image->health_check.has_value());
  EXPECT_THAT(image->health_check->test, ElementsAre("CMD-SHELL", "probe"));
  EXPECT_EQ(image->health_check->interval, Milliseconds(15'000));
  EXPECT_EQ(image->variable("COLOUR"), "green");
  EXPECT_THAT(image->start_arguments(), ElementsAre("serve"));
  EXPECT_THAT(image->exposed_ports, ElementsAre(8080));
  EXPECT_THAT(lines_, Contains(HasSubstr("EXPOSE 8080")));
}

TEST_F(BuildahImageBuilder, AnUnchangedContextGivesTheSameImage) {
  const auto first = build(std::string(kBase) + "RUN echo hello > /hello\n");
  const auto second = build(std::string(kBase) + "RUN echo hello > /hello\n");
  ASSERT_TRUE(first.has_value()) << first.error().message;
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_EQ(*first, *second);
}

TEST_F(BuildahImageBuilder, RunStepsSeeTheHostsSettingsAndNoLayerHoldsThem) {
  const auto id = build(std::string(kBase) +
                        "RUN grep -q AUTHORITY /etc/ssl/certs/ca-certificates.crt && "
                        "grep -q '^index-url = http://user:hidden-tok' /etc/pip.conf && echo yes > /seen # pip\n");
  ASSERT_TRUE(id.has_value()) << id.error().message;
  EXPECT_EQ(in_image(*id, "cat $root/seen"), "yes\n");
  EXPECT_EQ(in_image(*id, "grep -rlE 'AUTHORITY|hidden-token' $root/etc; cat $root/etc/pip.conf | wc -c"), "0\n");
  const auto inspected = processes_.run({.argv = {"buildah", "inspect", "--type", "image", *id}}, {});
  ASSERT_TRUE(inspected.has_value());
  EXPECT_EQ(inspected->out.find("hidden-token"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(folder_ + "/scratch")) << "settings with credentials were left behind";
}

TEST_F(BuildahImageBuilder, AFailedStepEndsWithItsOutput) {
  const auto id = build(std::string(kBase) + "RUN echo it is broken; exit 7\n");
  ASSERT_FALSE(id.has_value());
  EXPECT_EQ(id.error().kind, ErrorKind::Failed);
  EXPECT_THAT(id.error().message, HasSubstr("it is broken"));
  EXPECT_THAT(id.error().message, HasSubstr("exit status 7"));
}

TEST_F(BuildahImageBuilder, NamesAnAbsentFolderFileOrImage) {
  const auto no_folder = builder_->build({.context = "/absent/folder", .dockerfile = "/x", .name = kName}, {});
  ASSERT_FALSE(no_folder.has_value());
  EXPECT_THAT(no_folder.error().message, HasSubstr("/absent/folder is no folder"));
  const auto no_file = builder_->build({.context = folder_, .dockerfile = folder_ + "/Nofile", .name = kName}, {});
  ASSERT_FALSE(no_file.has_value());
  EXPECT_EQ(no_file.error().kind, ErrorKind::InvalidInput);
  const auto no_image = builder_->inspect("localhost/sluice-no-such-image:1");
  ASSERT_FALSE(no_image.has_value());
  EXPECT_EQ(no_image.error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace sluice::buildah
