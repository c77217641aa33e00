#include "adapters/aws/router.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/target_groups.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr int kAll = 100;

Error about_rule(const json::object& rule, const Error& error, const std::string& copy) {
  return {error.kind, fmt::format("listener rule {}: {}. As it was before sluice changed it, it is in {}",
                                  text_member(rule, "RuleArn"), error.message, copy)};
}

Error gone(const std::string& arn) {
  return {ErrorKind::Conflict, fmt::format("listener rule {} is gone: somebody has deleted it. Make it again, or take "
                                           "it out of 'rules' in sluice.yaml",
                                           arn)};
}

/// What AWS says of a write to the rule. One that names a target group that is gone asks for what is not there.
Error about_write(const json::object& rule, const Error& error) {
  const std::string arn = text_member(rule, "RuleArn");
  if (error.kind != ErrorKind::NotFound) return {error.kind, fmt::format("listener rule {}: {}", arn, error.message)};
  return {ErrorKind::Conflict,
          fmt::format("listener rule {}: {}. Somebody has deleted the rule or one of the two target groups while this "
                      "deployment ran; make again what is gone, and a task set in it",
                      arn, error.message)};
}

/// One error of all: of a kind that passes by itself only when each does.
Error all_of(const std::vector<Error>& errors) {
  const auto lasting = std::ranges::find_if(errors, [](const Error& e) { return !is_retryable(e.kind); });
  std::vector<std::string> messages;
  for (const Error& error : errors) messages.push_back(error.message);
  return {lasting == errors.end() ? errors.front().kind : lasting->kind, fmt::format("{}", fmt::join(messages, "; "))};
}

/// What the rule gives a target group, whatever else it names.
int weight_of(const json::object& rule, const std::string& group) {
  int weight = 0;
  for (const WeightedGroup& forwarded : forwarded_groups(actions_of(rule))) {
    if (!group.empty() && forwarded.arn == group) weight += forwarded.weight;
  }
  return weight;
}

/// Weights mean their share of the sum.
rollout::TrafficSplit split_of(const ForwardWeights& weights) {
  const int sum = weights.a + weights.b;
  if (sum == 0) return {};  // nothing gets traffic
  const auto weight = Weight::from_basis_points(static_cast<int>((weights.b * 10'000L + sum / 2) / sum));
  return {.open = true, .slot_b = weight.value_or(Weight::none())};
}

/// Nobody shifts traffic by it at the moment.
bool is_at_rest(const ForwardWeights& weights) { return weights.a == 0 || weights.b == 0; }

/// Of a service that has rules.
Result<const rollout::EcsTarget*> place_of(const ports::RoutedService& service) {
  const auto* place = std::get_if<rollout::EcsTarget>(&service.target);
  if (place != nullptr && !place->rules.empty()) return place;
  return Error{ErrorKind::InvalidInput, fmt::format("{} names no listener rule", service.service.to_string())};
}

std::string copy_name(const std::string& rule_arn) { return fmt::format("aws-rules/{}.json", sha1_hex(rule_arn)); }

}  // namespace

/// Where to look, for people.
std::string Router::copy_of(const std::string& rule_arn) const { return copies_.place_of(copy_name(rule_arn)); }

Status Router::ensure(const ports::RoutedService& service) {
  TRY_ASSIGN(const rollout::EcsTarget* const place, place_of(service));
  TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
  Known known{.place = *place};
  TRY_ASSIGN(known.groups, target_groups_of(*client, *place, Priority::Urgent, {}));
  const ListenerRules rules(*client);
  std::vector<std::string> arns = place->rules;
  if (!place->test_rule.empty()) arns.push_back(place->test_rule);
  TRY_ASSIGN(const auto read, rules.read(arns, {}));
  for (const json::object& rule : read) {
    const std::string arn = text_member(rule, "RuleArn");
    const auto weights = weights_of(actions_of(rule), known.groups);
    if (!weights) return about_rule(rule, weights.error(), copy_of(arn));
    if (options_.reads_only) continue;
    if (is_at_rest(*weights)) TRY(copies_.keep(copy_name(arn), json::serialize(rule), "a copy of the listener rule"));
    if (weights->has_a && weights->has_b) continue;
    const rollout::TrafficSplit split = split_of(*weights);
    const int b = split.slot_b.basis_points() / (Weight::kFull / kAll);
    TRY_ASSIGN(const json::array actions, with_weights(actions_of(rule), known.groups, kAll - b, b));
    TRY(rules.write_actions(rule, actions, {}));
  }
  const std::lock_guard lock(mutex_);
  const auto before = services_.find(service.service);
  if (before != services_.end()) known.written = before->second.written;
  services_[service.service] = std::move(known);
  looks_.forget(service.service);
  return {};
}

Result<Router::Known> Router::known(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  const auto found = services_.find(service);
  if (found != services_.end()) return found->second;
  return Error{ErrorKind::NotFound, fmt::format("the listener rules of {} are not known yet", service.to_string())};
}

Status Router::set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot,
                             const std::vector<ports::Endpoint>& own, const std::vector<ports::Endpoint>&) {
  TRY_ASSIGN(const Known known, this->known(service));
  const std::string& group = known.groups[index_of(slot)];
  for (const ports::Endpoint& endpoint : own) {
    if (endpoint.address == group) continue;
    return Error{
        ErrorKind::Conflict,
        fmt::format("the task set of {} is in the target group {}, and {} was free for it: somebody else uses the "
                    "service's target groups",
                    service.to_string(), endpoint.address, group)};
  }
  if (known.place.test_rule.empty() || options_.reads_only || own.empty()) return {};
  TRY_ASSIGN(const rollout::TrafficSplit split, read_split(service));
  return share_of(split, slot) == Weight::none() ? lead_test_traffic(known, slot) : Status();
}

Status Router::lead_test_traffic(const Known& known, rollout::Slot slot) const {
  TRY_ASSIGN(Client* const client, clients_.get(known.place.region, known.place.role));
  const std::vector<std::string> arns{known.place.test_rule};
  const int b = slot == rollout::Slot::B ? kAll : 0;
  TRY_ASSIGN(const auto read, ListenerRules(*client).read(arns, {}));
  TRY_ASSIGN(const ForwardWeights weights, weights_of(actions_of(read.front()), known.groups));
  if (weights.a == kAll - b && weights.b == b) return {};
  TRY(write_once(*client, known, arns, {kAll - b, b}));
  TRY(read_back(*client, known, arns, {kAll - b, b}));
  return options_.pause(kTestSettle, {});
}

/// The slot's tasks are about to go: the test rule leads to the other one, or to neither where somebody else has
/// changed or deleted it.
Status Router::take_test_traffic(const Known& known, rollout::Slot slot) const {
  TRY_ASSIGN(Client* const client, clients_.get(known.place.region, known.place.role));
  const std::vector<std::string> arns{known.place.test_rule};
  const Weights weights = slot == rollout::Slot::A ? Weights{0, kAll} : Weights{kAll, 0};
  TRY_ASSIGN(const auto looked, ListenerRules(*client).look(arns, {}));
  if (!looked.front() || weight_of(*looked.front(), known.groups[index_of(slot)]) == 0) return {};
  TRY_ASSIGN(const auto restored, restore_once(*client, known, arns, weights));
  if (!restored.failures.empty()) return all_of(restored.failures);
  TRY(read_back(*client, known, restored.arns, weights));
  return options_.pause(kTestSettle, {});
}

Status Router::write_once(Client& client, const Known& known, const std::vector<std::string>& arns,
                          Weights weights) const {
  const ListenerRules rules(client);
  TRY_ASSIGN(const auto looked, rules.look(arns, {}));
  std::vector<std::pair<const json::object*, json::array>> due;
  std::vector<Error> failures;
  for (std::size_t i = 0; i < arns.size(); ++i) {
    if (!looked[i]) {
      failures.push_back(gone(arns[i]));
      continue;
    }
    const json::array actions = actions_of(*looked[i]);
    const auto there = weights_of(actions, known.groups);
    if (!there) {
      failures.push_back(about_rule(*looked[i], there.error(), copy_of(arns[i])));
    } else if (there->a != weights.a || there->b != weights.b) {
      TRY_ASSIGN(json::array wanted, with_weights(actions, known.groups, weights.a, weights.b));
      due.emplace_back(&*looked[i], std::move(wanted));
    }
  }
  if (!failures.empty()) return all_of(failures);
  for (const auto& [rule, actions] : due) {
    if (const Status written = rules.write_actions(*rule, actions, {}); !written) {
      return about_write(*rule, written.error());
    }
  }
  return {};
}

Result<Router::Restored> Router::restore_once(Client& client, const Known& known, const std::vector<std::string>& arns,
                                              Weights weights) const {
  const ListenerRules rules(client);
  TRY_ASSIGN(const auto looked, rules.look(arns, {}));
  Restored restored;
  for (std::size_t i = 0; i < arns.size(); ++i) {
    if (looked[i]) {
      restore_rule(rules, known, *looked[i], weights, restored);
    } else {
      restored.lines.push_back(gone(arns[i]).message);
    }
  }
  return restored;
}

void Router::restore_rule(const ListenerRules& rules, const Known& known, const json::object& rule, Weights weights,
                          Restored& restored) const {
  const std::string arn = text_member(rule, "RuleArn");
  const json::array actions = actions_of(rule);
  const auto there = weights_of(actions, known.groups);
  const std::size_t emptied = weights.a == 0 ? 0 : 1;
  const std::string& without = known.groups[emptied];
  if (!there) {
    const std::string told = about_rule(rule, there.error(), copy_of(arn)).message;
    if (weight_of(rule, without) == 0) {
      restored.passed_over.insert(arn);
      restored.lines.push_back(told + ". It gives the new revision nothing, and was left as it is");
    } else {
      restored.failures.push_back({there.error().kind, told + ". It gives the new revision traffic: take that target "
                                                              "group out of it, or put it back as it was"});
    }
    return;
  }
  restored.arns.push_back(arn);
  if (!(weights.a == 0 ? there->has_a : there->has_b)) {
    restored.lines.push_back(fmt::format(
        "listener rule {} does not name the target group {} any more: somebody else has taken it out, and it "
        "was left out. The next deployment needs that group: make it again if it was deleted",
        arn, known.place.target_groups[emptied]));
  }
  // Weights mean their share of the sum, and a group that is gone can be named no more.
  const bool is_so = weights.a == 0 ? there->a == 0 && there->b > 0 : there->b == 0 && there->a > 0;
  if (is_so) return;
  if (known.groups[1 - emptied].empty()) {
    restored.failures.push_back(
        {ErrorKind::Conflict,
         fmt::format("listener rule {}: the target group {}, which had the traffic before, is gone. "
                     "Make it again by that name, with the tasks that served before in it",
                     arn, known.place.target_groups[1 - emptied])});
    return;
  }
  const auto wanted = with_weights(actions, known.groups, weights.a, weights.b, Unnamed::LeaveOut);
  const Status written = wanted ? rules.write_actions(rule, *wanted, {}) : Status(wanted.error());
  if (!written) restored.failures.push_back(about_write(rule, written.error()));
}

Status Router::read_back(Client& client, const Known& known, const std::vector<std::string>& arns,
                         Weights weights) const {
  if (arns.empty()) return {};
  const ListenerRules rules(client);
  const rollout::TrafficSplit wanted = split_of({.a = weights.a, .b = weights.b});
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(const auto looked, rules.look(arns, {}));
    std::vector<std::string> different;
    for (std::size_t i = 0; i < arns.size(); ++i) {
      const auto there = looked[i] ? weights_of(actions_of(*looked[i]), known.groups) : Error{ErrorKind::NotFound, ""};
      if (!there || split_of(*there) != wanted) different.push_back(arns[i]);
    }
    if (different.empty()) return {};
    if (attempt == kReadBacks) {
      return Error{ErrorKind::UnknownOutcome, fmt::format("listener rule {} does not read back as written ({}/{})",
                                                          fmt::join(different, ", "), weights.a, weights.b)};
    }
    TRY(options_.pause(kReadBackPause, {}));
  }
}

/// In whole percent, which is what rules are given here.
Result<Router::Weights> Router::weights_for(const rollout::TrafficSplit& split) {
  constexpr int kBasisPoints = Weight::kFull / kAll;
  if (!split.open || split.slot_b.basis_points() % kBasisPoints != 0) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("listener rules cannot give {} to slot B{}", split.slot_b.to_string(),
                             split.open ? "" : " of a closed route")};
  }
  const int b = split.slot_b.basis_points() / kBasisPoints;
  return Weights{kAll - b, b};
}

Status Router::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const Known known, this->known(service));
  TRY_ASSIGN(Client* const client, clients_.get(known.place.region, known.place.role));
  TRY_ASSIGN(const Weights weights, weights_for(split));
  TRY(write_once(*client, known, known.place.rules, weights));
  TRY(read_back(*client, known, known.place.rules, weights));
  wrote(service, split, {});
  return {};
}

/// From now on the rules are taken to be so.
void Router::wrote(const rollout::ServiceKey& service, const rollout::TrafficSplit& split,
                   std::set<std::string> passed_over) {
  looks_.saw(service, split, true);
  const std::lock_guard lock(mutex_);
  services_[service].written = split;
  services_[service].passed_over = std::move(passed_over);
}

Result<std::vector<std::string>> Router::restore_split(const ports::RoutedService& service,
                                                       const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const Known known, known_for_the_way_back(service));
  TRY_ASSIGN(Client* const client, clients_.get(known.place.region, known.place.role));
  TRY_ASSIGN(const Weights weights, weights_for(split));
  if (weights.a != 0 && weights.b != 0) {
    TRY(set_split(service.service, split));
    return std::vector<std::string>{};
  }
  TRY_ASSIGN(Restored restored, restore_once(*client, known, known.place.rules, weights));
  if (!restored.failures.empty()) {
    const std::lock_guard lock(mutex_);
    services_.erase(service.service);  // a target group that is made again by its name has another ARN
    return all_of(restored.failures);
  }
  TRY(read_back(*client, known, restored.arns, weights));
  wrote(service.service, split, std::move(restored.passed_over));
  return std::move(restored.lines);
}

/// Known as it is, or learned now, though rules or a target group may be gone.
Result<Router::Known> Router::known_for_the_way_back(const ports::RoutedService& service) {
  if (auto known = this->known(service.service)) return known;
  TRY_ASSIGN(const rollout::EcsTarget* const place, place_of(service));
  TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
  Known known{.place = *place};
  TRY_ASSIGN(known.groups, target_groups_there(*client, *place, Priority::Urgent, {}));
  const std::lock_guard lock(mutex_);
  return services_[service.service] = std::move(known);
}

Result<rollout::TrafficSplit> Router::read_split(const rollout::ServiceKey& service) {
  TRY_ASSIGN(const Known known, this->known(service));
  if (const auto seen = looks_.recent(service)) return *seen;
  return read_now(service, known);
}

Result<rollout::TrafficSplit> Router::look(const rollout::ServiceKey& service) {
  TRY_ASSIGN(const Known known, this->known(service));
  return read_now(service, known);
}

Result<rollout::TrafficSplit> Router::read_now(const rollout::ServiceKey& service, const Known& known) {
  TRY_ASSIGN(Client* const client, clients_.get(known.place.region, known.place.role));
  TRY_ASSIGN(const auto looked, ListenerRules(*client).look(known.place.rules, {}));
  std::optional<rollout::TrafficSplit> result;
  for (std::size_t i = 0; i < looked.size(); ++i) {
    if (!looked[i]) continue;
    const auto weights = weights_of(actions_of(*looked[i]), known.groups);
    if (!weights && known.passed_over.contains(known.place.rules[i])) continue;
    if (!weights) return about_rule(*looked[i], weights.error(), copy_of(known.place.rules[i]));
    const rollout::TrafficSplit split = split_of(*weights);
    if (!result || (result == known.written && split != *result)) result = split;
  }
  // None is left that could be read: what was written last is as good as nothing else.
  if (!result && !known.passed_over.empty()) result = known.written;
  if (!result) {
    return Error{ErrorKind::NotFound,
                 fmt::format("none of the listener rules of {} is there any more", service.to_string())};
  }
  looks_.saw(service, *result);
  return *result;
}

Result<ports::OpenSessions> Router::open_sessions(const rollout::ServiceKey&, rollout::Slot) {
  return Error{ErrorKind::Unavailable, "a load balancer does not tell the open requests of a target group"};
}

Status Router::clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool /*cut*/) {
  TRY_ASSIGN(const Known known, this->known(service));
  TRY_ASSIGN(Client* const client, clients_.get(known.place.region, known.place.role));
  TRY_ASSIGN(const auto looked, ListenerRules(*client).look(known.place.rules, {}));
  const std::string& group = known.groups[index_of(slot)];
  for (const auto& rule : looked) {
    if (!rule || weight_of(*rule, group) == 0) continue;
    return Error{ErrorKind::Conflict,
                 fmt::format("the listener rule {} gives traffic to the target group {} again: somebody else has "
                             "changed it, and the tasks there stay",
                             text_member(*rule, "RuleArn"), group)};
  }
  if (known.place.test_rule.empty() || options_.reads_only) return {};
  return take_test_traffic(known, slot);
}

Result<Router::Entrance> Router::entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) {
  TRY_ASSIGN(const Known known, this->known(service));
  const std::string& url = slot == nullptr ? known.place.url : known.place.test_url;
  if (url.empty()) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} says no URL where requests {} enter", service.to_string(),
                                                      slot == nullptr ? "of users" : "for GREEN alone")};
  }
  if (slot == nullptr) return Entrance{url, {}};
  TRY_ASSIGN(Client* const client, clients_.get(known.place.region, known.place.role));
  TRY_ASSIGN(const auto read, ListenerRules(*client).read({known.place.test_rule}, {}));
  TRY_ASSIGN(const ForwardWeights weights, weights_of(actions_of(read.front()), known.groups));
  if ((*slot == rollout::Slot::B ? weights.a : weights.b) == 0) return Entrance{url, {}};
  return Error{ErrorKind::Conflict,
               fmt::format("the test rule {} does not lead to GREEN alone any more: somebody else has "
                           "changed it",
                           known.place.test_rule)};
}

}  // namespace sluice::aws
