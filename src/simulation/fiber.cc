#include "simulation/fiber.h"

#include <ucontext.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "base/assert.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLUICE_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SLUICE_ADDRESS_SANITIZER
#endif
#ifdef SLUICE_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace sluice::simulation {
namespace {

constexpr std::size_t kStackBytes = 192u << 10;

using Stack = std::unique_ptr<std::byte[]>;

// One thread a simulation; stacks are kept, since a run makes thousands of fibers.
thread_local std::vector<Stack> free_stacks;
thread_local Fiber* current_fiber = nullptr;

Stack take_stack() {
  if (free_stacks.empty()) return Stack(new std::byte[kStackBytes]);
  Stack stack = std::move(free_stacks.back());
  free_stacks.pop_back();
  return stack;
}

}  // namespace

struct Fiber::Context {
  Stack stack = take_stack();
  ucontext_t inside{};
  ucontext_t outside{};
  bool ended = false;
#ifdef SLUICE_ADDRESS_SANITIZER
  void* fake_stack_inside = nullptr;
  void* fake_stack_outside = nullptr;
  const void* outside_bottom = nullptr;
  std::size_t outside_size = 0;
#endif
#ifdef __SANITIZE_THREAD__
  void* thread_inside = __tsan_create_fiber(0);
  void* thread_outside = nullptr;
#endif
};

Fiber::Fiber(std::function<void()> work) : work_(std::move(work)), context_(std::make_unique<Context>()) {
  getcontext(&context_->inside);
  context_->inside.uc_stack.ss_sp = context_->stack.get();
  context_->inside.uc_stack.ss_size = kStackBytes;
  context_->inside.uc_link = nullptr;
  makecontext(&context_->inside, &Fiber::enter, 0);
}

Fiber::~Fiber() {
  SLUICE_ASSERT(context_->ended);
#ifdef __SANITIZE_THREAD__
  __tsan_destroy_fiber(context_->thread_inside);
#endif
  free_stacks.push_back(std::move(context_->stack));
}

bool Fiber::ended() const { return context_->ended; }

Fiber* Fiber::current() { return current_fiber; }

void Fiber::resume() {
  SLUICE_ASSERT(!context_->ended && current_fiber == nullptr);
  current_fiber = this;
#ifdef SLUICE_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(&context_->fake_stack_outside, context_->stack.get(), kStackBytes);
#endif
#ifdef __SANITIZE_THREAD__
  context_->thread_outside = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(context_->thread_inside, 0);
#endif
  swapcontext(&context_->outside, &context_->inside);
#ifdef SLUICE_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(context_->fake_stack_outside, nullptr, nullptr);
#endif
  current_fiber = nullptr;
}

void Fiber::suspend() {
#ifdef SLUICE_ADDRESS_SANITIZER
  // At the end the fake stack is given up with the fiber.
  __sanitizer_start_switch_fiber(context_->ended ? nullptr : &context_->fake_stack_inside, context_->outside_bottom,
                                 context_->outside_size);
#endif
#ifdef __SANITIZE_THREAD__
  __tsan_switch_to_fiber(context_->thread_outside, 0);
#endif
  swapcontext(&context_->inside, &context_->outside);
#ifdef SLUICE_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(context_->fake_stack_inside, &context_->outside_bottom, &context_->outside_size);
#endif
}

void Fiber::enter() { current_fiber->run(); }

void Fiber::run() {
#ifdef SLUICE_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(nullptr, &context_->outside_bottom, &context_->outside_size);
#endif
  work_();
  work_ = nullptr;
  context_->ended = true;
  suspend();
}

}  // namespace sluice::simulation
