#include "simulation/simulated_http.h"

#include <algorithm>
#include <iterator>

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
  std::vector<ports::Endpoint> alive = answering(routed->own[index_of(*slot)]);
  // What is meant for one slot tells nothing about it when the other one answers.
  const bool is_probe = request.headers.contains(std::string(kSlotHeader));
  if (alive.empty() && !is_probe) alive = answering(routed->fallback[index_of(*slot)]);
  if (alive.empty()) return {.status = 503};
  const ports::Endpoint& chosen = alive[turn_++ % alive.size()];
  const Quality& quality = world_.quality(fleet_.revision_at(chosen.port));
  return {.status = quality.fails_smoke || world_.chance.happens(quality.error_share) ? 500 : 200,
          .headers = {{"x-replica", fmt::format("{}:{}", chosen.address, chosen.port)}}};
}

std::vector<ports::Endpoint> SimulatedHttp::answering(const std::vector<ports::Endpoint>& endpoints) const {
  std::vector<ports::Endpoint> alive;
  std::ranges::copy_if(endpoints, std::back_inserter(alive), [&](const auto& e) { return fleet_.answers(e.port); });
  return alive;
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
