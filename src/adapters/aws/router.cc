#include "adapters/aws/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/listener_rule.h"
#include "adapters/aws/target_groups.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr int kAll = 100;

Error about_rule(const json::object& rule, const Error& error, const std::string& copy) {
  return {error.kind, fmt::format("listener rule {}: {}. As it was before sluice changed it, it is in {}",
                                  text_member(rule, "RuleArn"), error.message, copy)};
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

std::string copy_name(const std::string& rule_arn) { return fmt::format("aws-rules/{}.json", sha1_hex(rule_arn)); }

}  // namespace

/// Where to look, for people.
std::string Router::copy_of(const std::string& rule_arn) const { return copies_.place_of(copy_name(rule_arn)); }

Status Router::ensure(const ports::RoutedService& service) {
  const auto* place = std::get_if<rollout::EcsTarget>(&service.target);
  if (place == nullptr || place->rules.empty()) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} names no listener rule", service.service.to_string())};
  }
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
  TRY(write_once(*client, known, arns, kAll - b, b));
  TRY(read_back(*client, known, arns, kAll - b, b));
  return options_.pause(kTestSettle, {});
}

Status Router::write_once(Client& client, const Known& known, const std::vector<std::string>& arns, int a,
                          int b) const {
  const ListenerRules rules(client);
  TRY_ASSIGN(const auto read, rules.read(arns, {}));
  for (const json::object& rule : read) {
    const std::string copy = copy_of(text_member(rule, "RuleArn"));
    const auto weights = weights_of(actions_of(rule), known.groups);
    if (!weights) return about_rule(rule, weights.error(), copy);
    if (weights->a == a && weights->b == b) continue;
    TRY_ASSIGN(const json::array actions, with_weights(actions_of(rule), known.groups, a, b));
    TRY(rules.write_actions(rule, actions, {}));
  }
  return {};
}

Status Router::read_back(Client& client, const Known& known, const std::vector<std::string>& arns, int a, int b) const {
  const ListenerRules rules(client);
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(const auto read, rules.read(arns, {}));
    const auto differs = [&](const json::object& rule) {
      const auto weights = weights_of(actions_of(rule), known.groups);
      return !weights || weights->a != a || weights->b != b;
    };
    const auto different = std::ranges::find_if(read, differs);
    if (different == read.end()) return {};
    if (attempt == kReadBacks) {
      return Error{ErrorKind::UnknownOutcome, fmt::format("listener rule {} does not read back as written ({}/{})",
                                                          text_member(*different, "RuleArn"), a, b)};
    }
    TRY(options_.pause(kReadBackPause, {}));
  }
}

Status Router::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const Known known, this->known(service));
  TRY_ASSIGN(Client* const client, clients_.get(known.place.region, known.place.role));
  constexpr int kBasisPoints = Weight::kFull / kAll;
  if (!split.open || split.slot_b.basis_points() % kBasisPoints != 0) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("listener rules cannot give {} to slot B{}", split.slot_b.to_string(),
                             split.open ? "" : " of a closed route")};
  }
  const int b = split.slot_b.basis_points() / kBasisPoints;
  TRY(write_once(*client, known, known.place.rules, kAll - b, b));
  TRY(read_back(*client, known, known.place.rules, kAll - b, b));
  looks_.saw(service, split, true);
  const std::lock_guard lock(mutex_);
  services_[service].written = split;
  return {};
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
  TRY_ASSIGN(const auto read, ListenerRules(*client).read(known.place.rules, {}));
  std::optional<rollout::TrafficSplit> result;
  for (const json::object& rule : read) {
    const auto weights = weights_of(actions_of(rule), known.groups);
    if (!weights) return about_rule(rule, weights.error(), copy_of(text_member(rule, "RuleArn")));
    const rollout::TrafficSplit split = split_of(*weights);
    if (!result || (result == known.written && split != *result)) result = split;
  }
  if (!result) return Error{ErrorKind::NotFound, fmt::format("{} names no listener rule", service.to_string())};
  looks_.saw(service, *result);
  return *result;
}

Result<ports::OpenSessions> Router::open_sessions(const rollout::ServiceKey&, rollout::Slot) {
  return Error{ErrorKind::Unavailable, "a load balancer does not tell the open requests of a target group"};
}

Status Router::clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool /*cut*/) {
  TRY_ASSIGN(const Known known, this->known(service));
  TRY_ASSIGN(const rollout::TrafficSplit split, read_now(service, known));
  const Weight share = share_of(split, slot);
  if (share == Weight::none()) {
    const bool is_led = !known.place.test_rule.empty() && !options_.reads_only;
    return is_led ? lead_test_traffic(known, rollout::other(slot)) : Status();
  }
  return Error{ErrorKind::Conflict,
               fmt::format("the listener rules of {} give {} to the target group {} again: somebody else "
                           "has changed them, and its tasks stay",
                           service.to_string(), share.to_string(), known.groups[index_of(slot)])};
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
