// The one object in which the journal's transactions happen: who has which service, what serves, what waits, what has
// ended. Replaced as a whole, on the condition that nobody else has replaced it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/journal.h"

namespace sluice::aws::s3 {

/// The right to deploy a service; it stays when it is free, for its epoch.
struct IndexedLease {
  std::string deployment;  ///< Empty: free.
  std::string owner;       ///< For people.
  int epoch = 0;
  TimePoint taken_at{};
};

/// A deployment that is not archived.
struct IndexedDeployment {
  rollout::ServiceKey service;
  std::string holder;  ///< Id of the sluice whose it is.
  int epoch = 0;       ///< Of the lease when the holder got it.
  bool ended = false;
  TimePoint at{};
  std::string started;  ///< Its record 0, which has an object of its own from the second record on.
};

struct IndexedWaiting {
  std::string holder;
  TimePoint at{};
  std::string started;
};

struct Index {
  /// What is remembered of the past.
  static constexpr std::size_t kMostSummaries = 500;
  static constexpr std::size_t kMostRevisions = 50;  ///< Of each service.

  std::string stamp;  ///< Unlike that of any other writing.
  std::map<rollout::ServiceKey, IndexedLease> leases;
  std::map<std::string, IndexedDeployment> deployments;
  std::map<std::string, IndexedWaiting> waiting;
  std::map<rollout::ServiceKey, ports::LiveService> live;
  std::map<rollout::ServiceKey, std::vector<rollout::Revision>> served;  ///< Newest first, without doubles.
  std::vector<ports::DeploymentSummary> summaries;                       ///< By the time of writing, oldest first.

  /// Takes its oldest out when there are more than `kMostSummaries`. One of the same deployment: nothing.
  void add(const ports::DeploymentSummary& summary);
  void set_live(const ports::LiveService& service);
};

std::string to_text(const Index& index);
/// Error: InvalidInput naming the field, or the newer version.
Result<Index> read_index(std::string_view text);

}  // namespace sluice::aws::s3
