#include "application/image_gate.h"

#include <gtest/gtest.h>

#include <deque>

namespace sluice::application {
namespace {

class ImageGateTest : public testing::Test {
 protected:
  void run_posted() {
    while (!posted_.empty()) {
      const auto call = std::move(posted_.front());
      posted_.pop_front();
      call();
    }
  }
  void enter(ImageGate::Use& use) {
    gate_->enter([&use](ImageGate::Use given) { use = std::move(given); });
  }
  void enter_alone(ImageGate::Use& use) {
    gate_->enter_alone([&use](ImageGate::Use given) { use = std::move(given); });
  }
  void leave(ImageGate::Use& use) {
    use.reset();
    run_posted();
  }
  /// An empty pointer with an owner is no null use.
  static bool is_in(const ImageGate::Use& use) { return use.use_count() > 0; }

  std::deque<std::function<void()>> posted_;
  std::shared_ptr<ImageGate> gate_ =
      ImageGate::create([this](std::function<void()> call) { posted_.push_back(std::move(call)); });
};

TEST_F(ImageGateTest, LetsUsersInTogetherAndTheRemoverOnlyAfterTheLast) {
  ImageGate::Use first;
  ImageGate::Use second;
  ImageGate::Use remover;
  enter(first);
  enter(second);
  enter_alone(remover);
  EXPECT_TRUE(is_in(first) && is_in(second));
  leave(first);
  EXPECT_FALSE(is_in(remover));
  leave(second);
  EXPECT_TRUE(is_in(remover));
}

TEST_F(ImageGateTest, KeepsUsersOutWhileTheRemoverIsIn) {
  ImageGate::Use remover;
  ImageGate::Use user;
  enter_alone(remover);
  ASSERT_TRUE(is_in(remover));
  enter(user);
  EXPECT_FALSE(is_in(user));
  leave(remover);
  EXPECT_TRUE(is_in(user));
}

TEST_F(ImageGateTest, DoesNotMakeUsersWaitForARemoverThatWaitsItself) {
  ImageGate::Use first;
  ImageGate::Use remover;
  ImageGate::Use second;
  enter(first);
  enter_alone(remover);
  enter(second);
  EXPECT_TRUE(is_in(second));
  leave(first);
  EXPECT_FALSE(is_in(remover));
}

TEST_F(ImageGateTest, MayBeLeftAfterItsOwnEnd) {
  ImageGate::Use user;
  enter(user);
  gate_.reset();
  leave(user);
  EXPECT_FALSE(is_in(user));
}

}  // namespace
}  // namespace sluice::application
