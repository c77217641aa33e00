// The resident controller: owns the live deployments of one machine. Every event is journaled, then `advance` decides,
// then the effects are carried out; answers come back as events. All members are called on the executor's strand.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "application/deployment.h"
#include "application/effect_runner.h"
#include "application/rollout_ports.h"
#include "application/service_keeper.h"

namespace sluice::application {

/// All that `deploy` says; what is BLUE, and in which slot GREEN goes, the controller finds when it starts.
struct DeployRequest {
  rollout::Plan plan;      ///< Without blue, green_slot and before.
  bool supersede = false;  ///< Roll a deployment back that is under way.
  /// What serves by the world's own account: BLUE, where the journal knows of none.
  std::optional<ports::Serving> serving;
  /// Of flags: what becomes of each of those that are in force, a line a change.
  std::vector<std::string> changes = {};
};

/// Hears of every change; called on the strand, after the journal has the event.
class ControllerObserver {
 public:
  virtual ~ControllerObserver() = default;
  virtual void on_event(const Deployment& deployment, const rollout::Event& event, TimePoint at) = 0;
  /// A deployment that waited for its turn cannot begin; the journal has its summary.
  virtual void on_given_up(const std::string& deployment) = 0;
  /// Figures and checks were looked at anew.
  virtual void on_watch(const Deployment& deployment, TimePoint at) = 0;
  /// Another sluice has what this one had under way; `why` for people.
  virtual void on_lost(const std::string& deployment, const std::string& why) {
    (void)deployment;
    (void)why;
  }
};

/// What a controller keeps as the journal says.
enum class Keeping {
  WhatServes,  ///< Every live service: nobody else has the journal.
  ItsOwn,      ///< Services of its own deployments while they are under way: others may be at work on the rest.
};

class Controller {
 public:
  /// `owner`: who runs this controller, for people who meet its lease.
  Controller(const RolloutPorts& ports, std::string owner, Keeping keeping = Keeping::WhatServes);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  /// Takes up what the journal says: live services and unfinished deployments. Call once, before anything else.
  Status recover();
  /// Takes up what the journal says that this one has, and that it did not have before: taken over from another.
  Status take_up_more();
  /// Another has all of this one's deployments: nothing more is begun for them. The program is to end soon.
  void lose(const std::string& why);
  /// Calls back when every service that the journal knows has been brought back, or could not be (see
  /// `recovery_problems`; the keeper goes on trying).
  void when_recovered(std::function<void()> call);
  const std::vector<std::string>& recovery_problems() const { return recovery_problems_; }
  /// What serves is about to be ended: nothing is deployed or started again from now on. `done` when nothing is being
  /// started any more. Deployments under way are the caller's to refuse.
  void stop_keeping(const std::function<void()>& done);
  /// Looks at every service anew and calls back: for whoever has brought what was missing. `recovery_problems` are then
  /// those that are left.
  void try_again(std::function<void()> call);
  /// Why not all replicas of a service run; empty when they do.
  std::string problem(const rollout::ServiceKey& service) const { return keeper_.problem(service); }

  /// Starts a deployment, or the members of a release, or queues them behind those that they supersede: all of them, or
  /// none. Each plan has the id of its deployment, and of several the release. Ids are fresh; with ones that are known
  /// already (asked for again, since the answer was lost) it changes nothing. Errors: Conflict (another deployment has
  /// a service: named with its owner; or an id is that of another service's), InvalidInput, Unavailable (journal).
  Status deploy(std::vector<DeployRequest> requests);

  /// A person's word. It is answered when it is durable, or cannot be obeyed.
  void promote(const std::string& deployment, const std::string& by, bool full, WordReply reply);
  void hold(const std::string& deployment, const std::string& by, WordReply reply);
  void roll_back(const std::string& deployment, const std::string& by, const std::string& reason, WordReply reply);
  void cancel(const std::string& deployment, const std::string& by, WordReply reply);

  /// Deployments that have not been archived, oldest first.
  std::vector<const Deployment*> deployments() const;
  const Deployment* find(const std::string& deployment) const;
  /// The one that has the service now.
  const Deployment* active(const rollout::ServiceKey& service) const;
  /// Whether a deployment of this id waits for the one that it supersedes to end.
  bool is_queued(const std::string& deployment) const;
  /// Those that wait, at most one a service.
  const std::map<rollout::ServiceKey, rollout::Plan>& queued() const { return queued_; }

  void add_observer(std::shared_ptr<ControllerObserver> observer);
  /// It may be called from the observer itself.
  void remove_observer(const ControllerObserver* observer);

 private:
  Status replay(const std::string& id);
  Status replay_all(const std::vector<std::string>& ids);
  Status line_up();
  void restore_live(const ports::LiveService& service);
  void restore(const KeptService& kept, std::function<void()> then);
  using Leftovers = std::vector<std::pair<rollout::ServiceKey, std::string>>;
  void look_for_leftovers();
  void look_for_leftovers_later();
  void stop_leftovers(const Leftovers& there);
  bool is_known(const rollout::ServiceKey& service, const std::string& revision) const;
  void take_up(const std::string& id);
  Status write_summary(const rollout::State& state) const;
  Status may_deploy(const DeployRequest& request) const;
  Status begin(std::vector<rollout::Plan> plans);
  Status complete(rollout::Plan& plan) const;
  std::optional<rollout::ServiceKey> service_of(const std::string& id) const;
  static Status may_supersede(const Deployment& other, const DeployRequest& request);
  std::vector<rollout::Plan> queued_with(const rollout::Plan& plan) const;
  void begin_queued(const rollout::ServiceKey& service);
  void begin_queued_soon(const rollout::ServiceKey& service, Milliseconds later);
  Status give_up_queued(const rollout::Plan& plan, const Error& error);
  void supersede(const Deployment& deployment);

  void submit(const std::string& id, const rollout::Event& event, WordReply reply = {});
  void submit_soon(const std::string& id, rollout::Event event);
  void write_next(const std::string& id);
  void restore_ahead(Deployment& deployment, TimePoint now);
  void tell_of_delay(Deployment& deployment);
  enum class Writing { Done, NotNeeded, Refused };
  Writing write_one(Deployment& deployment, const rollout::Event& event, TimePoint now);
  void apply(Deployment& deployment, const rollout::Event& event, const rollout::Step& step, TimePoint now);
  void after_change(Deployment& deployment);
  void finish(Deployment& deployment);
  void archive(const std::string& id);
  void stop_stale_effects(Deployment& deployment);
  void arm_deadline(Deployment& deployment);
  void arm_watch(Deployment& deployment);
  void watch(const std::string& id);

  void carry_out(Deployment& deployment, const rollout::Effect& effect);
  void run_effect(Deployment& deployment, const rollout::Effect& effect, ports::Executor::Lane lane,
                  std::function<EffectResult(std::stop_token)> work, std::function<void()> ended = {});
  void run_alone(Deployment& deployment, const rollout::Effect& effect,
                 std::function<EffectResult(std::stop_token)> work);
  void effect_done(const std::string& id, const std::string& token, EffectResult result);
  void write_split(Deployment& deployment, const rollout::Effect& effect);
  void start_ordinary(Deployment& deployment, const rollout::Effect& effect);
  void start_waiting(const std::string& id);
  void poll_drain(const std::string& id, const rollout::Effect& effect, rollout::Colour colour, TimePoint began);
  void check_scan(const std::string& id, const rollout::Effect& effect, TimePoint began);
  void judge_scan(const std::string& id, const rollout::Effect& effect, TimePoint began,
                  const rollout::ScanJudgement& judgement);
  void next_smoke(const std::string& id, const rollout::Effect& effect, bool front_door, std::size_t test, int attempt);
  void judge_when_settled(const std::string& id, const rollout::Effect& effect);
  void judge(const std::string& id, const std::string& token);
  void follow_weight(Deployment& deployment);
  void compare(Deployment& deployment, TimePoint now);
  void ask_for_metrics(Deployment& deployment, TimePoint now);
  void send_probes(Deployment& deployment, TimePoint now);
  void send_probe(Deployment& deployment);
  void submit_decision(Deployment& deployment);
  rollout::CheckResult with_particulars(const rollout::State& state, rollout::CheckResult breach) const;
  std::vector<rollout::MemberStanding> standings(const rollout::Release& release) const;
  void check_release(const rollout::Release& release);
  void check_release_soon(const Deployment& deployment);
  bool waits_for_front_doors(const Deployment& deployment) const;
  void write_behind_front_doors(Deployment& deployment, const rollout::Effect& effect);
  void go_on_behind_front_doors(const std::string& id, const std::string& token, bool however_they_stand);
  void front_door_has_changed(const Deployment& door);
  void check_blue(Deployment& deployment, const rollout::Effect& effect);
  void check_witnesses(Deployment& deployment, const rollout::Effect& effect);
  std::vector<rollout::CheckResult> checks_of(const rollout::State& state, TimePoint now) const;
  bool waits_for_witnesses(const rollout::State& state, TimePoint now) const;
  void send_message(const std::string& id, const std::string& token, rollout::MessageKind kind);
  void resume(const std::string& id);

  Deployment* lookup(const std::string& id);
  bool still_runs(const std::string& id, const std::string& token);
  Result<Deployment*> answerable(const std::string& id);
  Status may_say(const std::string& id, const rollout::Event& word);
  void say(const std::string& id, const rollout::Event& word, WordReply reply);
  MeasurementSources sources() const { return {ports_.telemetry, ports_.service_log}; }
  KeptService kept_service(const Deployment& deployment) const;

  RolloutPorts ports_;
  std::string owner_;
  Keeping keeping_;
  EffectRunner runner_;
  ServiceKeeper keeper_;
  std::map<std::string, std::unique_ptr<Deployment>> deployments_;
  std::map<rollout::ServiceKey, rollout::Plan> queued_;
  std::vector<std::shared_ptr<ControllerObserver>> observers_;
  std::set<std::pair<rollout::ServiceKey, std::string>> leftovers_;  ///< That are being stopped.
  int restoring_ = 0;                                                ///< Services that are being brought back.
  std::vector<std::function<void()>> when_recovered_;
  std::vector<std::string> recovery_problems_;
  bool keeps_ = true;  ///< Until `stop_keeping`.
  /// Callbacks hold it weakly: one that comes after the controller's end finds nothing.
  std::shared_ptr<Controller*> self_;
};

}  // namespace sluice::application
