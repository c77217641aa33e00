#include "adapters/skopeo/login_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "adapters/skopeo/registry.h"

namespace sluice::skopeo {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class SkopeoLogin : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / "sluice-login-XXXXXX";
    ASSERT_NE(mkdtemp(root_.data()), nullptr);
    folder_ = root_ + "/logins";
  }
  void TearDown() override { fs::remove_all(root_); }

  static mode_t mode_of(const std::string& path) {
    struct stat info{};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777U;
  }
  std::size_t files() const {
    std::error_code ignored;
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_, ignored), fs::directory_iterator()));
  }

  std::string root_;
  std::string folder_;
};

TEST_F(SkopeoLogin, IsInAFileForItsOwnerAsLongAsItIsNeeded) {
  {
    auto login = LoginFile::create(folder_, "r.example.org/team", Secret("QVdTOng="));
    ASSERT_TRUE(login.has_value()) << login.error().message;
    EXPECT_EQ(mode_of(login->path()), 0600U);
    EXPECT_EQ(mode_of(folder_), 0700U);
    std::ifstream file(login->path());
    const auto said = boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    EXPECT_EQ(said, boost::json::parse(R"({"auths": {"r.example.org": {"auth": "QVdTOng="}}})"));
    const LoginFile moved = std::move(*login);
    EXPECT_EQ(files(), 1u);
  }
  EXPECT_EQ(files(), 0u);
}

TEST_F(SkopeoLogin, ThatAKilledProcessHasLeftIsRemoved) {
  fs::create_directories(folder_);
  std::ofstream(folder_ + "/login-abcdef") << "{}";
  remove_login_files(folder_);
  EXPECT_FALSE(fs::exists(folder_));
}

/// Keeps what it is asked to run, and what is in the file that `--authfile` names.
class Watched final : public ports::Processes {
 public:
  Result<ports::ProcessResult> run(const ports::ProcessRequest& request, std::stop_token) override {
    argv = request.argv;
    for (std::size_t i = 0; i + 1 < argv.size(); ++i) {
      if (argv[i] != "--authfile") continue;
      std::ifstream file(argv[i + 1]);
      login.assign(std::istreambuf_iterator<char>(file), {});
    }
    return ports::ProcessResult{.exit_code = 0, .out = "sha256:" + std::string(64, '1') + "\n", .err = ""};
  }
  std::vector<std::string> argv;
  std::string login;
};

class NoHttp final : public ports::HttpClient {
 public:
  Result<ports::HttpResponse> send(const ports::HttpRequest&, std::stop_token) override {
    return Error{ErrorKind::Unavailable, "there is none"};
  }
};

TEST_F(SkopeoLogin, IsNoArgumentOfAProgram) {
  Watched processes;
  NoHttp http;
  Registry registry({.ready = {},
                     .explain = {},
                     .login = [](const ports::RegistryName& name, std::stop_token) -> Result<std::optional<Secret>> {
                       if (name.registry == "other.example.org") return std::optional<Secret>();
                       if (name.registry == "denied.example.org") return Error{ErrorKind::Denied, "no"};
                       return std::optional(Secret("QVdTOng="));
                     },
                     .rules = {},
                     .login_directory = folder_},
                    processes, http);
  ASSERT_TRUE(registry.digest({"r.example.org", "shop/web", "sha-1"}, {}));
  EXPECT_NE(processes.login.find("QVdTOng="), std::string::npos);
  for (const std::string& argument : processes.argv) EXPECT_EQ(argument.find("QVdTOng="), std::string::npos);
  EXPECT_EQ(files(), 0u);
  processes.login.clear();
  ASSERT_TRUE(registry.push("id", {"other.example.org", "shop/web", "sha-1"}, {}));
  EXPECT_EQ(processes.login, "");
  EXPECT_EQ(registry.digest({"denied.example.org", "shop/web", "sha-1"}, {}).error().kind, ErrorKind::Denied);
}

}  // namespace
}  // namespace sluice::skopeo
