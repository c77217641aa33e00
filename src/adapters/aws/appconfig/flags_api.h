// One configuration profile of AppConfig in one environment, and the calls that a rollout makes of them.
// Source: "AWS AppConfig API Reference".
#pragma once

#include <boost/json/fwd.hpp>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/appconfig/flag_deployment.h"
#include "adapters/aws/appconfig/hosted_version.h"
#include "adapters/aws/client.h"
#include "core/rollout/target.h"

namespace sluice::aws::appconfig {

struct Profile {
  std::string type;      ///< `AWS.AppConfig.FeatureFlags`, `AWS.Freeform`
  std::string location;  ///< `hosted`
};

/// May be used from any number of threads at once.
class FlagsApi {
 public:
  /// `client` must outlive this.
  FlagsApi(Client& client, rollout::FlagsTarget place) : client_(client), place_(std::move(place)) {}

  const rollout::FlagsTarget& place() const { return place_; }

  /// Errors: NotFound (no such application or profile: says what to do).
  Result<Profile> profile(const std::stop_token& stop) const;
  /// How long a deployment by the strategy takes, its bake included. Error: NotFound.
  Result<Milliseconds> growth(const std::stop_token& stop) const;

  Result<std::vector<HostedVersion>> versions(const std::stop_token& stop) const;
  /// As JSON. Error: NotFound.
  Result<std::string> content(const std::string& version, const std::stop_token& stop) const;
  /// If the newest version still has the number `latest`; 0: there is none. Never repeated. Errors: Conflict (there is
  /// a newer one), InvalidInput (with AWS's reason), UnknownOutcome.
  Status create_version(const std::string& content, const std::string& description, int latest,
                        const std::stop_token& stop) const;
  /// By the validators of the profile. Error: InvalidInput (with AWS's reason).
  Status validate(const std::string& version, const std::stop_token& stop) const;

  /// Error: NotFound (no such environment: says what to do).
  Result<FlagHistory> history(Priority priority, const std::stop_token& stop) const;
  /// If the environment's newest deployment still has the number `latest`. Never repeated. Errors: Conflict (there is a
  /// newer one, or one is under way), InvalidInput (with AWS's reason), UnknownOutcome.
  Status start(const std::string& version, const std::string& strategy, const std::string& description,
               int latest) const;
  /// Stops it while it is under way; one that is complete is reverted, to the version before it. Errors: InvalidInput
  /// (AppConfig does neither any more), UnknownOutcome.
  Status stop(int deployment) const;
  /// Why a deployment was taken back, in AppConfig's words.
  Result<std::string> end_of(int deployment) const;

 private:
  std::string application_path() const;
  std::string profile_path() const;
  std::string deployments_path() const;
  Call call(std::string operation, std::string method, std::string path, std::string resource,
            Repeat repeat = Repeat::Safe) const;
  /// All `Items` of a list that comes in pages.
  Result<std::vector<boost::json::object>> ask_all(Call call, const std::stop_token& stop) const;

  Client& client_;
  rollout::FlagsTarget place_;
};

}  // namespace sluice::aws::appconfig
