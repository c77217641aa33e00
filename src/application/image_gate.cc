#include "application/image_gate.h"

#include <utility>

namespace sluice::application {

std::shared_ptr<ImageGate> ImageGate::create(std::function<void(std::function<void()>)> post) {
  return std::shared_ptr<ImageGate>(new ImageGate(std::move(post)));
}

ImageGate::Use ImageGate::make_use(bool alone) {
  // Nothing is kept in it: only its end counts, and that is told to the strand.
  return {nullptr, [gate = weak_from_this(), post = post_, alone](void*) {
            if (gate.expired()) return;  // The program ends, and the strand with it.
            post([gate, alone] {
              if (const auto there = gate.lock()) there->left(alone);
            });
          }};
}

void ImageGate::enter(Go go) {
  if (alone_) return waiting_.push_back(std::move(go));
  ++users_;
  go(make_use(false));
}

void ImageGate::enter_alone(Go go) {
  waits_alone_ = std::move(go);
  admit();
}

void ImageGate::left(bool alone) {
  if (alone) {
    alone_ = false;
  } else {
    --users_;
  }
  admit();
}

void ImageGate::admit() {
  if (alone_) return;
  for (auto waiting = std::exchange(waiting_, {}); auto& go : waiting) enter(std::move(go));
  if (users_ > 0 || !waits_alone_) return;
  alone_ = true;
  std::exchange(waits_alone_, nullptr)(make_use(true));
}

}  // namespace sluice::application
