// Telemetry against a router that says what the test wants: lines that never came, counters that begin again, clocks
// that are stepped.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "adapters/haproxy/telemetry.h"

namespace sluice::haproxy {
namespace {

namespace fs = std::filesystem;

class SteadyClock final : public ports::Clock {
 public:
  TimePoint now() const override {
    return std::chrono::floor<Milliseconds>(start_ + (std::chrono::steady_clock::now() - steady_));
  }

 private:
  std::chrono::sys_time<std::chrono::nanoseconds> start_{Milliseconds(1'795'450'685'200)};
  std::chrono::steady_clock::time_point steady_ = std::chrono::steady_clock::now();
};

/// Answers `show info` and `show stat` on a runtime socket, and sends lines.
class Router {
 public:
  explicit Router(const fs::path& socket) : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.string().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Router() {
    is_stopping_ = true;
    thread_.join();
    close(listener_);
    close(udp_);
  }

  void count(int worker, int uptime_seconds, long requests) {
    const std::lock_guard lock(mutex_);
    info_ = "Name: HAProxy\nPid: " + std::to_string(worker) + "\nUptime_sec: " + std::to_string(uptime_seconds) + "\n";
    stat_ = "# pxname,svname,req_tot,chkfail,status,\nshop.local.web:a,BACKEND," + std::to_string(requests) + ",,UP,\n";
    asked_ = 0;
  }
  /// Times that the counters were asked for since `count`.
  int asked() const { return asked_; }

  void send_line(const Telemetry& telemetry, int worker, TimePoint stamp) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(telemetry.port()));
    const std::string line = telemetry.token() + " " + std::to_string(stamp.time_since_epoch().count()) + " " +
                             std::to_string(worker) + " shop.local.web:a s1 200 0 20 20000 - GET /web id";
    sendto(udp_, line.data(), line.size(), 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }

 private:
  void serve() {
    while (!is_stopping_) {
      pollfd wait{.fd = listener_, .events = POLLIN, .revents = 0};
      if (poll(&wait, 1, 20) <= 0) continue;
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      char buffer[512];
      const ssize_t count = read(client, buffer, sizeof buffer);
      const std::string command(buffer, static_cast<std::size_t>(std::max<ssize_t>(0, count)));
      std::string answer;
      {
        const std::lock_guard lock(mutex_);
        answer = info_ + "\n";
        if (command.find("show stat") != std::string::npos) answer += stat_ + "\n";
      }
      EXPECT_EQ(write(client, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
      close(client);
      if (command.find("show stat") != std::string::npos) ++asked_;
    }
  }

  int listener_;
  int udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  std::mutex mutex_;
  std::string info_ = "\n";
  std::string stat_;
  std::atomic<int> asked_ = 0;
  std::atomic<bool> is_stopping_ = false;
  std::thread thread_;
};

class TelemetryCounters : public testing::Test {
 protected:
  TelemetryCounters() {
    std::string name = (fs::temp_directory_path() / "sluice-counters-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    router_ = std::make_unique<Router>(folder_ / "haproxy.sock");
    auto created = Telemetry::create({.home = folder_.string(), .run_directory = folder_.string()}, clock_);
    EXPECT_TRUE(created.has_value());
    telemetry_ = std::move(*created);
  }
  ~TelemetryCounters() override {
    telemetry_.reset();
    router_.reset();
    fs::remove_all(folder_);
  }

  static bool eventually(const std::function<bool()>& condition) {
    for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20); !condition();) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  void answer(int count, Milliseconds step = Milliseconds(0), int worker = 7) {
    for (int i = 0; i < count; ++i) router_->send_line(*telemetry_, worker, clock_.now() + step);
  }
  /// The router has counted so many, and telemetry has read it.
  void count(int worker, int uptime_seconds, long requests) {
    router_->count(worker, uptime_seconds, requests);
    EXPECT_TRUE(eventually([&] { return router_->asked() >= 2; }));
  }
  ports::Measurements measured(TimePoint from = TimePoint{}) const {
    const auto read = telemetry_->read(service_, rollout::Slot::A, from);
    return read.has_value() ? *read : ports::Measurements{};
  }
  long requests(TimePoint from = TimePoint{}) const {
    long sum = 0;
    for (const auto& slot : measured(from).slots) sum += slot.requests;
    return sum;
  }

  SteadyClock clock_;
  fs::path folder_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<Telemetry> telemetry_;
  rollout::ServiceKey service_{.project = "shop", .environment = "local", .service = "web"};
};

TEST_F(TelemetryCounters, TellWhatWasLostAndLeaveTheTimeOut) {
  count(7, 1000, 50);
  answer(20);
  count(7, 1000, 70);
  EXPECT_TRUE(eventually([&] { return requests() == 20; }));
  EXPECT_EQ(measured().lost_lines, 0) << "50 were answered before this began";
  const TimePoint before = clock_.now();
  answer(10);
  count(7, 1000, 90);
  EXPECT_EQ(measured().lost_lines, 10);
  EXPECT_TRUE(eventually([&] {
    return !measured(before).slots.empty() && measured(before).slots.back().start > before + Milliseconds(600);
  }));
  const auto slots = measured().slots;
  const bool has_gap = std::ranges::adjacent_find(slots, [](const auto& one, const auto& next) {
                         return next.start - one.start > analysis::kSlotLength;
                       }) != slots.end();
  EXPECT_TRUE(has_gap) << "a third of the answers without a line is no time that anybody watched";
}

TEST_F(TelemetryCounters, BeginAgainWithANewWorker) {
  count(7, 1000, 50);
  answer(20);
  count(7, 1000, 70);
  answer(10, Milliseconds(0), 8);
  count(8, 0, 10);
  answer(10, Milliseconds(0), 8);
  count(8, 0, 20);
  EXPECT_TRUE(eventually([&] { return requests() == 40; }));
  EXPECT_EQ(measured().lost_lines, 0);
}

TEST_F(TelemetryCounters, OfAClockThatIsSteppedBackStayOnThisOne) {
  count(7, 1000, 0);
  for (int i = 0; i < 5; ++i) {
    answer(1, Milliseconds(-3'600'000));
    EXPECT_TRUE(eventually([&] { return requests() == i + 1; }));
  }
  const TimePoint settled = slot_start(clock_.now());
  answer(10, Milliseconds(-3'600'000));
  EXPECT_TRUE(eventually([&] { return requests() == 15; }));
  EXPECT_EQ(requests(settled), 10) << "and in the slots of their time";
}

}  // namespace
}  // namespace sluice::haproxy
