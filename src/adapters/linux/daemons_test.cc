#include "adapters/linux/daemons.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "adapters/linux/process_identity.h"

namespace sluice::linux_host {
namespace {

namespace fs = std::filesystem;

/// A shell program that says it is there by making the file `ready`, and leaves a child in its session.
class DaemonsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice-daemons-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  ports::DaemonRequest request(const std::string& script) const {
    return {.name = "program",
            .argv = {"sh", "-c", script, folder_},
            .prepare =
                [this] {
                  fs::remove(folder_ + "/ready");
                  return Status();
                },
            .answers = [this] { return fs::exists(folder_ + "/ready"); }};
  }
  ports::DaemonRequest request() const { return request("sleep 1000 & echo $! > $0/child; touch $0/ready; wait"); }

  static bool eventually(const std::function<bool()>& condition) {
    for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);;) {
      if (condition()) return true;
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
  }
  pid_t child() const {
    pid_t pid = 0;
    std::ifstream(folder_ + "/child") >> pid;
    return pid;
  }

  std::string folder_;
};

TEST_F(DaemonsTest, StartsInASessionOfItsOwnAndEndsAllOfIt) {
  auto daemon = Daemons(folder_).supervise(request());
  ASSERT_TRUE(daemon.has_value()) << daemon.error().message;
  EXPECT_EQ(getsid((*daemon)->pid()), (*daemon)->pid());
  const pid_t left = child();
  ASSERT_TRUE(identify(left).has_value());
  ASSERT_TRUE((*daemon)->end(Milliseconds(0)).has_value());
  EXPECT_FALSE(identify(left).has_value());
  EXPECT_EQ((*daemon)->pid(), 0);
}

TEST_F(DaemonsTest, StartsAgainWhatDied) {
  auto daemon = Daemons(folder_).supervise(request());
  ASSERT_TRUE(daemon.has_value()) << daemon.error().message;
  const pid_t first = (*daemon)->pid();
  const pid_t left = child();
  ASSERT_EQ(kill(first, SIGKILL), 0);
  EXPECT_TRUE(eventually([&] { return (*daemon)->starts() == 2 && fs::exists(folder_ + "/ready"); }));
  EXPECT_NE((*daemon)->pid(), first);
  EXPECT_FALSE(identify(left).has_value()) << "what the dead one left in its session lives on";
  EXPECT_TRUE((*daemon)->end(Milliseconds(0)).has_value());
}

TEST_F(DaemonsTest, KeepsTheProgramOfAnEarlierSluice) {
  pid_t first = 0;
  {
    auto daemon = Daemons(folder_).supervise(request());
    ASSERT_TRUE(daemon.has_value());
    first = (*daemon)->pid();
  }
  ASSERT_TRUE(identify(first).has_value()) << "it ended with its supervisor";
  auto daemon = Daemons(folder_).supervise(request());
  ASSERT_TRUE(daemon.has_value());
  EXPECT_EQ((*daemon)->pid(), first);
  EXPECT_EQ((*daemon)->starts(), 0);
  ASSERT_EQ(kill(first, SIGKILL), 0);
  EXPECT_TRUE(eventually([&] { return (*daemon)->starts() == 1; })) << "a kept program is watched too";
  EXPECT_TRUE((*daemon)->end(Milliseconds(0)).has_value());
}

TEST_F(DaemonsTest, ReplacesAnEarlierProgramThatNoLongerAnswersOrRunsOtherwise) {
  pid_t first = 0;
  {
    auto daemon = Daemons(folder_).supervise(request());
    ASSERT_TRUE(daemon.has_value());
    first = (*daemon)->pid();
  }
  auto daemon = Daemons(folder_).supervise(request("touch $0/ready; sleep 999"));
  ASSERT_TRUE(daemon.has_value());
  EXPECT_NE((*daemon)->pid(), first);
  EXPECT_FALSE(identify(first).has_value());
  EXPECT_TRUE((*daemon)->end(Milliseconds(0)).has_value());
}

TEST_F(DaemonsTest, DoesNotTakeAnotherProcessOfTheRecordedIdForItsOwn) {
  fs::create_directories(folder_ + "/daemons");
  auto self = identify(getpid());
  ASSERT_TRUE(self.has_value());
  self->start += 1;
  std::ofstream(folder_ + "/daemons/program") << self->to_line();
  auto daemon = Daemons(folder_).supervise(request());
  ASSERT_TRUE(daemon.has_value()) << daemon.error().message;
  EXPECT_EQ((*daemon)->starts(), 1);
  EXPECT_TRUE((*daemon)->end(Milliseconds(0)).has_value());
}

TEST_F(DaemonsTest, EndsAnEarlierProgramWhoseRecordIsGone) {
  pid_t first = 0;
  {
    auto daemon = Daemons(folder_).supervise(request());
    ASSERT_TRUE(daemon.has_value());
    first = (*daemon)->pid();
  }
  fs::remove_all(folder_ + "/daemons");
  auto daemon = Daemons(folder_).supervise(request());
  ASSERT_TRUE(daemon.has_value());
  EXPECT_FALSE(identify(first).has_value()) << "two of them run";
  EXPECT_TRUE((*daemon)->end(Milliseconds(0)).has_value());
}

TEST_F(DaemonsTest, HandsDescriptorsAndVariablesDownAtEveryStart) {
  for (const char* name : {"one", "two"}) std::ofstream(folder_ + "/" + name) << name;
  auto wanted = request("cat <&3 >$0/third; cat <&4 >$0/fourth; echo $GIFT >$0/gift; touch $0/ready; exec sleep 1000");
  wanted.inherits = [this] {
    ports::Inheritance inheritance;
    for (const char* name : {"one", "two"}) {
      inheritance.descriptors.emplace_back(open((folder_ + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
    }
    inheritance.environment.emplace_back("GIFT=given");
    return inheritance;
  };
  auto daemon = Daemons(folder_).supervise(wanted);
  ASSERT_TRUE(daemon.has_value()) << daemon.error().message;
  const auto got = [this](const char* name) {
    std::string text;
    std::getline(std::ifstream(folder_ + "/" + name), text);
    return text;
  };
  EXPECT_EQ(got("third"), "one");
  EXPECT_EQ(got("fourth"), "two");
  EXPECT_EQ(got("gift"), "given");
  fs::remove(folder_ + "/third");
  ASSERT_EQ(kill((*daemon)->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually([&] { return (*daemon)->starts() == 2 && fs::exists(folder_ + "/ready"); }));
  EXPECT_EQ(got("third"), "one");
  EXPECT_TRUE((*daemon)->end(Milliseconds(0)).has_value());
}

TEST_F(DaemonsTest, TellsWhatAProgramSaidThatEndedAtOnce) {
  auto daemon = Daemons(folder_).supervise(request("echo cannot bind socket >&2; exit 1"));
  ASSERT_FALSE(daemon.has_value());
  EXPECT_EQ(daemon.error().kind, ErrorKind::Failed);
  EXPECT_NE(daemon.error().message.find("cannot bind socket"), std::string::npos) << daemon.error().message;
}

TEST_F(DaemonsTest, TellsAnAbsentProgramAndASilentOneApart) {
  auto absent = request();
  absent.argv[0] = "no-such-program-at-all";
  auto daemon = Daemons(folder_).supervise(absent);
  ASSERT_FALSE(daemon.has_value());
  EXPECT_EQ(daemon.error().kind, ErrorKind::NotFound);
  auto silent = request("sleep 1000");
  silent.within = Milliseconds(50);
  daemon = Daemons(folder_).supervise(silent);
  ASSERT_FALSE(daemon.has_value());
  EXPECT_EQ(daemon.error().kind, ErrorKind::TimedOut);
}

}  // namespace
}  // namespace sluice::linux_host
