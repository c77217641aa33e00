#include "adapters/aws/lambda/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/aws/lambda/alias_weights.h"
#include "adapters/aws/lambda/function_service.h"
#include "adapters/aws/lambda/publication.h"
#include "adapters/aws/repeatable.h"

namespace sluice::aws::lambda {
namespace {

constexpr std::string_view kLatest = "$LATEST";

Result<rollout::LambdaTarget> place_in(const rollout::Revision& revision) {
  if (const auto* place = std::get_if<rollout::LambdaTarget>(&revision.target)) return *place;
  return Error{ErrorKind::InvalidInput, fmt::format("revision {} is not for Lambda", revision.id)};
}

ports::Replica replica_of(const std::string& version) {
  return {.name = version, .index = 0, .address = version, .port = 0, .running = true};
}

/// By it a version is found again whose publication nobody has noted.
std::string description_of(const std::string& revision) { return "sluice " + revision; }

/// The newest revision that a version is, by the notes; `v7` of one that was not published here.
std::string revision_of(const Notes& notes, const std::string& version) {
  std::string revision;
  for (const auto& [id, number] : notes.versions) {
    if (number == version) revision = std::max(revision, id);
  }
  return revision.empty() ? fmt::format("{}{}", kForeign, version) : revision;
}

Error version_is_gone(const FunctionService& function, const std::string& version, const std::string& revision) {
  return {ErrorKind::NotFound,
          fmt::format(
              "version {} of the {}, which is the revision {}, was deleted: Lambda does not bring it back. Deploy its "
              "code anew",
              version, function.name(), revision)};
}

}  // namespace

/// Empty when nobody here knows.
Result<std::string> Fleet::known_version(const rollout::ServiceKey& service, const std::string& revision) const {
  TRY_ASSIGN(const Notes notes, around_.notes.read(service));
  return version_of(notes, revision);
}

Result<Fleet::Started> Fleet::version_for(const ports::FleetStart& request, const FunctionService& function,
                                          TimePoint deadline, const std::stop_token& stop) {
  const rollout::Revision& revision = request.revision;
  TRY_ASSIGN(const std::string known, known_version(request.service, revision.id));
  if (!known.empty()) {
    for (int look = 1;; ++look) {
      const auto there = function.configuration(known, stop);
      if (there) return Started{known, false};
      if (there.error().kind != ErrorKind::NotFound) return there.error();
      if (look == kGone) return version_is_gone(function, known, revision.id);
      TRY(options_.pause(kPause, stop));
    }
  }
  const rollout::FunctionCode code = rollout::parse_function_code(revision.image);
  if (const auto* there = std::get_if<rollout::PublishedVersion>(&code)) {
    return take_published(request, function, there->number, stop);
  }
  Publication publication({.code = code, .description = description_of(revision.id), .deadline = deadline}, function,
                          {around_.packages, around_.clock, options_.pause});
  TRY_ASSIGN(const std::string version, publication.publish(stop));
  // Lambda publishes nothing new where nothing has changed (PublishVersion): then the code is BLUE's, too.
  TRY_ASSIGN(const auto alias, function.alias(Priority::Ordinary, stop));
  if (alias && alias->function_version == version) {
    return Error{
        ErrorKind::Conflict,
        fmt::format("code and configuration of the {} are those of version {}, which {} points at already: there is "
                    "nothing to deploy",
                    function.name(), version, describe_place(function.place()))};
  }
  TRY(around_.notes.note_version(request.service, revision.id, version));
  return Started{version, true};
}

/// A version that somebody else has published: an AppSpec file's TargetVersion.
Result<Fleet::Started> Fleet::take_published(const ports::FleetStart& request, const FunctionService& function,
                                             const std::string& version, const std::stop_token& stop) {
  TRY(check_published(function, version, stop));
  TRY(around_.notes.note_version(request.service, request.revision.id, version));
  return Started{version, true};
}

Status Fleet::check_published(const FunctionService& function, const std::string& version,
                              const std::stop_token& stop) const {
  const auto there = function.configuration(version, stop);
  if (!there && there.error().kind == ErrorKind::NotFound) {
    return Error{ErrorKind::NotFound, fmt::format("the {} has no version {}: publish it first (aws lambda "
                                                  "publish-version), or name its code with --code",
                                                  function.name(), version)};
  }
  if (!there) return there.error();
  if (there->state == "Failed") {
    return Error{ErrorKind::Failed, fmt::format("version {} of the {} is in the state Failed: {}", version,
                                                function.name(), there->state_reason)};
  }
  TRY_ASSIGN(const auto alias, function.alias(Priority::Ordinary, stop));
  if (!alias || alias->function_version != version) return {};
  return Error{ErrorKind::Conflict, fmt::format("{} points at version {} already: there is nothing to deploy",
                                                describe_place(function.place()), version)};
}

Result<std::vector<ports::Replica>> Fleet::start(const ports::FleetStart& request, std::stop_token stop) {
  TRY_ASSIGN(const rollout::LambdaTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, around_.clients.get(place.region, place.role));
  const FunctionService function(*client, place);
  const TimePoint deadline = around_.clock.now() + request.revision.health.within;
  const auto is_late = [&] { return around_.clock.now() >= deadline; };
  auto found = version_for(request, function, deadline, stop);
  TRY_ASSIGN(const Started started, repeatable(std::move(found), is_late()));
  auto provisioned = provision(request, function, started.version, deadline, stop);
  provisioned = repeatable(std::move(provisioned), is_late());
  if (provisioned) return std::vector<ports::Replica>{replica_of(started.version)};
  // What was there before this call may serve.
  if (started.is_new && provisioned.error().kind != ErrorKind::Unavailable) {
    const Status removed = unprovision(request.service, function, started.version);
    if (!removed) {
      provisioned.error().message +=
          "; and its provisioned concurrency could not be removed: " + removed.error().message;
    }
  }
  return std::move(provisioned.error());
}

/// On the version itself, before it has traffic. On the alias it would be refused beside weights, and would move with
/// weights that Lambda sets by itself: "Configuring provisioned concurrency for a function" of the developer guide, and
/// the alias's note that its settings cannot be managed while the routing configuration is in place.
Status Fleet::provision(const ports::FleetStart& request, const FunctionService& function, const std::string& version,
                        TimePoint deadline, const std::stop_token& stop) {
  const int wanted = function.place().provisioned_concurrency;
  if (wanted == 0) return {};
  TRY(around_.notes.note_provisioned(request.service, version, true));
  while (true) {
    TRY_ASSIGN(const auto there, function.provisioned(version, stop));
    if (!there || there->requested != wanted) {
      TRY(function.provision(version, wanted, stop));
    } else if (there->status == "READY") {
      return {};
    } else if (there->status == "FAILED") {
      return Error{ErrorKind::Failed, fmt::format("the provisioned concurrency of version {} of the {} failed: {}",
                                                  version, function.name(), there->status_reason)};
    }
    if (around_.clock.now() >= deadline) {
      return Error{
          ErrorKind::TimedOut,
          fmt::format("the provisioned concurrency of version {} of the {} is not there in {}: raise health.within, "
                      "or ask for less than {}",
                      version, function.name(), format_duration(request.revision.health.within), wanted)};
    }
    TRY(options_.pause(kPause, stop));
  }
}

Status Fleet::unprovision(const rollout::ServiceKey& service, const FunctionService& function,
                          const std::string& version) {
  TRY(function.unprovision(version, {}));
  return around_.notes.note_provisioned(service, version, false);
}

Result<std::vector<ports::Replica>> Fleet::observe(const rollout::ServiceKey& service, const std::string& revision_id) {
  const auto place = options_.place_of(service);
  if (!place) return std::vector<ports::Replica>{};
  TRY_ASSIGN(const std::string version, known_version(service, revision_id));
  if (version.empty()) return std::vector<ports::Replica>{};
  const std::pair key{service, version};
  auto is_running = looks_.recent(key);
  if (!is_running) {
    TRY_ASSIGN(Client* const client, around_.clients.get(place->region, place->role));
    const auto there = FunctionService(*client, *place).configuration(version, {});
    if (!there && there.error().kind != ErrorKind::NotFound) return there.error();
    is_running = there && there->state != "Failed";
    looks_.saw(key, *is_running);
  }
  if (!*is_running) return std::vector<ports::Replica>{};
  return std::vector<ports::Replica>{replica_of(version)};
}

Result<ports::Replica> Fleet::restart(const ports::FleetStart& request, int /*index*/, std::stop_token stop) {
  TRY_ASSIGN(const auto replicas, start(request, stop));
  return replicas.front();
}

Status Fleet::stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds /*grace*/) {
  const auto place = options_.place_of(service);
  if (!place) return {};
  TRY_ASSIGN(const std::string version, known_version(service, revision_id));
  TRY_ASSIGN(const Notes notes, around_.notes.read(service));
  const bool is_ours = notes.provisioned.contains(version) || place->provisioned_concurrency > 0;
  if (version.empty() || !is_ours) return {};
  TRY_ASSIGN(Client* const client, around_.clients.get(place->region, place->role));
  return unprovision(service, FunctionService(*client, *place), version);
}

Status Fleet::run_once(const ports::FleetStart&, const std::vector<std::string>&, const std::string&, Milliseconds,
                       std::stop_token) {
  return Error{ErrorKind::InvalidInput, "a release command is not supported for functions yet"};
}

Result<std::vector<std::string>> Fleet::log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                                 int lines) {
  const auto place = options_.place_of(service);
  if (!place) return Error{ErrorKind::NotFound, fmt::format("{} is no function", service.to_string())};
  return around_.logs.tail(service, *place, revision_id, lines, {});
}

Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> Fleet::list() {
  return std::vector<std::pair<rollout::ServiceKey, std::string>>{};
}

/// That the function is there, and takes code of this kind.
Status Fleet::check_code(const FunctionService& function, const rollout::Revision& wanted) const {
  const auto code = rollout::parse_function_code(wanted.image);
  if (const auto* version = std::get_if<rollout::PublishedVersion>(&code)) {
    return check_published(function, version->number, {});
  }
  TRY_ASSIGN(const FunctionConfiguration latest, function.configuration("", {}));
  const bool is_image = std::holds_alternative<rollout::ImageUri>(code);
  if (is_image == (latest.package_type == "Image")) return {};
  return Error{ErrorKind::InvalidInput,
               fmt::format("the {} is of the package type {}, and {} is {}: Lambda does not change the type. {}",
                           function.name(), latest.package_type, wanted.image, is_image ? "an image" : "a zip",
                           is_image ? "Leave 'image' out of the service and name a zip with --code"
                                    : "Say 'image' in the service and name an image with --image")};
}

Result<std::optional<ports::Serving>> Fleet::serving(const rollout::ServiceKey& service,
                                                     const rollout::Revision& wanted) {
  TRY_ASSIGN(const rollout::LambdaTarget place, place_in(wanted));
  TRY_ASSIGN(Client* const client, around_.clients.get(place.region, place.role));
  const FunctionService function(*client, place);
  TRY(check_code(function, wanted));
  TRY_ASSIGN(const auto alias, function.alias(Priority::Ordinary, {}));
  if (!alias) return std::optional<ports::Serving>();
  const std::string where = describe_place(place);
  const std::string& version = alias->function_version;
  if (version == kLatest) {
    return Error{
        ErrorKind::Conflict,
        fmt::format("{} points at $LATEST, which no alias with weights may: publish a version of the {} and point the "
                    "alias at it (aws lambda publish-version, update-alias)",
                    where, function.name())};
  }
  TRY_ASSIGN(const Notes notes, around_.notes.read(service));
  if (!alias->weights.empty() && !split_of(alias, notes.slots)) {
    return Error{
        ErrorKind::Conflict,
        fmt::format("{} points at {}: somebody else shifts its traffic. Let it end, or clear the weights with aws "
                    "lambda update-alias --routing-config 'AdditionalVersionWeights={{}}'",
                    where, describe(*alias))};
  }
  TRY_ASSIGN(const auto of_alias, function.provisioned(place.alias, {}));
  if (of_alias) {
    return Error{
        ErrorKind::Conflict,
        fmt::format("{} has provisioned concurrency of its own, which AWS moves by itself and not beside weights: "
                    "remove it (aws lambda delete-provisioned-concurrency-config --qualifier {}) and write "
                    "'provisioned_concurrency: {}' into 'aws' of the service, for each version that has traffic",
                    where, place.alias, of_alias->requested)};
  }
  TRY_ASSIGN(const FunctionConfiguration live, function.configuration(version, {}));
  const bool is_first = notes.slots[0].empty() && notes.slots[1].empty();
  if (is_first) {
    TRY(around_.notes.note_slot(service, rollout::Slot::A, version));
    TRY(around_.notes.note_shift(service, {around_.clock.now(), {.open = true, .slot_b = Weight::none()}}));
  }
  ports::Serving result{.revision = wanted, .slot = version == notes.slots[1] ? rollout::Slot::B : rollout::Slot::A};
  result.revision.id = revision_of(notes, version);
  result.revision.image = to_string(rollout::FunctionCode(rollout::PublishedVersion{version, live.code_sha256}));
  result.revision.label = fmt::format("{}{}", kForeign, version);
  return result;
}

}  // namespace sluice::aws::lambda
