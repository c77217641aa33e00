// Keeps the removal of old images apart from everything that works with images: any number of users may be in, or one
// remover alone. All calls are made on the strand; a use may be let go anywhere.
#pragma once

#include <deque>
#include <functional>
#include <memory>

namespace sluice::application {

class ImageGate : public std::enable_shared_from_this<ImageGate> {
 public:
  /// Held while images are worked with; letting it go is leaving.
  using Use = std::shared_ptr<void>;
  using Go = std::function<void(Use)>;

  /// `post` runs a call on the strand soon.
  static std::shared_ptr<ImageGate> create(std::function<void(std::function<void()>)> post);

  /// Calls `go` at once, or when the remover has left.
  void enter(Go go);
  /// Calls `go` as soon as nobody is in, at once if that is so. Who comes before is let in, who comes after waits. One
  /// that waits already is replaced.
  void enter_alone(Go go);

 private:
  explicit ImageGate(std::function<void(std::function<void()>)> post) : post_(std::move(post)) {}
  Use make_use(bool alone);
  void left(bool alone);
  void admit();

  std::function<void(std::function<void()>)> post_;
  int users_ = 0;
  bool alone_ = false;
  std::deque<Go> waiting_;
  Go waits_alone_;
};

}  // namespace sluice::application
