// Several services deployed as one: each member keeps its own deployment, and the members wait for each other at
// barriers. All of them are prepared at 0% before any has traffic, their traffic moves in lock step, and none stops its
// BLUE before all have baked at 100%. What takes one back takes all back. See decision 0035.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace sluice::rollout {

struct Plan;
struct State;
enum class Outcome;

struct ReleaseMember {
  std::string deployment;
  std::string service;
  std::vector<std::string> after;  ///< Services of the release that it depends on, at whatever distance.
  std::size_t first_round = 0;     ///< Of its first traffic step, if that is not its last one too.
  std::size_t last_round = 0;      ///< Of its last traffic step.
  friend bool operator==(const ReleaseMember&, const ReleaseMember&) = default;
};

struct Release {
  std::string id;
  std::vector<ReleaseMember> members;  ///< Who depends on others comes after them.
  std::size_t rounds = 1;              ///< In each of them a member makes one traffic step, or none.
  Milliseconds patience{};             ///< How long one waits for the others at a barrier at most.
  friend bool operator==(const Release&, const Release&) = default;
};

/// Where members wait for each other, in the order of time: 0 until those that a member depends on are prepared, 1 +
/// round before the traffic step of that round, then once more before BLUE goes.
inline constexpr std::size_t kPrepareBarrier = 0;
constexpr std::size_t barrier_of_round(std::size_t round) { return round + 1; }
constexpr std::size_t last_barrier(const Release& release) { return release.rounds + 1; }

/// A stage of a gateway leads to other members.
bool is_front_door(const Plan& plan);

/// The member that a plan is of. The plan has a release.
const ReleaseMember& member_of(const Plan& plan);

/// The round in which it makes a traffic step: the last one in its last round, the others one after the other from its
/// first round on. The plan has a release.
std::size_t round_of(const Plan& plan, std::size_t step);

/// Makes one release of the plans, which are in dependency order and have their deployments' ids. `after[i]`: the
/// services, of these plans or not, that `plans[i]` depends on at whatever distance. Stages of gateways, and what
/// depends on them, come after all others, and go back before them: a stage's first step comes once the others have
/// made their last one, so that what a new API calls is new, too. One plan is no release.
void join_in_release(const std::string& id, std::vector<Plan*> plans,
                     const std::vector<std::vector<std::string>>& after);

/// A member as the others see it.
struct MemberStanding {
  std::string deployment;
  const State* state = nullptr;    ///< Null: it has ended, and only this is known:
  std::optional<Outcome> outcome;  ///< Nothing: it never began.
};

/// What the members' standings make possible, or necessary.
struct ReleaseMoves {
  std::vector<std::string> go_on;         ///< Deployments that wait at a barrier and may pass it.
  std::vector<std::string> take_back;     ///< Deployments that must go back, in this order, since …
  std::optional<std::string> because_of;  ///< … this one was taken back.
  friend bool operator==(const ReleaseMoves&, const ReleaseMoves&) = default;
};

/// `members` in the order of the release. Once one has passed the last barrier the release stands: all go on.
ReleaseMoves moves(const Release& release, const std::vector<MemberStanding>& members);

}  // namespace sluice::rollout
