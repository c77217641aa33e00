// ports::Telemetry from HAProxy's line for each request and from its own counters.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/haproxy/log_socket.h"
#include "adapters/haproxy/runtime_socket.h"
#include "adapters/haproxy/traffic_series.h"
#include "core/analysis/stamp_skew.h"
#include "ports/clock.h"
#include "ports/telemetry.h"

namespace sluice::haproxy {

/// A thread takes the lines as they come and asks HAProxy's counters twice a second: for failed health checks (a server
/// that stays down counts one a second), and for requests that no line told about. Nothing is sampled. A span in which
/// HAProxy did not answer is no data, and so is one in which more than kMostLostPercent of a slot's requests came
/// without a line. Requests that a former worker still serves after a reload are counted, but not compared with its
/// counters.
class Telemetry final : public ports::Telemetry {
 public:
  struct Options {
    std::string home;           ///< `home`/haproxy/log-target keeps port and token over restarts.
    std::string run_directory;  ///< Where HAProxy's runtime socket is.
  };
  /// `clock` must outlive this. Error: Failed.
  static Result<std::unique_ptr<Telemetry>> create(const Options& options, const ports::Clock& clock);
  ~Telemetry() override;

  int port() const { return socket_->port(); }
  const std::string& token() const { return token_; }

  Result<ports::Measurements> read(const rollout::ServiceKey& service, rollout::Slot slot,
                                   TimePoint from) const override;
  /// At most 10 a second are kept. Answers of a fallback and retried requests are among them, with the status that
  /// the user got.
  Result<std::vector<ports::BadAnswer>> first_bad_answers(const rollout::ServiceKey& service, rollout::Slot slot,
                                                          TimePoint from, int most) const override;
  Result<analysis::NotedSpan> notes(const rollout::ServiceKey& service, rollout::Slot slot, TimePoint from,
                                    TimePoint to) const override;
  void count_answers(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) override;
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service, rollout::Slot slot,
                                                        std::size_t metric, TimePoint from) const override;

 private:
  struct ServerChecks {
    int worker = 0;
    long long failed = 0;
    TimePoint down_counted{};
  };
  struct Watch {
    TimePoint from{};
    TimePoint to{};
  };

  Telemetry(const Options& options, const ports::Clock& clock, std::unique_ptr<LogSocket> socket, std::string token);
  void run();
  void take_lines();
  /// HAProxy answered or sent a line: it is being watched.
  void heard_of(TimePoint now);
  void poll_counters();
  void count_checks(TrafficSeries& series, const TableRow& row, int worker, TimePoint now);
  TrafficSeries* series_of(std::string_view backend);
  const TrafficSeries* find(const rollout::ServiceKey& service, rollout::Slot slot) const;

  const ports::Clock& clock_;
  std::unique_ptr<LogSocket> socket_;
  std::string token_;
  RuntimeSocket runtime_;
  int wake_;
  mutable std::mutex mutex_;  ///< Guards all below.
  std::map<std::string, TrafficSeries, std::less<>> series_;
  std::map<std::string, ServerChecks, std::less<>> checks_;
  std::vector<Watch> watches_;  ///< Spans in which HAProxy answered; the last one may go on.
  std::map<rollout::ServiceKey, std::vector<analysis::MetricSource>> metrics_;  ///< Of the users' own.
  analysis::StampSkew skew_;                                                    ///< Of HAProxy's clock.
  TimePoint began_{};
  TimePoint unanswered_{};  ///< When HAProxy last did not answer, or this began.
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace sluice::haproxy
