// Answers of any content to a query: an error that is told, or samples whose counters are read and subtracted without
// anything below zero coming of it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapters/prometheus/metric_queries.h"
#include "core/analysis/counter_reading.h"

namespace {

using namespace sluice;

class Answering final : public ports::HttpClient {
 public:
  explicit Answering(ports::HttpResponse response) : response_(std::move(response)) {}
  Result<ports::HttpResponse> send(const ports::HttpRequest&, std::stop_token) override { return response_; }

 private:
  ports::HttpResponse response_;
};

void subtract(const analysis::CounterReading& reading) {
  const analysis::CounterReading nothing{.requests = 0};
  for (const auto between : {analysis::Between::Fast, analysis::Between::Slow}) {
    const auto slot = analysis::increase(nothing, reading, TimePoint{}, between);
    if (slot && (slot->counts.requests < 0 || slot->counts.events < 0)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  ports::HttpResponse response{.status = data[0] % 2 == 0 ? 200 : 400 + data[0]};
  response.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  Answering http(std::move(response));
  const prometheus::MetricQueries queries(
      http, [&http](const auto&, const auto&, const auto&, auto, auto stop) { return http.send({}, stop); });
  const std::string url =
      size % 2 == 0 ? "http://127.0.0.1:9090" : "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1";
  const auto samples = queries.query(rollout::MachineTarget{}, url, "up", TimePoint{}, {});
  if (!samples) {
    if (samples.error().message.empty()) std::abort();
    return 0;
  }
  if (const auto counts = analysis::read_counts(*samples, *samples)) subtract(*counts);
  if (const auto buckets = analysis::read_buckets(*samples, 1000)) subtract(*buckets);
  return 0;
}
