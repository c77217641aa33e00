// Bringing one replica up: create, start, ask until it is healthy, and say why when it is not.
#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "adapters/podman/containers.h"
#include "ports/fleet.h"
#include "ports/http_client.h"

namespace sluice::podman {

struct ReplicaStart {
  const ports::FleetStart& request;
  std::map<std::string, std::string> labels;  ///< Owner, service and revision.
  int index = 0;
  int restarts = 0;
};

/// A replica as its container and process say.
ports::Replica replica_of(const Container& container);

/// `PROJECT-ENVIRONMENT-SERVICE-REVISION-INDEX`
std::string replica_name(const rollout::ServiceKey& service, const std::string& revision_id, int index);

/// The specification that all containers of a revision share; name, labels, command and port are the caller's.
ContainerSpec base_spec(const Containers& containers, const ports::FleetStart& request);

/// Text for people with every value of the request's secrets replaced by `***`.
std::string without_secrets(std::string text, const ports::FleetStart& request);

/// The last lines of a container's log, each on a line of its own, without secrets; empty when it said nothing.
std::string shown_log(const Container& container, const ports::FleetStart& request);

/// `exit code 1`, `exit code 137 (signal 9, Killed)`
std::string describe_exit(int exit_code);

/// Replaces what is left of an earlier attempt, then creates and starts the replica and waits until it is healthy. One
/// that ends before is started again twice; a third end is a crash loop. On any error its container is removed.
/// Errors: Failed (first cause and log), TimedOut, Conflict (the name is taken by somebody else's container),
/// Cancelled, Unavailable.
Result<ports::Replica> bring_up(Containers& containers, ports::HttpClient& http, const ReplicaStart& start,
                                const std::stop_token& stop);

/// One health request; the error says how the replica answered instead.
Status probe_health(ports::HttpClient& http, const rollout::HealthCheck& check, const std::string& address, int port,
                    Milliseconds timeout, const std::stop_token& stop);

}  // namespace sluice::podman
