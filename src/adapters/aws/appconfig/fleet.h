// ports::Fleet with hosted versions of a configuration profile of AWS AppConfig. To its users a revision is one
// replica, whose address is the version and the revision, since AppConfig itself keeps it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/appconfig/flag_histories.h"
#include "adapters/aws/appconfig/flag_notes.h"
#include "adapters/aws/appconfig/hosted_version.h"
#include "ports/api_definitions.h"
#include "ports/fleet.h"

namespace sluice::aws::appconfig {

class FlagsApi;

/// May be used from any number of threads at once, as long as calls that change one revision come one after the other.
class Fleet final : public ports::Fleet {
 public:
  struct Options {
    /// Where a service is, as far as anybody here has said; nothing for one of another target.
    std::function<std::optional<rollout::FlagsTarget>(const rollout::ServiceKey&)> place_of;
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
  };
  struct Surroundings {
    FlagNotes& notes;
    FlagHistories& histories;
    ClientPool& clients;
    ports::ApiDefinitions& definitions;
    const ports::Clock& clock;
  };
  static constexpr Milliseconds kPause{500};
  /// So often a version is looked for that was just made, since its answer may be lost and reads may be behind.
  static constexpr int kLooks = 6;

  /// All must outlive this.
  Fleet(Options options, Surroundings around) : options_(std::move(options)), around_(around) {}

  /// Finds the revision's version, or makes it of its file, or takes one of the same content, and has the profile's
  /// validators try it; no client sees any of this. Errors: as the port has it; InvalidInput (the file has mistakes or
  /// has changed since it was named, or AWS refuses it), NotFound (the file, or the version was deleted).
  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override;
  /// Not running: its deployment was taken back by AppConfig or by a person.
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service,
                                              const std::string& revision_id) override;
  /// Never brings it back. Errors: Failed (its deployment was taken back: says why), NotFound.
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override;
  /// Success, always: versions stay, so that a rollback finds them.
  Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) override;
  /// Error: InvalidInput, always.
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override;
  /// Error: NotFound, always.
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                            int lines) override;
  /// Always none: a version that no client has costs nothing.
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override;
  /// The version that is in force, with its content. Errors: NotFound (no such application, profile, environment or
  /// strategy), Conflict (a deployment is under way, or none was ever completed: says what to do), InvalidInput (no
  /// profile of feature flags in the hosted store; a strategy that takes longer than `within`).
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey& service,
                                                const rollout::Revision& wanted) override;

 private:
  Result<std::string> content_of(const rollout::Revision& revision) const;
  /// Its number, as text.
  Result<std::string> found_or_made(const ports::FleetStart& request, const FlagsApi& api,
                                    const std::stop_token& stop) const;
  Result<std::string> make(const FlagsApi& api, const Origin& origin, const std::string& content, int latest,
                           const std::stop_token& stop) const;

  Options options_;
  Surroundings around_;
};

}  // namespace sluice::aws::appconfig
