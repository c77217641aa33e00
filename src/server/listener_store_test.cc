#include "server/listener_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace sluice::server {
namespace {

struct Pair {
  Pair() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    here = Descriptor(ends[0]);
    there = Descriptor(ends[1]);
  }
  Descriptor here;
  Descriptor there;
};

Descriptor a_file() { return Descriptor(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)); }
Descriptor a_socket() { return Descriptor(::socket(AF_INET, SOCK_STREAM, 0)); }

ino_t inode(const Descriptor& descriptor) {
  struct stat status{};
  EXPECT_EQ(::fstat(descriptor.number(), &status), 0);
  return status.st_ino;
}

TEST(ListenerStore, PassesDescriptorsOnByName) {
  const Pair pair;
  NamedDescriptors sent;
  sent["127.0.0.1:20080"] = a_socket();
  sent["127.0.0.1:20081"] = a_file();
  ASSERT_TRUE(send_descriptors(pair.here.number(), sent).has_value());
  const auto received = receive_descriptors(pair.there.number());
  ASSERT_TRUE(received.has_value()) << received.error().message;
  ASSERT_EQ(received->size(), 2u);
  for (const auto& [name, descriptor] : sent) {
    EXPECT_EQ(inode(received->at(name)), inode(descriptor)) << name;
    EXPECT_EQ(::fcntl(received->at(name).number(), F_GETFD), FD_CLOEXEC) << "a workflow's step would inherit it";
  }
}

TEST(ListenerStore, TellsThatNothingIsKeptFromNobodyBeingThere) {
  Pair pair;
  ASSERT_TRUE(send_descriptors(pair.here.number(), {}).has_value());
  const auto nothing = receive_descriptors(pair.there.number());
  ASSERT_TRUE(nothing.has_value()) << nothing.error().message;
  EXPECT_TRUE(nothing->empty());
  pair.here.close();
  EXPECT_EQ(receive_descriptors(pair.there.number()).error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(send_descriptors(pair.there.number(), {}).error().kind, ErrorKind::Unavailable);
}

TEST(ListenerStore, RefusesWhatAnotherVersionSends) {
  const Pair pair;
  ASSERT_EQ(::send(pair.here.number(), "2\nname", 6, 0), 6);
  EXPECT_EQ(receive_descriptors(pair.there.number()).error().kind, ErrorKind::InvalidInput);
}

TEST(ListenerStore, TakesWhatItsParentKeptAndHidesWhereFrom) {
  const Pair pair;
  NamedDescriptors kept;
  kept["127.0.0.1:20080"] = a_socket();
  ASSERT_TRUE(send_descriptors(pair.here.number(), kept).has_value());
  const int inherited = ::dup(pair.there.number());  // The store owns it from then on.
  ::setenv(ListenerStore::kVariable, std::to_string(inherited).c_str(), 1);
  ListenerStore store = ListenerStore::of_parent();
  EXPECT_EQ(std::getenv(ListenerStore::kVariable), nullptr);
  EXPECT_EQ(store.take().size(), 1u);
  ASSERT_TRUE(store.keep({}).has_value());
  EXPECT_TRUE(receive_descriptors(pair.here.number())->empty());
}

TEST(ListenerStore, KeepsNothingWithoutAParent) {
  ::unsetenv(ListenerStore::kVariable);
  ListenerStore store = ListenerStore::of_parent();
  EXPECT_TRUE(store.take().empty());
  EXPECT_TRUE(store.keep({}).has_value());
}

}  // namespace
}  // namespace sluice::server
