#include "simulation/simulated_http.h"

#include <algorithm>

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;

std::string host_of(const std::string& url) {
  const std::size_t begin = url.find("//") + 2;
  return url.substr(begin, url.find('/', begin) - begin);
}

}  // namespace

Result<ports::HttpResponse> SimulatedHttp::send(const ports::HttpRequest& request, std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "given up"};
  return call(world_, request.url, [&]() -> Result<ports::HttpResponse> {
    ports::HttpResponse response = answer(request);
    response.latency = world_.chance.between(1ms, 40ms);
    return response;
  });
}

ports::HttpResponse SimulatedHttp::answer(const ports::HttpRequest& request) {
  if (request.url == "http://hook/pass") return {.status = 204};
  if (request.url == "http://hook/fail") return {.status = 409, .body = "not now"};
  const SimulatedRouter::Routed* routed = router_.find_host(host_of(request.url));
  if (routed == nullptr) return {.status = 503};
  const auto slot = slot_of(request, *routed);
  if (!slot) return {.status = 503};
  for (const auto& endpoints : {routed->own[index_of(*slot)], routed->fallback[index_of(*slot)]}) {
    const auto alive = std::ranges::find_if(endpoints, [&](const auto& e) { return fleet_.answers(e.port); });
    if (alive == endpoints.end()) continue;
    const Quality& quality = world_.quality(fleet_.revision_at(alive->port));
    return {.status = quality.fails_smoke || world_.chance.happens(quality.error_share) ? 500 : 200};
  }
  return {.status = 503};
}

std::optional<rollout::Slot> SimulatedHttp::slot_of(const ports::HttpRequest& request,
                                                    const SimulatedRouter::Routed& routed) {
  const auto header = request.headers.find(std::string(kSlotHeader));
  if (header != request.headers.end()) return header->second == "b" ? rollout::Slot::B : rollout::Slot::A;
  if (!routed.split.open) return std::nullopt;
  return world_.chance.between(1, Weight::kFull) <= routed.split.slot_b.basis_points() ? rollout::Slot::B
                                                                                       : rollout::Slot::A;
}

}  // namespace sluice::simulation
