#include "adapters/buildah/host_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace sluice::buildah {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

TEST(PipSettings, AreGatheredFromFilesAndVariables) {
  const auto text = pip_settings({"[global]\nindex-url = http://old/\ntimeout: 5\n[freeze]\nproxy = no\n",
                                  "# mine\n[install]\nextra-index-url =\n  http://a/\n  http://b/\nuser = true\n"},
                                 {{"PIP_INDEX_URL", "http://token@new/"}, {"PIP_TARGET", "/x"}, {"PATH", "/bin"}});
  EXPECT_EQ(text,
            "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\nextra-index-url =  http://a/ http://b/\n"
            "index-url = http://token@new/\ntimeout = 5\n");
}

TEST(PipSettings, LeaveOutFoldersOfTheHost) {
  EXPECT_EQ(pip_settings({}, {{"PIP_FIND_LINKS", "/opt/wheels file:///x"}}), "");
  EXPECT_THAT(pip_settings({}, {{"PIP_FIND_LINKS", "/opt/wheels http://wheels/"}}),
              HasSubstr("find-links = http://wheels/\n"));
}

TEST(PipSettings, OfAHostWithoutAnyAreEmpty) { EXPECT_EQ(pip_settings({"[list]\nformat = columns\n"}, {}), ""); }

TEST(NpmSettings, KeepRegistriesCredentialsAndProxies) {
  const auto text =
      npm_settings({"registry=http://old/\nfund=false\n//host/:_authToken=abc\n@us:registry = http://us/\n"},
                   {{"npm_config_registry", "http://new/"}, {"NPM_CONFIG_STRICT_SSL", "true"}});
  EXPECT_EQ(text,
            "//host/:_authToken=abc\n@us:registry=http://us/\ncafile=/etc/ssl/certs/ca-certificates.crt\n"
            "registry=http://new/\nstrict-ssl=true\n");
  EXPECT_EQ(npm_settings({"fund=false\naudit=false\n"}, {}), "");
}

class PrepareMounts : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    std::filesystem::create_directories(folder_ + "/host/certs");
    std::filesystem::create_directories(folder_ + "/to");
    std::ofstream(folder_ + "/authority.crt") << "AUTHORITY";
    std::filesystem::create_symlink(folder_ + "/authority.crt", folder_ + "/host/certs/a.0");
    std::filesystem::create_symlink("/nowhere/at/all", folder_ + "/host/certs/b.0");
    std::ofstream(folder_ + "/host/pip.conf") << "[global]\nindex-url = http://secret@index/\n";
    host_ = {.certificates = folder_ + "/host/certs",
             .pip_configuration = folder_ + "/host/pip.conf",
             .npm_configuration = folder_ + "/host/npmrc",
             .environment = {{"HOME", folder_ + "/home"}, {"npm_config_registry", "http://npm/"}}};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  HostPlaces host_;
};

TEST_F(PrepareMounts, CopiesCertificatesWithTheirLinksFollowed) {
  const auto mounts = prepare_mounts(host_, "FROM x\nRUN true\n", folder_ + "/to");
  ASSERT_TRUE(mounts.has_value()) << mounts.error().message;
  EXPECT_THAT(*mounts, ElementsAre(Mount{folder_ + "/to/certificates", "/etc/ssl/certs"}));
  EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(folder_ + "/to/certificates/a.0")));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/to/certificates/b.0"));
}

TEST_F(PrepareMounts, WritesSettingsOnlyForToolsThatTheDockerfileCalls) {
  auto mounts = prepare_mounts(host_, "RUN pip install x", folder_ + "/to");
  ASSERT_TRUE(mounts.has_value());
  EXPECT_THAT(*mounts, ElementsAre(Field(&Mount::target, "/etc/ssl/certs"), Field(&Mount::target, "/etc/pip.conf")));
  struct stat found{};
  ASSERT_EQ(stat((folder_ + "/to/pip.conf").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U) << "it may hold credentials";

  mounts = prepare_mounts({.certificates = "/absent", .environment = host_.environment}, "RUN npm ci", folder_ + "/to");
  ASSERT_TRUE(mounts.has_value());
  EXPECT_THAT(*mounts, ElementsAre(Field(&Mount::target, "/usr/local/etc/npmrc"), Field(&Mount::target, "/etc/npmrc")));
}

TEST_F(PrepareMounts, SayWhenTheyCannotBeWritten) {
  const auto mounts = prepare_mounts(host_, "RUN pip install x", "/proc/no-such-folder");
  ASSERT_FALSE(mounts.has_value());
  EXPECT_EQ(mounts.error().kind, ErrorKind::Unavailable);
}

}  // namespace
}  // namespace sluice::buildah
