#include "adapters/aws/s3/index.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "core/rollout/object_reader.h"
#include "core/rollout/revision_json.h"

namespace sluice::aws::s3 {
namespace {

namespace json = boost::json;
using rollout::ObjectReader;
using rollout::ServiceKey;

constexpr int kVersion = 1;

json::value to_json(TimePoint at) { return at.time_since_epoch().count(); }
json::value to_json(const std::optional<TimePoint>& at) { return at ? to_json(*at) : json::value(); }

json::object to_json(const ServiceKey& key) {
  return {{"project", key.project}, {"environment", key.environment}, {"service", key.service}};
}

void read(ObjectReader& reader, ServiceKey& key) {
  reader.read("project", key.project);
  reader.read("environment", key.environment);
  reader.read("service", key.service);
}

void read(ObjectReader& reader, std::string_view name, TimePoint& at) {
  Milliseconds since{0};
  reader.read(name, since);
  at = TimePoint(since);
}

void read(ObjectReader& reader, std::string_view name, std::optional<TimePoint>& at) {
  std::optional<Milliseconds> since;
  reader.read(name, since);
  at = since ? std::optional(TimePoint(*since)) : std::nullopt;
}

/// What stands under a key in the index, and the key: one object of a list.
template <typename Key, typename Value>
struct Keyed {
  Key key;
  Value value;
};

// --- leases

json::object to_json(const ServiceKey& key, const IndexedLease& lease) {
  json::object object = to_json(key);
  object["deployment"] = lease.deployment;
  object["owner"] = lease.owner;
  object["epoch"] = lease.epoch;
  object["taken_at_milliseconds"] = to_json(lease.taken_at);
  return object;
}

Result<Keyed<ServiceKey, IndexedLease>> read_lease(const json::value& value, std::string path) {
  Keyed<ServiceKey, IndexedLease> lease;
  ObjectReader reader(value, std::move(path));
  read(reader, lease.key);
  reader.read("deployment", lease.value.deployment);
  reader.read("owner", lease.value.owner);
  reader.read("epoch", lease.value.epoch);
  read(reader, "taken_at_milliseconds", lease.value.taken_at);
  TRY(reader.finish());
  return lease;
}

// --- deployments and those that wait

json::object to_json(const std::string& id, const IndexedDeployment& deployment) {
  json::object object = to_json(deployment.service);
  object["deployment"] = id;
  object["holder"] = deployment.holder;
  object["epoch"] = deployment.epoch;
  object["ended"] = deployment.ended;
  object["at_milliseconds"] = to_json(deployment.at);
  object["started"] = deployment.started;
  return object;
}

Result<Keyed<std::string, IndexedDeployment>> read_deployment(const json::value& value, std::string path) {
  Keyed<std::string, IndexedDeployment> deployment;
  ObjectReader reader(value, std::move(path));
  read(reader, deployment.value.service);
  reader.read("deployment", deployment.key);
  reader.read("holder", deployment.value.holder);
  reader.read("epoch", deployment.value.epoch);
  reader.read("ended", deployment.value.ended);
  read(reader, "at_milliseconds", deployment.value.at);
  reader.read("started", deployment.value.started);
  TRY(reader.finish());
  return deployment;
}

json::object to_json(const std::string& id, const IndexedWaiting& waiting) {
  return {{"deployment", id},
          {"holder", waiting.holder},
          {"at_milliseconds", to_json(waiting.at)},
          {"started", waiting.started}};
}

Result<Keyed<std::string, IndexedWaiting>> read_waiting(const json::value& value, std::string path) {
  Keyed<std::string, IndexedWaiting> waiting;
  ObjectReader reader(value, std::move(path));
  reader.read("deployment", waiting.key);
  reader.read("holder", waiting.value.holder);
  read(reader, "at_milliseconds", waiting.value.at);
  reader.read("started", waiting.value.started);
  TRY(reader.finish());
  return waiting;
}

// --- what serves and served

json::object to_json(const ServiceKey& key, const ports::LiveService& live) {
  json::object object = to_json(key);
  object["revision"] = rollout::to_json(live.revision);
  object["slot"] = rollout::to_string(live.slot);
  object["listen"] = live.front_door.listen;
  object["host"] = live.front_door.host;
  object["path"] = live.front_door.path;
  return object;
}

std::optional<rollout::Slot> parse_slot(std::string_view name) {
  if (name == "a") return rollout::Slot::A;
  return name == "b" ? std::optional(rollout::Slot::B) : std::nullopt;
}

Result<Keyed<ServiceKey, ports::LiveService>> read_live(const json::value& value, std::string path) {
  Keyed<ServiceKey, ports::LiveService> live;
  ObjectReader reader(value, std::move(path));
  read(reader, live.key);
  live.value.service = live.key;
  reader.read_as("revision", live.value.revision, rollout::read_revision);
  reader.read_name("slot", live.value.slot, parse_slot);
  reader.read("listen", live.value.front_door.listen);
  reader.read("host", live.value.front_door.host);
  reader.read("path", live.value.front_door.path);
  TRY(reader.finish());
  return live;
}

json::object to_json(const ServiceKey& key, const std::vector<rollout::Revision>& revisions) {
  json::object object = to_json(key);
  json::array list;
  for (const rollout::Revision& revision : revisions) list.push_back(rollout::to_json(revision));
  object["revisions"] = std::move(list);
  return object;
}

Result<Keyed<ServiceKey, std::vector<rollout::Revision>>> read_served(const json::value& value, std::string path) {
  Keyed<ServiceKey, std::vector<rollout::Revision>> served;
  ObjectReader reader(value, std::move(path));
  read(reader, served.key);
  reader.read_list("revisions", served.value, rollout::read_revision);
  TRY(reader.finish());
  return served;
}

// --- what has ended

json::object to_json(const ports::DeploymentSummary& summary) {
  json::object object = to_json(summary.service);
  object["deployment"] = summary.deployment;
  object["revision"] = summary.revision;
  object["label"] = summary.label;
  object["image"] = summary.image;
  object["previous_revision"] = summary.previous_revision;
  object["requested_by"] = summary.requested_by;
  object["outcome"] = rollout::to_string(summary.outcome);
  object["cause_kind"] = summary.cause_kind;
  object["cause"] = summary.cause;
  object["started_at_milliseconds"] = to_json(summary.started_at);
  object["full_at_milliseconds"] = to_json(summary.full_at);
  object["restored_at_milliseconds"] = to_json(summary.restored_at);
  object["ended_at_milliseconds"] = to_json(summary.ended_at);
  return object;
}

Result<ports::DeploymentSummary> read_summary(const json::value& value, std::string path) {
  ports::DeploymentSummary summary;
  ObjectReader reader(value, std::move(path));
  read(reader, summary.service);
  reader.read("deployment", summary.deployment);
  reader.read("revision", summary.revision);
  reader.read("label", summary.label);
  reader.read("image", summary.image);
  reader.read("previous_revision", summary.previous_revision);
  reader.read("requested_by", summary.requested_by);
  reader.read_name("outcome", summary.outcome, rollout::parse_outcome);
  reader.read("cause_kind", summary.cause_kind);
  reader.read("cause", summary.cause);
  read(reader, "started_at_milliseconds", summary.started_at);
  read(reader, "full_at_milliseconds", summary.full_at);
  read(reader, "restored_at_milliseconds", summary.restored_at);
  read(reader, "ended_at_milliseconds", summary.ended_at);
  TRY(reader.finish());
  return summary;
}

template <typename Map>
json::array list_of(const Map& map) {
  json::array list;
  for (const auto& [key, value] : map) list.push_back(to_json(key, value));
  return list;
}

template <typename Key, typename Value>
void read_keyed(ObjectReader& reader, std::string_view name, std::map<Key, Value>& out,
                Result<Keyed<Key, Value>> (*read_one)(const json::value&, std::string)) {
  std::vector<Keyed<Key, Value>> list;
  reader.read_list(name, list, read_one);
  for (Keyed<Key, Value>& each : list) out.insert_or_assign(std::move(each.key), std::move(each.value));
}

}  // namespace

void Index::add(const ports::DeploymentSummary& summary) {
  if (std::ranges::find(summaries, summary.deployment, &ports::DeploymentSummary::deployment) != summaries.end())
    return;
  summaries.push_back(summary);
  if (summaries.size() > kMostSummaries) summaries.erase(summaries.begin());
}

void Index::set_live(const ports::LiveService& service) {
  live.insert_or_assign(service.service, service);
  std::vector<rollout::Revision>& all = served[service.service];
  std::erase_if(all, [&](const rollout::Revision& revision) { return revision.id == service.revision.id; });
  all.insert(all.begin(), service.revision);
  if (all.size() > kMostRevisions) all.resize(kMostRevisions);
}

std::string to_text(const Index& index) {
  json::array summaries;
  for (const ports::DeploymentSummary& summary : index.summaries) summaries.push_back(to_json(summary));
  return json::serialize(json::object{{"v", kVersion},
                                      {"stamp", index.stamp},
                                      {"leases", list_of(index.leases)},
                                      {"deployments", list_of(index.deployments)},
                                      {"waiting", list_of(index.waiting)},
                                      {"live", list_of(index.live)},
                                      {"served", list_of(index.served)},
                                      {"summaries", std::move(summaries)}});
}

Result<Index> read_index(std::string_view text) {
  json::error_code failed;
  const json::value value = json::parse(text, failed);
  if (failed) return Error{ErrorKind::InvalidInput, "it is no JSON"};
  Index index;
  int version = 0;
  ObjectReader reader(value, "");
  reader.read("v", version);
  if (version > kVersion) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("it has version {}, of a newer sluice; this one reads {}", version, kVersion)};
  }
  reader.read("stamp", index.stamp);
  read_keyed(reader, "leases", index.leases, read_lease);
  read_keyed(reader, "deployments", index.deployments, read_deployment);
  read_keyed(reader, "waiting", index.waiting, read_waiting);
  read_keyed(reader, "live", index.live, read_live);
  read_keyed(reader, "served", index.served, read_served);
  reader.read_list("summaries", index.summaries, read_summary);
  TRY(reader.finish());
  return index;
}

}  // namespace sluice::aws::s3
