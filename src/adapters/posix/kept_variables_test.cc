#include "adapters/posix/kept_variables.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace sluice::posix {
namespace {

class KeptVariablesTest : public testing::Test {
 protected:
  KeptVariablesTest() : memory_(make_variable_memory()) { EXPECT_GE(memory_, 0); }
  ~KeptVariablesTest() override { ::close(memory_); }
  int memory_;
};

TEST_F(KeptVariablesTest, AreKnownToTheNextProcess) {
  {
    KeptVariables variables(memory_);
    variables.keep({{"KEY", "first"}, {"EMPTY", ""}});
    variables.keep({{"KEY", "second\nline"}});
    EXPECT_EQ(variables.find("KEY"), "second\nline");
  }
  KeptVariables next(memory_);
  EXPECT_EQ(next.find("KEY"), "second\nline");
  EXPECT_EQ(next.find("EMPTY"), "");
  EXPECT_EQ(next.find("SLUICE_TEST_NO_SUCH_VARIABLE"), std::nullopt);
  next.keep({{"MORE", "x"}});
  EXPECT_EQ(KeptVariables(memory_).find("MORE"), "x");
}

TEST_F(KeptVariablesTest, HalfARecordIsNone) {
  KeptVariables(memory_).keep({{"KEY", "value"}});
  const off_t end = ::lseek(memory_, 0, SEEK_END);
  ASSERT_EQ(::pwrite(memory_, "\x03\0\0\0\x05", 5, end), 5);  // a death in the middle of a write
  KeptVariables next(memory_);
  EXPECT_EQ(next.find("KEY"), "value");
  next.keep({{"OTHER", "whole"}});
  EXPECT_EQ(KeptVariables(memory_).find("OTHER"), "whole");
}

TEST_F(KeptVariablesTest, AreNotWrittenAgainWhenTheyAreTheSame) {
  KeptVariables variables(memory_);
  variables.keep({{"KEY", "value"}});
  const off_t size = ::lseek(memory_, 0, SEEK_END);
  for (int i = 0; i < 100; ++i) variables.keep({{"KEY", "value"}});
  EXPECT_EQ(::lseek(memory_, 0, SEEK_END), size);
}

TEST_F(KeptVariablesTest, AreNotInheritedByWhatTheControllerStarts) {
  const KeptVariables variables(memory_);
  EXPECT_NE(::fcntl(memory_, F_GETFD) & FD_CLOEXEC, 0);
}

TEST(KeptVariables, WithoutMemoryTheyEndWithTheProcess) {
  KeptVariables variables(-1);
  variables.keep({{"KEY", "value"}});
  EXPECT_EQ(variables.find("KEY"), "value");
  EXPECT_EQ(KeptVariables(-1).find("KEY"), std::nullopt);
}

}  // namespace
}  // namespace sluice::posix
