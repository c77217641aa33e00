#include "adapters/haproxy/telemetry.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <sstream>

#include "adapters/haproxy/atomic_file.h"
#include "adapters/haproxy/names.h"

namespace sluice::haproxy {
namespace {

using Steady = std::chrono::steady_clock;

/// Lines are taken in batches: a wakeup for each costs five times the processor.
constexpr Milliseconds kBatchPause{10};
constexpr Milliseconds kCountersEvery{500};
constexpr Milliseconds kCountersTimeout{1000};
/// How long after its end a slot is complete: HAProxy's own delay and one batch.
constexpr Milliseconds kLateLines{40};
/// A counter reading vouches for the time around it.
constexpr Milliseconds kVouched{2000};
constexpr Milliseconds kDownCountsEvery{1000};

Result<std::pair<int, std::string>> log_target(const std::string& home) {
  const std::string path = home + "/haproxy/log-target";
  const auto text = read_file(path);
  int port = 0;
  std::string token;
  if (text.has_value() && std::istringstream(*text) >> port >> token) return std::pair(port, token);
  std::random_device random;
  return std::pair(0, fmt::format("{:08x}{:08x}", random(), random()));
}

/// A number of `show info`; 0 when it is not there.
int number_after(const std::string& info, const std::string& name) {
  const auto at = info.find("\n" + name + ": ");
  return at == std::string::npos ? 0 : std::atoi(info.c_str() + at + name.size() + 3);
}

int worker_of(const std::string& info) { return number_after(info, "Pid"); }

/// The latest that the worker may have begun.
TimePoint began_before(const std::string& info, TimePoint now) {
  return now - std::chrono::seconds(number_after(info, "Uptime_sec"));
}

}  // namespace

Result<std::unique_ptr<Telemetry>> Telemetry::create(const Options& options, const ports::Clock& clock) {
  TRY_ASSIGN(const auto target, log_target(options.home));
  TRY_ASSIGN(auto socket, LogSocket::open(target.first));
  std::error_code error;
  std::filesystem::create_directories(options.home + "/haproxy", error);
  TRY(write_atomically(options.home + "/haproxy/log-target", fmt::format("{} {}\n", socket->port(), target.second)));
  std::unique_ptr<Telemetry> telemetry(new Telemetry(options, clock, std::move(socket), target.second));
  telemetry->thread_ = std::thread([raw = telemetry.get()] { raw->run(); });
  return telemetry;
}

Telemetry::Telemetry(const Options& options, const ports::Clock& clock, std::unique_ptr<LogSocket> socket,
                     std::string token)
    : clock_(clock),
      socket_(std::move(socket)),
      token_(std::move(token)),
      runtime_(options.run_directory + "/haproxy.sock", kCountersTimeout),
      wake_(eventfd(0, EFD_CLOEXEC)),
      began_(clock.now()),
      unanswered_(began_) {}

Telemetry::~Telemetry() {
  stopping_ = true;
  eventfd_write(wake_, 1);
  if (thread_.joinable()) thread_.join();
  close(wake_);
}

void Telemetry::run() {
  auto next_counters = Steady::now();
  while (!stopping_) {
    pollfd waits[] = {{.fd = wake_, .events = POLLIN, .revents = 0},
                      {.fd = socket_->descriptor(), .events = POLLIN, .revents = 0}};
    const auto left = std::chrono::ceil<Milliseconds>(next_counters - Steady::now());
    poll(waits, 2, static_cast<int>(std::max(Milliseconds(0), left).count()));
    if (stopping_) return;
    take_lines();
    if (Steady::now() >= next_counters) {
      poll_counters();
      next_counters = Steady::now() + kCountersEvery;
    }
    poll(waits, 1, static_cast<int>(kBatchPause.count()));
  }
}

TrafficSeries* Telemetry::series_of(std::string_view backend) {
  if (const auto found = series_.find(backend); found != series_.end()) return &found->second;
  const auto parsed = parse_backend_name(backend);
  if (!parsed) return nullptr;
  TrafficSeries& series = series_[std::string(backend)];
  if (const auto metrics = metrics_.find(parsed->first); metrics != metrics_.end()) {
    series.count_answers(metrics->second);
  }
  return &series;
}

void Telemetry::take_lines() {
  const std::lock_guard lock(mutex_);
  bool heard = false;
  socket_->drain([&](std::string_view text) {
    auto line = recording::parse_haproxy_log_line(text, token_);
    if (!line) return;
    TrafficSeries* series = series_of(line->backend);
    if (series == nullptr) return;
    line->at = skew_.moment_of(line->at, clock_.now());
    series->add(*line);
    heard = true;
  });
  skew_.end_batch();
  if (heard) heard_of(clock_.now());
}

void Telemetry::heard_of(TimePoint now) {
  if (watches_.empty() || now - watches_.back().to > 2 * kVouched) watches_.push_back({.from = unanswered_, .to = now});
  watches_.back().to = now;
}

void Telemetry::poll_counters() {
  std::map<std::string, long long> lines_before;
  const auto info_before = runtime_.command("show info");
  const int worker = info_before.has_value() ? worker_of(*info_before) : 0;
  {
    const std::lock_guard lock(mutex_);
    if (worker == 0) {
      unanswered_ = clock_.now();
      return;
    }
    for (const auto& [name, series] : series_) lines_before[name] = series.lines_of(worker);
  }
  const auto stat = runtime_.command("show info;show stat no-maint");
  if (!stat.has_value() || worker_of(*stat) != worker) return;  // A reload came in between; the next reading is soon.
  // What HAProxy has counted it has sent, and loopback delivers at once: after this no line of these is on its way.
  take_lines();
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  heard_of(now);
  // Whole seconds only are told, so one may be missing from the worker's life.
  const bool heard_whole = began_before(*stat, now) - std::chrono::seconds(1) >= began_;
  for (const auto& row : parse_table(*stat, ',')) {
    const std::string backend = text_in(row, "pxname");
    TrafficSeries* series = series_of(backend);
    if (series == nullptr) continue;
    const std::string server = text_in(row, "svname");
    if (server == "BACKEND") {
      series->read_counter({.at = now,
                            .worker = worker,
                            .requests = number_in(row, "req_tot"),
                            .lines_before = lines_before[backend],
                            .heard_whole = heard_whole});
    }
    if (server.starts_with('s')) count_checks(*series, row, worker, now);
  }
  for (auto& [name, series] : series_) series.prune(now);
  std::erase_if(watches_, [&](const Watch& watch) { return watch.to < now - kSeriesLength; });
}

void Telemetry::count_checks(TrafficSeries& series, const TableRow& row, int worker, TimePoint now) {
  const long long failed = number_in(row, "chkfail");
  const auto [place, first] = checks_.try_emplace(text_in(row, "pxname") + "/" + text_in(row, "svname"));
  ServerChecks& known = place->second;
  // A new worker counts from zero; what a running one had counted before this began to watch is not news.
  long long more = first ? 0 : failed - (known.worker == worker ? known.failed : 0);
  const bool down = text_in(row, "status").starts_with("DOWN");
  if (more > 0) {
    known.down_counted = now;
  } else if (down && now - known.down_counted >= kDownCountsEvery) {
    known.down_counted = now;
    more = 1;
  }
  if (more > 0) series.add_failed_health_checks(now, more);
  known.worker = worker;
  known.failed = failed;
}

const TrafficSeries* Telemetry::find(const rollout::ServiceKey& service, rollout::Slot slot) const {
  const auto found = series_.find(backend_name(service, slot));
  return found == series_.end() ? nullptr : &found->second;
}

Result<ports::Measurements> Telemetry::read(const rollout::ServiceKey& service, rollout::Slot slot,
                                            TimePoint from) const {
  const std::lock_guard lock(mutex_);
  const TrafficSeries* series = find(service, slot);
  if (series == nullptr) return Error{ErrorKind::NotFound, "nothing is measured of " + service.to_string() + " yet"};
  ports::Measurements measurements;
  const TimePoint now = clock_.now();
  const TimePoint complete = slot_start(now - kLateLines);
  const TimePoint oldest = slot_start(std::max(from, now - kSeriesLength) + analysis::kSlotLength - Milliseconds(1));
  for (const auto& watch : watches_) {
    const TimePoint start = std::max(oldest, slot_start(watch.from));
    const TimePoint end = std::min(complete, slot_start(watch.to + kVouched));
    if (start < end) series->append_slots(start, end, measurements.slots);
  }
  measurements.lost_lines = series->lost_since(from);
  return measurements;
}

Result<std::vector<ports::BadAnswer>> Telemetry::first_bad_answers(const rollout::ServiceKey& service,
                                                                   rollout::Slot slot, TimePoint from, int most) const {
  const std::lock_guard lock(mutex_);
  const TrafficSeries* series = find(service, slot);
  if (series == nullptr) return Error{ErrorKind::NotFound, "nothing is measured of " + service.to_string() + " yet"};
  return series->bad_answers(from, most);
}

Result<analysis::NotedSpan> Telemetry::notes(const rollout::ServiceKey& service, rollout::Slot slot, TimePoint from,
                                             TimePoint to) const {
  const std::lock_guard lock(mutex_);
  const TrafficSeries* series = find(service, slot);
  if (series == nullptr) return Error{ErrorKind::NotFound, "nothing is measured of " + service.to_string() + " yet"};
  return series->notes(from, to);
}

void Telemetry::count_answers(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) {
  const std::lock_guard lock(mutex_);
  metrics_[service] = metrics;
  for (const rollout::Slot slot : {rollout::Slot::A, rollout::Slot::B}) {
    const auto series = series_.find(backend_name(service, slot));
    if (series != series_.end()) series->second.count_answers(metrics);
  }
}

Result<std::vector<analysis::MetricSlot>> Telemetry::read_metric(const rollout::ServiceKey& service, rollout::Slot slot,
                                                                 std::size_t metric, TimePoint from) const {
  TRY_ASSIGN(const ports::Measurements watched, read(service, slot, from));
  const std::lock_guard lock(mutex_);
  const TrafficSeries* series = find(service, slot);
  std::vector<analysis::MetricSlot> slots;
  for (const analysis::Slot& each : watched.slots) slots.push_back(series->metric_at(metric, each.start));
  return slots;
}

}  // namespace sluice::haproxy
