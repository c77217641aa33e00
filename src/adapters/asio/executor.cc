#include "adapters/asio/executor.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <map>
#include <utility>

namespace sluice::asio {

namespace io = ::boost::asio;

struct Executor::State {
  explicit State(const Threads& threads) : urgent(threads.urgent), ordinary(threads.ordinary) {}

  io::io_context context{1};
  io::executor_work_guard<io::io_context::executor_type> guard{context.get_executor()};
  io::signal_set signals{context};
  std::map<std::uint64_t, io::steady_timer> timers;
  std::uint64_t next_timer = 1;
  io::thread_pool urgent;
  io::thread_pool ordinary;
};

Executor::Executor(const ports::Clock& clock, Threads threads)
    : clock_(clock), state_(std::make_unique<State>(threads)) {}

Executor::~Executor() { finish_work(); }

void Executor::run(Lane lane, std::function<void()> work, std::function<void()> done) {
  io::thread_pool& pool = lane == Lane::Urgent ? state_->urgent : state_->ordinary;
  io::post(pool, [this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    io::post(state_->context, std::move(done));
  });
}

std::uint64_t Executor::at(TimePoint when, std::function<void()> wake) {
  const std::uint64_t id = state_->next_timer++;
  const auto wait = std::max(when - clock_.now(), Milliseconds{0});
  auto& timer = state_->timers.try_emplace(id, state_->context, wait).first->second;
  timer.async_wait([this, id, wake = std::move(wake)](const boost::system::error_code& error) {
    state_->timers.erase(id);
    if (!error) wake();
  });
  return id;
}

void Executor::cancel(std::uint64_t id) {
  const auto timer = state_->timers.find(id);
  if (timer != state_->timers.end()) timer->second.cancel();
}

void Executor::post(std::function<void()> call) { io::post(state_->context, std::move(call)); }

void Executor::run_until_stopped() { state_->context.run(); }

void Executor::finish_work() {
  state_->urgent.join();
  state_->ordinary.join();
}

void Executor::stop() { state_->context.stop(); }

void Executor::on_terminate(std::function<void()> call) {
  state_->signals.add(SIGTERM);
  state_->signals.add(SIGINT);
  state_->signals.async_wait([call = std::move(call)](const boost::system::error_code& error, int) {
    if (!error) call();
  });
}

io::io_context& Executor::context() { return state_->context; }

}  // namespace sluice::asio
