// An answer tells in the header `x-replica` which replica gave it, as `ADDRESS:PORT`.
//
// Requests of smoke tests, which reach what the router leads to, and of lifecycle hooks (`http://hook/pass`,
// `http://hook/fail`).
#pragma once

#include "ports/http_client.h"
#include "simulation/simulated_fleet.h"
#include "simulation/simulated_router.h"

namespace sluice::simulation {

class SimulatedHttp final : public ports::HttpClient {
 public:
  SimulatedHttp(World& world, const SimulatedFleet& fleet, const SimulatedRouter& router)
      : world_(world), fleet_(fleet), router_(router) {}

  Result<ports::HttpResponse> send(const ports::HttpRequest& request, std::stop_token stop) override;

 private:
  ports::HttpResponse answer(const ports::HttpRequest& request);
  std::vector<ports::Endpoint> answering(const std::vector<ports::Endpoint>& endpoints) const;
  std::optional<rollout::Slot> slot_of(const ports::HttpRequest& request, const SimulatedRouter::Routed& routed);

  World& world_;
  const SimulatedFleet& fleet_;
  const SimulatedRouter& router_;
  std::size_t turn_ = 0;  ///< The replicas of a slot take turns.
};

}  // namespace sluice::simulation
