#include "adapters/aws/named_alarms.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <utility>

#include "adapters/aws/json_member.h"
#include "adapters/aws/repeatable.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using rollout::AwsAccess;
using rollout::Witness;
using rollout::WitnessState;

constexpr std::size_t kMostNames = 100;  ///< DescribeAlarms takes and tells of no more.

WitnessState state_of(const std::string& value) {
  if (value == "OK") return WitnessState::Ok;
  return value == "ALARM" ? WitnessState::Firing : WitnessState::NoData;
}

TimePoint time_of(const json::object& alarm, std::string_view name) {
  return TimePoint{Milliseconds{std::llround(real_member(alarm, name) * 1000)}};
}

/// StateTransitionedTimestamp is when the state last became another; StateUpdatedTimestamp changes with its reason,
/// too.
Witness witness_of(const json::object& alarm) {
  Witness witness{.alarm = text_member(alarm, "AlarmName"),
                  .state = state_of(text_member(alarm, "StateValue")),
                  .reason = text_member(alarm, "StateReason"),
                  .since = time_of(alarm, "StateTransitionedTimestamp")};
  if (witness.since == TimePoint{}) witness.since = time_of(alarm, "StateUpdatedTimestamp");
  return witness;
}

Result<std::vector<Witness>> describe(Client& client, const json::array& names, const std::stop_token& stop) {
  const Call call{
      .service = "cloudwatch", .operation = "DescribeAlarms", .resource = fmt::format("alarms in {}", client.region())};
  const json::object input{{"AlarmNames", names}, {"AlarmTypes", json::array{"MetricAlarm", "CompositeAlarm"}}};
  TRY_ASSIGN(const json::object answer, client.ask(call, input, stop));
  std::vector<Witness> found;
  for (const std::string_view member : {"MetricAlarms", "CompositeAlarms"}) {
    for (const json::object* const alarm : objects_in(answer, member)) found.push_back(witness_of(*alarm));
  }
  return found;
}

}  // namespace

NamedAlarms::NamedAlarms(ClientPool& clients, const ports::Clock& clock, Asking asking)
    : clients_(clients),
      clock_(clock),
      thread_(
          asking, mutex_, [this] { return !due().empty(); }, [this](const std::stop_token& stop) { ask_due(stop); }) {}

std::vector<AwsAccess> NamedAlarms::due() const {
  std::vector<AwsAccess> due;
  const TimePoint now = clock_.now();
  for (const auto& [access, watched] : watched_) {
    const auto is_wanted = [&](const auto& alarm) { return now - alarm.second.wanted_at <= kWantedFor; };
    const auto is_new = [&](const auto& alarm) { return alarm.second.at == TimePoint{} && is_wanted(alarm); };
    const bool is_late = now - watched.asked_at >= kInterval && std::ranges::any_of(watched.alarms, is_wanted);
    if (watched.looks > 0) continue;  // it is being asked
    if (is_late || (!watched.error && std::ranges::any_of(watched.alarms, is_new))) due.push_back(access);
  }
  return due;
}

/// What nobody has asked for lately is forgotten.
std::set<std::string> NamedAlarms::wanted_of(const AwsAccess& access) {
  const std::lock_guard lock(mutex_);
  Watched& watched = watched_[access];
  std::erase_if(watched.alarms, [&](const auto& alarm) { return clock_.now() - alarm.second.wanted_at > kWantedFor; });
  std::set<std::string> names;
  for (const auto& [name, seen] : watched.alarms) names.insert(name);
  return names;
}

void NamedAlarms::ask_due(const std::stop_token& stop) {
  std::vector<AwsAccess> accounts;
  {
    const std::lock_guard lock(mutex_);
    accounts = due();
  }
  for (const AwsAccess& access : accounts) {
    if (!stop.stop_requested()) (void)ask(access, wanted_of(access), stop);  // the error is kept
  }
}

Status NamedAlarms::ask(const AwsAccess& access, const std::set<std::string>& names, const std::stop_token& stop) {
  std::vector<Witness> found;
  Status asked;
  auto client = clients_.get(access.region, access.role);
  if (!client) asked = client.error();
  for (auto name = names.begin(); asked && name != names.end();) {
    json::array some;
    for (; name != names.end() && some.size() < kMostNames; ++name) some.emplace_back(*name);
    auto described = describe(**client, some, stop);
    if (described) {
      found.insert(found.end(), described->begin(), described->end());
    } else {
      asked = described.error();
    }
  }
  const std::lock_guard lock(mutex_);
  Watched& watched = watched_[access];
  watched.asked_at = clock_.now();
  watched.error = asked ? std::nullopt : std::optional(asked.error());
  if (!asked) return asked;
  for (const std::string& name : names) {
    const auto told = std::ranges::find(found, name, &Witness::alarm);
    Seen& seen = watched.alarms[name];
    seen.at = watched.asked_at;
    seen.witness = told != found.end() ? *told : Witness{.alarm = name, .state = WitnessState::Missing};
  }
  return {};
}

Result<std::vector<Witness>> NamedAlarms::look(const rollout::Target& place, const std::vector<std::string>& names,
                                               std::stop_token stop) {
  const auto access = access_of(place);
  if (!access) return Error{ErrorKind::InvalidInput, "alarms of CloudWatch are asked of services in AWS only"};
  const auto wanted = [&](int looks) {
    const std::lock_guard lock(mutex_);
    Watched& watched = watched_[*access];
    watched.looks += looks;
    for (const std::string& name : names) watched.alarms[name].wanted_at = clock_.now();
  };
  wanted(1);
  const Status asked = ask(*access, {names.begin(), names.end()}, stop);
  wanted(-1);
  TRY(repeatable(asked));
  return read(place, names);
}

Result<std::vector<Witness>> NamedAlarms::read(const rollout::Target& place,
                                               const std::vector<std::string>& names) const {
  const auto access = access_of(place);
  if (!access) return Error{ErrorKind::InvalidInput, "alarms of CloudWatch are asked of services in AWS only"};
  const std::lock_guard lock(mutex_);
  Watched& watched = watched_[*access];
  const TimePoint now = clock_.now();
  std::vector<Witness> witnesses;
  bool is_known = true;
  for (const std::string& name : names) {
    Seen& seen = watched.alarms[name];
    seen.wanted_at = now;
    if (seen.at == TimePoint{}) thread_.wake();
    is_known = is_known && now - seen.at <= kErrorAfter;
    witnesses.push_back(seen.witness);
  }
  if (is_known) return witnesses;
  if (watched.error) return *watched.error;
  return Error{ErrorKind::NotFound, "CloudWatch was not asked about them yet"};
}

}  // namespace sluice::aws
