#include "adapters/aws/appconfig/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "adapters/aws/appconfig/flags_api.h"
#include "adapters/aws/digest.h"
#include "adapters/aws/repeatable.h"
#include "core/flags/flag_set.h"
#include "core/rollout/api_definition.h"

namespace sluice::aws::appconfig {
namespace {

constexpr std::string_view kFeatureFlags = "AWS.AppConfig.FeatureFlags";
constexpr std::string_view kHosted = "hosted";

Result<rollout::FlagsTarget> place_in(const rollout::Revision& revision) {
  if (const auto* place = std::get_if<rollout::FlagsTarget>(&revision.target)) return *place;
  return Error{ErrorKind::InvalidInput, fmt::format("revision {} is not for AppConfig", revision.id)};
}

ports::Replica replica_of(const std::string& version, const std::string& revision, bool running) {
  return {.name = fmt::format("version {}", version),
          .index = 0,
          .address = fmt::format("{} {}", version, revision),
          .port = 0,
          .running = running};
}

Error is_gone(const std::string& version, const rollout::FlagsTarget& place) {
  return {ErrorKind::NotFound,
          fmt::format("version {} of {} was deleted, and AppConfig does not bring it back: deploy anew", version,
                      describe_place(place))};
}

bool has(const std::vector<HostedVersion>& versions, const std::string& version) {
  return std::ranges::any_of(versions, [&](const HostedVersion& v) { return std::to_string(v.number) == version; });
}

Status check_profile(const FlagsApi& api) {
  TRY_ASSIGN(const Profile profile, api.profile({}));
  if (profile.type == kFeatureFlags && profile.location == kHosted) return {};
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("{}: the profile is of the type {} at '{}', and flags need one of the type {} in the hosted "
                  "store (aws appconfig create-configuration-profile --application-id {} --name flags --type {} "
                  "--location-uri hosted)",
                  describe_place(api.place()), profile.type, profile.location, kFeatureFlags, api.place().application,
                  kFeatureFlags)};
}

Status check_strategy(const FlagsApi& api) {
  const rollout::FlagsTarget& place = api.place();
  TRY_ASSIGN(const Milliseconds growth, api.growth({}));
  if (growth < place.within) return {};
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("a deployment by the strategy {} takes {}, and 'within' in 'aws' allows {}: raise it, or take a "
                  "faster strategy",
                  place.strategy, format_duration(growth), format_duration(place.within))};
}

/// The deployment that is in force; why nothing can be deployed over it.
Result<FlagDeployment> live_in(const FlagHistory& history, const rollout::FlagsTarget& place) {
  const auto ids = fmt::format("--application-id {} --environment-id {}", place.application, place.environment);
  if (!history.deployments.empty() && history.deployments.front().is_under_way()) {
    const FlagDeployment& newest = history.deployments.front();
    return Error{
        ErrorKind::Conflict,
        fmt::format("{}: the deployment {} of version {} is {}, and AppConfig makes one at a time: wait for its "
                    "end, or stop it (aws appconfig stop-deployment {} --deployment-number {})",
                    describe_place(place), newest.number, newest.version, to_string(newest.state), ids, newest.number)};
  }
  if (const FlagDeployment* const live = history.in_force()) return *live;
  return Error{
      ErrorKind::Conflict,
      fmt::format("{}: no version was ever deployed that one could go back to. Make the first one by hand (aws "
                  "appconfig start-deployment {} --configuration-profile-id {} --configuration-version 1 "
                  "--deployment-strategy-id {})",
                  describe_place(place), ids, place.profile, rollout::kFastestStrategy)};
}

}  // namespace

Result<std::string> Fleet::content_of(const rollout::Revision& revision) const {
  TRY_ASSIGN(const rollout::FlagsTarget place, place_in(revision));
  const std::string path = (std::filesystem::path(revision.base_directory) / place.definition).string();
  TRY_ASSIGN(const ports::ApiDefinition file, around_.definitions.read(path));
  if (file.sha256 != rollout::sha256_in(revision.image)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} has changed since the deployment was asked for (it is {} now): deploy anew", path,
                             rollout::definition_text(place.definition, file.sha256))};
  }
  flags::ParsedFlags parsed = flags::parse_flags(file.bytes, place.definition);
  if (parsed.flags) return std::move(parsed.flags->content);
  return Error{ErrorKind::InvalidInput, to_string(parsed.findings.front())};
}

/// Its answer says nothing that a list does not: it is looked for, whatever became of the call.
Result<std::string> Fleet::make(const FlagsApi& api, const Origin& origin, const std::string& content, int latest,
                                const std::stop_token& stop) const {
  const Status made = api.create_version(content, to_string(origin), latest, stop);
  if (!made && made.error().kind == ErrorKind::Conflict) {  // somebody else was faster
    return Error{ErrorKind::Unavailable, made.error().message};
  }
  if (!made && made.error().kind != ErrorKind::UnknownOutcome) return made.error();
  for (int look = 0; look < kLooks; ++look) {
    TRY_ASSIGN(const auto versions, api.versions(stop));
    for (const HostedVersion& version : versions) {
      if (parse_version_origin(version.description) == origin) return std::to_string(version.number);
    }
    TRY(options_.pause(kPause, stop));
  }
  return Error{ErrorKind::Unavailable, made ? "the version that was made is not seen yet" : made.error().message};
}

Result<std::string> Fleet::found_or_made(const ports::FleetStart& request, const FlagsApi& api,
                                         const std::stop_token& stop) const {
  const rollout::Revision& revision = request.revision;
  TRY_ASSIGN(const std::string known, around_.notes.version_of(request.service, revision.id));
  TRY_ASSIGN(const auto versions, api.versions(stop));
  if (!known.empty()) return has(versions, known) ? Result<std::string>(known) : is_gone(known, api.place());
  TRY_ASSIGN(const std::string content, content_of(revision));
  const Origin origin{request.service, revision.id, sha256_hex(content)};
  TRY_ASSIGN(const FlagHistory history, around_.histories.now(request.service, api.place()));
  const FlagDeployment* const live = history.in_force();
  const int found = find_version(versions, origin, live == nullptr ? "" : live->version);
  if (found > 0) return std::to_string(found);
  return make(api, origin, content, newest_number(versions), stop);
}

Result<std::vector<ports::Replica>> Fleet::start(const ports::FleetStart& request, std::stop_token stop) {
  TRY_ASSIGN(const rollout::FlagsTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, around_.clients.get(place.region, place.role));
  const FlagsApi api(*client, place);
  TRY_ASSIGN(const std::string version, repeatable(found_or_made(request, api, stop)));
  TRY(around_.notes.note_version(request.service, request.revision.id, version));
  TRY(repeatable(api.validate(version, stop)));
  return std::vector<ports::Replica>{replica_of(version, request.revision.id, true)};
}

Result<std::vector<ports::Replica>> Fleet::observe(const rollout::ServiceKey& service, const std::string& revision_id) {
  const auto place = options_.place_of(service);
  if (!place) return std::vector<ports::Replica>{};
  TRY_ASSIGN(const std::string version, around_.notes.version_of(service, revision_id));
  if (version.empty()) return std::vector<ports::Replica>{};
  TRY_ASSIGN(const FlagSlots slots, around_.notes.slots(service));
  TRY_ASSIGN(const FlagHistory history, around_.histories.recent(service, *place));
  const bool is_lost = loss_of(history, slots, revision_id) != nullptr;
  return std::vector<ports::Replica>{replica_of(version, revision_id, !is_lost)};
}

Result<ports::Replica> Fleet::restart(const ports::FleetStart& request, int /*index*/, std::stop_token /*stop*/) {
  TRY_ASSIGN(const rollout::FlagsTarget place, place_in(request.revision));
  TRY_ASSIGN(const std::string version, around_.notes.version_of(request.service, request.revision.id));
  TRY_ASSIGN(const FlagSlots slots, around_.notes.slots(request.service));
  TRY_ASSIGN(const FlagHistory history, around_.histories.now(request.service, place));
  const FlagDeployment* const lost = loss_of(history, slots, request.revision.id);
  if (lost == nullptr) return replica_of(version, request.revision.id, true);
  TRY_ASSIGN(Client* const client, around_.clients.get(place.region, place.role));
  TRY_ASSIGN(const std::string why, FlagsApi(*client, place).end_of(lost->number));
  return Error{ErrorKind::Failed,
               fmt::format("AppConfig has taken its deployment {} of version {} back: {}", lost->number, version, why)};
}

Status Fleet::stop(const rollout::ServiceKey&, const std::string&, Milliseconds) { return {}; }

Status Fleet::run_once(const ports::FleetStart&, const std::vector<std::string>&, const std::string&, Milliseconds,
                       std::stop_token) {
  return Error{ErrorKind::InvalidInput, "flags have no image for a release command"};
}

Result<std::vector<std::string>> Fleet::log_tail(const rollout::ServiceKey&, const std::string&, int) {
  return Error{ErrorKind::NotFound, "flags write no log"};
}

Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> Fleet::list() {
  return std::vector<std::pair<rollout::ServiceKey, std::string>>{};
}

Result<std::optional<ports::Serving>> Fleet::serving(const rollout::ServiceKey& service,
                                                     const rollout::Revision& wanted) {
  TRY_ASSIGN(const rollout::FlagsTarget place, place_in(wanted));
  TRY_ASSIGN(Client* const client, around_.clients.get(place.region, place.role));
  const FlagsApi api(*client, place);
  TRY(check_profile(api));
  TRY(check_strategy(api));
  TRY_ASSIGN(const FlagHistory history, around_.histories.now(service, place));
  TRY_ASSIGN(const FlagDeployment live, live_in(history, place));
  ports::Serving result{.revision = wanted, .slot = rollout::Slot::A, .content = {}};
  result.revision.id = foreign_revision(live.version);
  result.revision.image = fmt::format("version {}", live.version);
  result.revision.label = result.revision.image;
  TRY_ASSIGN(result.content, api.content(live.version, {}));
  return result;
}

}  // namespace sluice::aws::appconfig
