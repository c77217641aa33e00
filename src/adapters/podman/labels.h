// The labels by which sluice knows its containers again.
#pragma once

namespace sluice::podman {

inline constexpr const char* kOwnerLabel = "sluice.owner";
inline constexpr const char* kProjectLabel = "sluice.project";
inline constexpr const char* kEnvironmentLabel = "sluice.environment";
inline constexpr const char* kServiceLabel = "sluice.service";
inline constexpr const char* kRevisionLabel = "sluice.revision";
inline constexpr const char* kKindLabel = "sluice.kind";  ///< `replica` or `run`
inline constexpr const char* kIndexLabel = "sluice.replica";
inline constexpr const char* kPortLabel = "sluice.port";
inline constexpr const char* kNetworkLabel = "sluice.network";  ///< `bridge` or `host`
inline constexpr const char* kRestartsLabel = "sluice.restarts";
inline constexpr const char* kTokenLabel = "sluice.token";

inline constexpr const char* kReplicaKind = "replica";
inline constexpr const char* kRunKind = "run";

}  // namespace sluice::podman
