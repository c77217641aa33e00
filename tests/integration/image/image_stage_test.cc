// The image stage as users meet it: real git, buildah, podman, skopeo and docker-registry, on the example service.
#include "application/image_stage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "adapters/buildah/image_builder.h"
#include "adapters/docker_registry/local_registry.h"
#include "adapters/files/image_records.h"
#include "adapters/podman/image_sandbox.h"
#include "adapters/posix/clock.h"
#include "adapters/posix/processes.h"
#include "adapters/skopeo/registry.h"
#include "adapters/trivy/scanner.h"
#include "support/base_image.h"
#include "support/machine.h"
#include "support/registry.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::Machine;

Status pause(Milliseconds span, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any changed;
  changed.wait_for(lock, stop, span, [] { return false; });
  if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "stopped"};
  return {};
}

/// A repository with the example's source, the real adapters, and a registry of its own.
class ImageStageOnThisMachine : public testing::Test {
 protected:
  void SetUp() override {
    if (!testing_support::have_base_image()) GTEST_SKIP() << "podman, buildah or mmdebstrap is not installed";
    machine_ = Machine::create();
    ASSERT_NE(machine_, nullptr);
    local_ = std::make_unique<docker_registry::LocalRegistry>(machine_->home(), machine_->daemons(), machine_->http(),
                                                              processes_);
    const std::string home = machine_->home();
    sandbox_ = std::make_unique<podman::ImageSandbox>(home.substr(home.size() - 6), machine_->api(), machine_->http(),
                                                      processes_);
    builder_ = std::make_unique<buildah::ImageBuilder>(
        buildah::ImageBuilder::Options{.scratch_directory = home + "/scratch", .host = {.environment = environment()}},
        processes_);
    scanner_ = std::make_unique<trivy::Scanner>(home + "/scratch", processes_);
    records_ = std::make_unique<files::ImageRecords>(home + "/images");
    registry_ = std::make_unique<skopeo::Registry>(
        skopeo::Registry::Hooks{.ready = [this](const std::string& address) { return local_->ensure(address); },
                                .explain = [this](const std::string& address) { return local_->explain(address); }},
        processes_, machine_->http());
    request_.project = "sluice-test";
    request_.registry = fmt::format("127.0.0.1:{}", testing_support::free_tcp_port());
    request_.directory = home + "/repository";
    request_.service.name = "orchestrator";
    request_.service.image = "mangaassist-chatbot";
    request_.service.build.args = {{"BASE", "localhost/python:3.11-slim"}};
    request_.service.scan.off = true;
    request_.service.preflight.within = Milliseconds(20'000);
    request_.service.secrets = {{"MODEL_KEY", rollout::SecretFile{"model_key"}}};
    copy_example();
  }
  void TearDown() override {
    if (!machine_) return;
    EXPECT_TRUE(local_->end(request_.registry).has_value());
    for (const auto& id : built_) (void)processes_.run({.argv = {"buildah", "rmi", "--force", id}}, {});
  }

  static std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string text = *variable;
      variables[text.substr(0, text.find('='))] = text.substr(std::min(text.find('=') + 1, text.size()));
    }
    return variables;
  }

  void shell(const std::string& script) {
    const auto result = processes_.run({.argv = {"bash", "-euc", script}, .directory = request_.directory}, {});
    ASSERT_TRUE(result.has_value()) << result.error().message;
    ASSERT_EQ(result->exit_code, 0) << script << "\n" << result->out << result->err;
  }
  void commit() {
    shell("git -c user.name=test -c user.email=test@localhost commit -q --allow-empty-message -m '' -a --allow-empty");
  }
  void copy_example() {
    const fs::path example = fs::path(SLUICE_SOURCE_DIR) / "examples/mangaassist";
    fs::create_directories(request_.directory);
    for (const char* part : {"src", "Dockerfile", ".dockerignore", "requirements.txt"}) {
      fs::copy(example / part, fs::path(request_.directory) / part, fs::copy_options::recursive);
    }
    std::ofstream(request_.directory + "/model_key") << "a-secret-of-production";
    shell("find . -name __pycache__ -prune -exec rm -r {} +; git init -q -b main; git add -A");
    commit();
  }
  void use_the_storys_dockerfile() {
    fs::copy_file(SLUICE_SOURCE_DIR "/tests/integration/image/Dockerfile.story", request_.directory + "/Dockerfile",
                  fs::copy_options::overwrite_existing);
    commit();
  }

  SayLine say() {
    return [this](std::string_view line) { said_.emplace_back(line); };
  }
  Result<ports::ImageRecord> build() {
    auto record = stage().build(request_, say(), {});
    if (record.has_value()) built_.push_back(record->image_id);
    return record;
  }
  ImageStage stage() {
    return ImageStage({*builder_, *sandbox_, *scanner_, *registry_, *records_, processes_, clock_, pause});
  }
  std::vector<std::string> refusals() {
    const auto checked = stage().check(request_, say(), {});
    EXPECT_TRUE(checked.has_value()) << checked.error().message;
    std::vector<std::string> messages;
    if (!checked.has_value()) return messages;
    for (const auto& cause : checked->causes) {
      if (cause.weight == image::Cause::Weight::Refusal) messages.push_back(cause.message);
    }
    return messages;
  }

  std::unique_ptr<Machine> machine_;
  posix::Processes processes_;
  posix::Clock clock_;
  std::unique_ptr<docker_registry::LocalRegistry> local_;
  std::unique_ptr<buildah::ImageBuilder> builder_;
  std::unique_ptr<podman::ImageSandbox> sandbox_;
  std::unique_ptr<trivy::Scanner> scanner_;
  std::unique_ptr<skopeo::Registry> registry_;
  std::unique_ptr<files::ImageRecords> records_;
  ImageRequest request_;
  std::vector<std::string> said_;
  std::vector<std::string> built_;
};

TEST_F(ImageStageOnThisMachine, RefusesTheStorysDockerfileAsItStandsWithBothCauses) {
  use_the_storys_dockerfile();
  const auto record = build();
  ASSERT_TRUE(record.has_value()) << record.error().message;
  const auto causes = refusals();
  // By inspecting …
  EXPECT_THAT(causes, Contains(AllOf(HasSubstr("its start command cannot run: `uvicorn` is in "
                                               "/usr/local/lib/python3.11/site-packages/bin, which is not on PATH"),
                                     HasSubstr("python -m uvicorn"))));
  EXPECT_THAT(causes, Contains(HasSubstr("its HEALTHCHECK cannot run: the image has no `curl`")));
  // … as well as by starting.
  EXPECT_THAT(causes, Contains(AllOf(HasSubstr("started alone, it did not start"), HasSubstr("uvicorn"))));
  EXPECT_THAT(causes, Contains(AllOf(HasSubstr("run alone, its HEALTHCHECK fails"), HasSubstr("curl: not found"))));

  ASSERT_TRUE(stage().scan(request_, say(), {}).has_value());
  const auto pushed = stage().push(request_, say(), {});
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().kind, ErrorKind::Conflict);
  EXPECT_THAT(pushed.error().message, HasSubstr("its check refused it"));
}

TEST_F(ImageStageOnThisMachine, TakesTheRepairedDockerfileFromCommitToRegistryOnTheSameBase) {
  const auto record = build();
  ASSERT_TRUE(record.has_value()) << record.error().message;
  EXPECT_THAT(refusals(), IsEmpty());
  ASSERT_TRUE(stage().scan(request_, say(), {}).has_value());
  const auto pushed = stage().push(request_, say(), {});
  ASSERT_TRUE(pushed.has_value()) << pushed.error().message;
  EXPECT_FALSE(pushed->reused);
  EXPECT_THAT(pushed->reference, HasSubstr(request_.registry + "/mangaassist-chatbot@sha256:"));

  // The same commit again: nothing is built, and the digest is the same.
  const auto again = build();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->image_id, record->image_id);
  EXPECT_THAT(said_, Contains(HasSubstr("was built already")));
  const auto repeated = stage().push(request_, say(), {});
  ASSERT_TRUE(repeated.has_value()) << repeated.error().message;
  EXPECT_TRUE(repeated->reused);
  EXPECT_EQ(repeated->digest, pushed->digest);
}

TEST_F(ImageStageOnThisMachine, RefusesAVersionThatIsNeverHealthyAndShowsWhy) {
  shell("git apply '" SLUICE_SOURCE_DIR "/examples/mangaassist/versions/02-say-why.patch' --include='src/*'");
  shell("git apply '" SLUICE_SOURCE_DIR
        "/examples/mangaassist/versions/04-move-catalogue.patch' --include='src/*' "
        "--include='data/*'; git add -A");
  commit();
  request_.service.preflight.within = Milliseconds(3000);
  ASSERT_TRUE(build().has_value());
  EXPECT_THAT(refusals(), Contains(AllOf(HasSubstr("GET /health on port 8080 did not answer 200 to 399 within 3s"),
                                         HasSubstr("it answered 503"), HasSubstr("data/catalogue.json"))));
}

TEST_F(ImageStageOnThisMachine, ShowsThePreflightNoSecretAndNoNetwork) {
  ASSERT_EQ(setenv("MODEL_KEY", "a-secret-of-production", 1), 0);
  std::ofstream(request_.directory + "/Dockerfile")
      << "FROM localhost/python:3.11-slim\nCOPY src/ src/\nEXPOSE 8080\n"
         "CMD env > /tmp/seen; ls /sys/class/net >> /tmp/seen; cd /tmp; exec python -m http.server 8080\n";
  commit();
  request_.service.health.path = "/seen";
  request_.service.preflight.env = {{"GIVEN", "yes"}};
  ASSERT_TRUE(build().has_value());
  // The image answers with what it sees; the sandbox is asked for that as the stage asks it.
  auto sandbox =
      sandbox_->start({.image_id = built_.back(), .name = "sluice-test-seen", .env = {{"GIVEN", "yes"}}}, {});
  ASSERT_TRUE(sandbox.has_value()) << sandbox.error().message;
  std::string seen;
  EXPECT_TRUE(testing_support::eventually([&] {
    const auto answer = (*sandbox)->get(8080, "/seen", Milliseconds(1000), {});
    if (answer.has_value() && answer->status == 200) seen = answer->body;
    return !seen.empty();
  }));
  unsetenv("MODEL_KEY");
  EXPECT_THAT(seen, HasSubstr("GIVEN=yes"));
  EXPECT_EQ(seen.find("a-secret-of-production"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("eth0"), std::string::npos) << seen;
  EXPECT_THAT(refusals(), IsEmpty());
}

TEST_F(ImageStageOnThisMachine, GivesUpAfterThreeAttemptsWhenTheRegistryIsDown) {
  ASSERT_TRUE(build().has_value());
  EXPECT_THAT(refusals(), IsEmpty());
  ASSERT_TRUE(stage().scan(request_, say(), {}).has_value());
  registry_ = std::make_unique<skopeo::Registry>(skopeo::Registry::Hooks{}, processes_,
                                                 machine_->http());  // Nobody starts one.
  const auto pushed = stage().push(request_, say(), {});
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().kind, ErrorKind::Unavailable);
  EXPECT_THAT(pushed.error().message,
              AllOf(HasSubstr("3 attempts to push " + request_.registry), HasSubstr("connection refused")));
  EXPECT_THAT(said_, Contains(HasSubstr("attempt 3 of 3 failed")));
}

TEST_F(ImageStageOnThisMachine, SaysThatNoScannerIsInstalled) {
  if (fs::exists("/usr/bin/trivy") || fs::exists("/usr/local/bin/trivy")) GTEST_SKIP() << "trivy is installed";
  request_.service.scan.off = false;
  ASSERT_TRUE(build().has_value());
  const auto scanned = stage().scan(request_, say(), {});
  ASSERT_FALSE(scanned.has_value());
  EXPECT_THAT(scanned.error().message, AllOf(HasSubstr("no scanner is installed"), HasSubstr("scan: off")));
}

}  // namespace
}  // namespace sluice::application
