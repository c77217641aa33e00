#include "adapters/posix/host.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/posix/processes.h"

namespace sluice::posix {
namespace {

namespace fs = std::filesystem;

class HostTest : public testing::Test {
 protected:
  HostTest() {
    std::string name = (fs::temp_directory_path() / "sluice-host-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~HostTest() override { fs::remove_all(folder_); }

  fs::path folder_;
  Host host_;
};

TEST_F(HostTest, TellsTheHardLimitOfOpenFiles) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const auto most = host_.facts(1 << 16).most_files;
  if (limit.rlim_max == RLIM_INFINITY) {
    EXPECT_FALSE(most.has_value());
  } else {
    EXPECT_EQ(most, static_cast<long>(limit.rlim_max));
  }
}

TEST_F(HostTest, AgreesWithProcessesOnWhetherCgroupsCanBeMade) {
  const auto facts = host_.facts(1 << 16);
  EXPECT_EQ(facts.can_make_cgroups, Processes().containment() == Containment::Cgroup);
  if (facts.can_make_cgroups) {
    EXPECT_TRUE(facts.cgroups == ports::HostFacts::Cgroups::V2 || facts.cgroups == ports::HostFacts::Cgroups::Hybrid);
  }
}

TEST_F(HostTest, TellsTheReceiveBufferAsItWasAskedForAndNotDoubled) {
  EXPECT_EQ(host_.facts(1 << 16).receive_buffer_bytes, 1 << 16);
}

TEST_F(HostTest, AFolderThatIsNotThereIsWritableWhereItCanBeMade) {
  const auto facts = host_.folder((folder_ / "a/b/c").string());
  EXPECT_TRUE(facts.is_writable) << facts.problem;
  EXPECT_GT(facts.free_bytes, 0);
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

TEST_F(HostTest, AFileWhereAFolderShouldBeIsTold) {
  std::ofstream(folder_ / "file") << "x";
  const auto facts = host_.folder((folder_ / "file/home").string());
  EXPECT_FALSE(facts.is_writable);
  EXPECT_EQ(facts.problem, (folder_ / "file").string() + " is no folder");
}

TEST_F(HostTest, AFolderOfAnotherUserIsTold) {
  const bool is_root = ::geteuid() == 0;
  ::chmod(folder_.c_str(), 0500);
  ASSERT_EQ(::seteuid(is_root ? 65534 : ::geteuid()), 0);
  const auto facts = host_.folder((folder_ / "home").string());
  ASSERT_EQ(::seteuid(::getuid()), 0);
  ::chmod(folder_.c_str(), 0700);
  EXPECT_FALSE(facts.is_writable);
  EXPECT_EQ(facts.problem, folder_.string() + ": Permission denied");
}

}  // namespace
}  // namespace sluice::posix
