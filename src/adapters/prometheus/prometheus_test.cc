// A real Prometheus that scrapes what a test counts.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/curl/http_client.h"
#include "adapters/posix/clock.h"
#include "adapters/posix/program_path.h"
#include "adapters/prometheus/metric_queries.h"
#include "support/machine.h"
#include "support/one_shot_server.h"
#include "support/registry.h"

namespace sluice::prometheus {
namespace {

using testing::HasSubstr;
using testing_support::eventually;

/// Debian's prometheus, with a folder and a port of its own.
class PrometheusProcess {
 public:
  explicit PrometheusProcess(int scraped_port) {
    const std::string configuration = folder_.path() + "/prometheus.yml";
    std::ofstream(configuration) << fmt::format(
        "global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}\n"
        "scrape_configs: [{{job_name: shop, static_configs: [{{targets: ['127.0.0.1:{}']}}]}}]\n",
        scraped_port);
    std::vector<std::string> texts{"prometheus", "--config.file=" + configuration,
                                   "--storage.tsdb.path=" + folder_.path() + "/data",
                                   "--web.listen-address=127.0.0.1:" + std::to_string(port_), "--log.level=error"};
    std::vector<char*> argv;
    for (std::string& text : texts) argv.push_back(text.data());
    argv.push_back(nullptr);
    if (posix_spawnp(&pid_, "prometheus", nullptr, nullptr, argv.data(), environ) != 0) pid_ = 0;
  }
  ~PrometheusProcess() { signal_with(SIGKILL); }
  PrometheusProcess(const PrometheusProcess&) = delete;
  PrometheusProcess& operator=(const PrometheusProcess&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void signal_with(int signal) {
    if (pid_ == 0) return;
    kill(pid_, signal);
    if (signal != SIGKILL) return;
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  testing_support::TemporaryFolder folder_;
  int port_ = testing_support::free_tcp_port();
  pid_t pid_ = 0;
};

class RealPrometheus : public testing::Test {
 protected:
  void SetUp() override {
    if (!posix::find_program("prometheus", "")) {
      if (std::getenv("CI") != nullptr) FAIL() << "prometheus is not installed (tools/install.sh test)";
      GTEST_SKIP() << "prometheus is not installed (tools/install.sh test)";
    }
    prometheus_.emplace(scraped_.port());
  }
  Result<std::vector<analysis::CounterSample>> query(const std::string& text) {
    return queries_.query(rollout::MachineTarget{}, prometheus_->url(), text, clock_.now(), {});
  }
  /// Until the newest scrape has this number.
  bool comes_to(const std::string& text, double value) {
    return eventually([&] {
      const auto samples = query(text);
      return samples && samples->size() == 1 && samples->front().value == value;
    });
  }

  /// A process stops some time after the signal, and answers until then.
  ErrorKind kind_once_it_fails(const std::string& text) {
    std::optional<ErrorKind> kind;
    EXPECT_TRUE(eventually([&] {
      const auto samples = query(text);
      if (!samples) kind = samples.error().kind;
      return kind.has_value();
    }));
    return kind.value_or(ErrorKind::Failed);
  }

  std::atomic<int> lost_ = 3;
  test::OneShotServer scraped_{[this](int connection, const std::string&) {
    const int lost = lost_;
    const std::string body = fmt::format(
        "# TYPE carts_lost_total counter\ncarts_lost_total{{revision=\"r1\"}} {0}\n"
        "# TYPE carts_total counter\ncarts_total{{revision=\"r1\",kind=\"a\"}} 70\n"
        "carts_total{{revision=\"r1\",kind=\"b\"}} 30\n"
        "# TYPE queue_seconds histogram\nqueue_seconds_bucket{{revision=\"r1\",le=\"0.1\"}} 5\n"
        "queue_seconds_bucket{{revision=\"r1\",le=\"+Inf\"}} {1}\nqueue_seconds_sum{{revision=\"r1\"}} 1\n"
        "queue_seconds_count{{revision=\"r1\"}} {1}\n",
        lost, 6 + lost);
    const std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\nConnection: close\r\n\r\n" + body;
    (void)!::write(connection, answer.data(), answer.size());
  }};
  posix::Clock clock_;
  curl::HttpClient http_;
  MetricQueries queries_{http_, nullptr};
  std::optional<PrometheusProcess> prometheus_;
};

TEST_F(RealPrometheus, GivesCountersWhoseRiseIsExact) {
  const std::string events = "sum(carts_lost_total{revision=\"r1\"})";
  const std::string requests = "sum(carts_total{revision=\"r1\"})";
  ASSERT_TRUE(comes_to(events, 3));
  const auto before = analysis::read_counts(*query(events), *query(requests));
  ASSERT_TRUE(before) << before.error().message;
  lost_ = 8;
  ASSERT_TRUE(comes_to(events, 8));
  const auto after = analysis::read_counts(*query(events), *query(requests));
  const auto slot = analysis::increase(*before, *after, TimePoint{}, analysis::Between::Fast);
  ASSERT_TRUE(slot) << slot.error().message;
  EXPECT_EQ(slot->counts, (analysis::ColourCounts{.requests = 0, .events = 5}));
  lost_ = 2;  // the service began anew
  ASSERT_TRUE(comes_to(events, 2));
  const auto reset = analysis::read_counts(*query(events), *query(requests));
  EXPECT_EQ(analysis::increase(*after, *reset, TimePoint{}, analysis::Between::Fast).error().kind, ErrorKind::NotFound);
}

TEST_F(RealPrometheus, GivesTheBucketsOfAHistogram) {
  const std::string buckets = "sum by (le) (queue_seconds_bucket{revision=\"r1\"})";
  ASSERT_TRUE(eventually([&] {
    const auto samples = query(buckets);
    return samples && samples->size() == 2;
  }));
  const auto reading = analysis::read_buckets(*query(buckets), 1000);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(reading->requests, 9);
  EXPECT_EQ(reading->buckets.at(0).milliseconds, 100);
}

TEST_F(RealPrometheus, TellsNothingFromWhatIsWrong) {
  ASSERT_TRUE(comes_to("sum(carts_lost_total)", 3));
  const auto absent = query("sum(carts_lost_total{revision=\"r2\"})");
  ASSERT_TRUE(absent);
  EXPECT_TRUE(absent->empty());
  EXPECT_FALSE(analysis::read_counts(*absent, *absent)->requests.has_value());
  const auto no_number = query("sum(carts_lost_total) * 0 / 0");
  ASSERT_TRUE(no_number);
  EXPECT_TRUE(std::isnan(no_number->at(0).value));
  EXPECT_EQ(analysis::read_counts(*no_number, *no_number).error().kind, ErrorKind::NotFound);
  for (const char* text : {"carts_total[5m]", "\"text\"", "sum(", "rate(carts_total)"}) {
    const auto wrong = query(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_EQ(wrong.error().kind, ErrorKind::InvalidInput) << text << ": " << wrong.error().message;
  }
  const auto several = query("carts_total");
  EXPECT_EQ(analysis::read_counts(*several, *several).error().kind, ErrorKind::InvalidInput);
}

TEST_F(RealPrometheus, ThatHangsOrIsGoneSaysSoInTime) {
  ASSERT_TRUE(comes_to("sum(carts_lost_total)", 3));
  prometheus_->signal_with(SIGSTOP);
  EXPECT_EQ(kind_once_it_fails("sum(carts_lost_total)"), ErrorKind::TimedOut);
  prometheus_->signal_with(SIGKILL);
  EXPECT_EQ(kind_once_it_fails("sum(carts_lost_total)"), ErrorKind::Unavailable);
}

}  // namespace
}  // namespace sluice::prometheus
