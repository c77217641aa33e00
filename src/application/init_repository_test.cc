#include "application/init_repository.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/posix/files.h"
#include "adapters/posix/processes.h"
#include "core/config/configuration.h"
#include "core/config/starter_aws.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;

/// The real ones, but for a scanner: it is there or not as the test wants it.
class ProcessesWithScanner final : public ports::Processes {
 public:
  Result<ports::ProcessResult> run(const ports::ProcessRequest& request, std::stop_token stop) override {
    if (request.argv[0] != "trivy") return real_.run(request, stop);
    if (!installed) return Error{ErrorKind::NotFound, "there is no program trivy"};
    return ports::ProcessResult{.exit_code = 0, .out = "Version: 0.50.0", .err = ""};
  }
  bool installed = true;

 private:
  posix::Processes real_;
};

/// A project's folder and a bare repository that it is pushed to, with real git.
class InitRepository : public testing::Test {
 protected:
  InitRepository() {
    std::string name = (fs::temp_directory_path() / "sluice-init-XXXXXX").string();
    folder_ = fs::canonical(mkdtemp(name.data()));
    fs::create_directory(folder_ / "shop");
  }
  ~InitRepository() override { fs::remove_all(folder_); }

  std::string shop(const std::string& file = "") const { return (folder_ / "shop" / file).string(); }
  static std::string read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
  }
  ports::ProcessResult run(std::vector<std::string> argv, const std::string& input = "") {
    ports::ProcessRequest request;
    request.argv = std::move(argv);
    request.directory = shop();
    request.input = input;
    request.timeout = std::chrono::minutes{1};
    auto result = processes_.run(request, {});
    if (!result) {
      ADD_FAILURE() << result.error().message;
      return {};
    }
    return *result;
  }
  void make_repositories() {
    for (const std::vector<std::string>& argv :
         std::vector<std::vector<std::string>>{{"git", "init", "-q", "-b", "trunk", shop()},
                                               {"git", "-C", shop(), "config", "user.email", "ada@example.com"},
                                               {"git", "-C", shop(), "config", "user.name", "Ada"},
                                               {"git", "init", "-q", "--bare", "-b", "trunk", bare()},
                                               {"git", "-C", shop(), "remote", "add", "origin", bare()}}) {
      EXPECT_EQ(run(argv).exit_code, 0) << argv[1];
    }
  }
  std::string bare() const { return (folder_ / "shop.git").string(); }
  Result<std::vector<InitStep>> init(std::optional<std::string> hook_repository = {}) {
    InitRequest request{.directory = shop(), .hook_repository = std::move(hook_repository), .hook = {}};
    request.hook.program = (folder_ / "it's sluice").string();
    return init_repository(request, {files_, processes_});
  }

  fs::path folder_;
  posix::Files files_;
  ProcessesWithScanner processes_;
};

TEST_F(InitRepository, WritesAConfigurationAndAWorkflow) {
  make_repositories();
  write(shop("Dockerfile"), "FROM scratch\nEXPOSE 9000\n");
  const auto steps = init();
  ASSERT_TRUE(steps.has_value()) << steps.error().message;
  ASSERT_EQ(steps->size(), 2u);
  EXPECT_EQ(to_string(steps->at(0)), "wrote " + shop("sluice.yaml"));
  const auto parsed = config::parse(read(shop("sluice.yaml")), "sluice.yaml");
  ASSERT_TRUE(parsed.configuration);
  EXPECT_EQ(parsed.configuration->project, "shop");
  EXPECT_EQ(parsed.configuration->environments.at("local").services.at(0).port, 9000);
  EXPECT_NE(read(shop(".github/workflows/deploy.yml")).find("branches: ['trunk']"), std::string::npos);
}

TEST_F(InitRepository, TurnsTheScanOffAndSaysSoWhereNoScannerIsInstalled) {
  processes_.installed = false;
  const auto steps = init();
  ASSERT_TRUE(steps.has_value()) << steps.error().message;
  EXPECT_EQ(to_string(steps->at(0)), "wrote " + shop("sluice.yaml") + ", with `scan: off`: trivy is not installed");
  EXPECT_EQ(steps->at(1).note, "");
  const auto parsed = config::parse(read(shop("sluice.yaml")), "sluice.yaml");
  ASSERT_TRUE(parsed.configuration);
  EXPECT_TRUE(parsed.configuration->environments.at("local").services.at(0).scan.off);
}

TEST_F(InitRepository, TellsInJsonWhatWasWritten) {
  const auto steps = init();
  ASSERT_TRUE(steps.has_value()) << steps.error().message;
  EXPECT_EQ(to_json(steps->at(0)),
            "{\"type\":\"file\",\"path\":\"" + shop("sluice.yaml") + "\",\"written\":true,\"note\":\"\"}");
}

TEST_F(InitRepository, WorksWithoutGitAndWritesOverNothing) {
  write(shop("sluice.yaml"), "mine");
  const auto steps = init();
  ASSERT_TRUE(steps.has_value()) << steps.error().message;
  EXPECT_EQ(to_string(steps->at(0)), "kept " + shop("sluice.yaml") + ", which was there");
  EXPECT_EQ(steps->at(1).outcome, InitStep::Outcome::Written);
  EXPECT_EQ(read(shop("sluice.yaml")), "mine");
}

TEST_F(InitRepository, WritesTheInfrastructureOfAnEnvironmentInAws) {
  InitRequest request{.directory = shop(), .hook_repository = {}, .hook = {}, .for_aws = true};
  write(shop("infrastructure/main.tf"), "mine");
  const auto steps = init_repository(request, {files_, processes_});
  ASSERT_TRUE(steps.has_value()) << steps.error().message;
  EXPECT_EQ(to_string(steps->at(0)),
            "wrote " + shop("sluice.yaml") + ", to be filled in with the outputs of infrastructure/");
  EXPECT_NE(read(shop("sluice.yaml")).find("target: aws"), std::string::npos);
  EXPECT_NE(read(shop("infrastructure/cloudformation.yaml")).find("Default: shop\n"), std::string::npos);
  EXPECT_EQ(read(shop("infrastructure/main.tf")), "mine");
  // The configuration, the workflow, and every file of the infrastructure.
  EXPECT_EQ(steps->size(), 2 + config::starter_infrastructure({}).size());
  EXPECT_EQ(std::ranges::count(*steps, InitStep::Outcome::Kept, &InitStep::outcome), 1);
}

TEST_F(InitRepository, SaysThatAConfigurationOfBeforeHasNoEnvironmentInAws) {
  InitRequest request{.directory = shop(), .hook_repository = {}, .hook = {}, .for_aws = true};
  write(shop("sluice.yaml"), "mine");
  const auto steps = init_repository(request, {files_, processes_});
  ASSERT_TRUE(steps.has_value()) << steps.error().message;
  EXPECT_EQ(to_string(steps->at(0)),
            "kept " + shop("sluice.yaml") + ", which was there, so see that it has an environment with `target: aws`");
}

TEST_F(InitRepository, ABareRepositoryGetsOnlyItsHook) {
  make_repositories();
  InitRequest request{.directory = bare(), .hook_repository = {}, .hook = {}};
  EXPECT_EQ(init_repository(request, {files_, processes_}).error().kind, ErrorKind::InvalidInput);
  request.hook_repository = bare();
  const auto steps = init_repository(request, {files_, processes_});
  ASSERT_TRUE(steps.has_value()) << steps.error().message;
  ASSERT_EQ(steps->size(), 1u);
  EXPECT_EQ(steps->front().path, bare() + "/hooks/post-receive");
  EXPECT_FALSE(fs::exists(bare() + "/sluice.yaml"));
}

TEST_F(InitRepository, KeepsAnotherHookAndSaysWhatToAddToIt) {
  make_repositories();
  write(bare() + "/hooks/post-receive", "#!/bin/sh\n");
  const auto steps = init(bare());
  ASSERT_FALSE(steps.has_value());
  EXPECT_EQ(steps.error().kind, ErrorKind::Conflict);
  EXPECT_NE(steps.error().message.find("push-received --repository " + bare()), std::string::npos);
  EXPECT_EQ(read(bare() + "/hooks/post-receive"), "#!/bin/sh\n");
}

TEST_F(InitRepository, ItsOwnHookMayBeThereAlready) {
  make_repositories();
  ASSERT_TRUE(init(bare()).has_value());
  const auto again = init(bare());
  ASSERT_TRUE(again.has_value()) << again.error().message;
  for (const InitStep& step : *again) EXPECT_EQ(step.outcome, InitStep::Outcome::Kept) << step.path;
}

TEST_F(InitRepository, NamesWhatIsNoRepository) {
  const auto steps = init((folder_ / "nowhere").string());
  ASSERT_FALSE(steps.has_value());
  EXPECT_EQ(steps.error().kind, ErrorKind::NotFound);
}

/// The hook with a stand-in for sluice that writes down how it was called.
class GitHook : public InitRepository {
 protected:
  void install(const std::string& stand_in) {
    make_repositories();
    write((folder_ / "it's sluice").string(), stand_in);
    fs::permissions(folder_ / "it's sluice", fs::perms::owner_all);
    const auto steps = init(bare());
    ASSERT_TRUE(steps.has_value()) << steps.error().message;
    ASSERT_EQ(run({"git", "add", "-A"}).exit_code, 0);
    ASSERT_EQ(run({"git", "commit", "-qm", "first"}).exit_code, 0);
  }
  std::string called() const { return read((folder_ / "called").string()); }
  std::string recorder() const {
    return "#!/bin/sh\necho \"$@\" >> '" + (folder_ / "called").string() + "'\nenv | grep ^GIT_DIR= >> '" +
           (folder_ / "called").string() + "'\nexit 0\n";
  }
};

TEST_F(GitHook, HandsEachPushedRefToSluice) {
  install(recorder());
  const auto pushed = run({"git", "push", "origin", "trunk", "trunk:refs/tags/v1"});
  ASSERT_EQ(pushed.exit_code, 0) << pushed.err;
  EXPECT_NE(pushed.err.find("sluice: to follow it: sluice watch"), std::string::npos) << pushed.err;
  const std::string commit = run({"git", "rev-parse", "HEAD"}).out.substr(0, 40);
  const std::string call =
      "push-received --repository " + bare() + " --before " + std::string(40, '0') + " --after " + commit + " --ref ";
  EXPECT_EQ(called(), call + "refs/heads/trunk\n" + call + "refs/tags/v1\n") << "and without git's own GIT_DIR";
}

TEST_F(GitHook, NeverFailsAPush) {
  install("#!/bin/sh\nexit 1\n");
  const auto pushed = run({"git", "push", "origin", "trunk"});
  EXPECT_EQ(pushed.exit_code, 0) << pushed.err;
  EXPECT_NE(pushed.err.find("sluice did not take it"), std::string::npos) << pushed.err;
  EXPECT_EQ(pushed.err.find("to follow it"), std::string::npos) << pushed.err;
  const auto there = run({"git", "-C", bare(), "rev-parse", "trunk"});
  EXPECT_EQ(there.exit_code, 0);
}

TEST_F(GitHook, RemembersWhereSluiceKeepsItsState) {
  make_repositories();
  InitRequest request{.directory = bare(), .hook_repository = bare(), .hook = {}};
  request.hook = {.program = (folder_ / "sluice").string(), .home = "/a b/$HOME", .run = "/run/o'clock"};
  write(request.hook.program, "#!/bin/sh\nprintf '%s\\n' \"$SLUICE_HOME\" \"$SLUICE_RUN\"\n");
  fs::permissions(request.hook.program, fs::perms::owner_all);
  ASSERT_TRUE(init_repository(request, {files_, processes_}).has_value());
  const auto told = run({"env", "-u", "SLUICE_HOME", "-u", "SLUICE_RUN", "sh", "-c",
                         "cd '" + bare() + "' && echo 0 1 refs/heads/x | hooks/post-receive"});
  EXPECT_EQ(told.out.substr(0, told.out.find("sluice:")), "/a b/$HOME\n/run/o'clock\n") << told.err;
  const auto set = run(
      {"env", "SLUICE_HOME=/mine", "sh", "-c", "cd '" + bare() + "' && echo 0 1 refs/heads/x | hooks/post-receive"});
  EXPECT_TRUE(set.out.starts_with("/mine\n")) << "what is set where the push arrives counts first: " << set.out;
}

}  // namespace
}  // namespace sluice::application
