// ports::Fleet with podman's containers on this machine.
#pragma once

#include <memory>
#include <string>

#include "adapters/podman/containers.h"
#include "ports/fleet.h"
#include "ports/http_client.h"

namespace sluice::podman {

/// Containers are named `PROJECT-ENVIRONMENT-SERVICE-REVISION-INDEX` and carry the label `sluice.owner`, a random id
/// kept in `home`: two sluices on a machine never touch each other's. May be used from any number of threads at once,
/// as long as calls that change one revision come one after the other.
class Fleet final : public ports::Fleet {
 public:
  /// `api` and `http` must outlive this. Error: Failed when `home` cannot be written.
  static Result<std::unique_ptr<Fleet>> create(const std::string& home, ApiClient& api, ports::HttpClient& http);

  /// The value of the label `sluice.owner` of all that is this fleet's.
  const std::string& owner() const { return owner_; }

  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override;
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service,
                                              const std::string& revision_id) override;
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override;
  Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) override;
  /// Runs as a container `sluice-run-TOKEN`, which stays until its revision is stopped: its end is the record of the
  /// result. UnknownOutcome: the command was started, and nobody can say how it ended (the machine went down).
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override;
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                            int lines) override;
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override;

 private:
  Fleet(std::string owner, ApiClient& api, ports::HttpClient& http)
      : owner_(std::move(owner)), containers_(api), http_(http) {}
  std::map<std::string, std::string> labels(const rollout::ServiceKey& service, const std::string& revision_id) const;
  Result<std::vector<Container>> containers_of(const rollout::ServiceKey& service, const std::string& revision_id,
                                               const char* kind);

  std::string owner_;
  Containers containers_;
  ports::HttpClient& http_;
};

}  // namespace sluice::podman
