// Takes a service of ECS over from another controller, step by step, or gives it back.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "core/adoption/plan.h"
#include "core/config/configuration.h"
#include "ports/adoption_world.h"
#include "ports/clock.h"

namespace sluice::application {

struct AdoptServiceRequest {
  adoption::Wanted wanted;
  Milliseconds healthy_within{0};  ///< The new tasks must be healthy by then.
};

/// What `service` of sluice.yaml says, a service of ECS. `from`: that of today; empty: it is looked for.
AdoptServiceRequest adopt_request(const config::Service& service, std::string from);

class AdoptService {
 public:
  struct Surroundings {
    ports::AdoptionWorld& world;
    const ports::Clock& clock;
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
    std::function<void(const adoption::Step&)> begun;                   ///< A step is about to be carried out.
    std::function<void(const std::string&)> told = [](const auto&) {};  ///< What is waited for, when that changes.
  };
  /// The world is looked at again so soon after a step that does not show yet, and while something is waited for.
  static constexpr Milliseconds kPoll{2'000};
  /// What takes long is looked at less often.
  static constexpr Milliseconds kSlowestPoll{10'000};
  /// A step that does not show after so many repeats will not.
  static constexpr int kRepeats = 8;
  /// So many failed tasks of the new task set are a crash loop.
  static constexpr int kCrashLoop = 3;
  /// So many looks in a row that find no healthy target: all requests go back.
  static constexpr int kUnhealthyLooks = 3;

  explicit AdoptService(Surroundings around) : around_(std::move(around)) {}

  /// What would be done now; changes nothing.
  Result<adoption::Plan> plan(const AdoptServiceRequest& request, std::stop_token stop) const;
  Result<adoption::Plan> plan_way_back(const AdoptServiceRequest& request, std::stop_token stop) const;

  /// Goes on from wherever it is to the end. Ended at any moment, it goes on when it is called again. Errors: those of
  /// the plan and of the calls; Failed and TimedOut when the new tasks do not become healthy, or are it no more.
  Status adopt(AdoptServiceRequest request, std::stop_token stop) const;
  Status give_back(AdoptServiceRequest request, std::stop_token stop) const;

 private:
  Result<adoption::Facts> look(const std::string& from, ports::AdoptionWorld::Look how,
                               const std::stop_token& stop) const;
  Status carry_out(const adoption::Step& step, const std::string& from, const std::stop_token& stop) const;
  Status move(const AdoptServiceRequest& request, const adoption::Shift& shift, const std::stop_token& stop) const;
  Status await_healthy(const AdoptServiceRequest& request, TimePoint deadline, const std::stop_token& stop) const;
  Status bake(const AdoptServiceRequest& request, const adoption::Shift& shift, const std::stop_token& stop) const;

  Surroundings around_;
};

}  // namespace sluice::application
