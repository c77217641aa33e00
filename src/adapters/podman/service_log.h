// ports::ServiceLog from the log files of podman's containers.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/podman/containers.h"
#include "adapters/podman/error_series.h"
#include "adapters/podman/followed_log.h"
#include "core/analysis/stamp_skew.h"
#include "ports/clock.h"
#include "ports/service_log.h"

namespace sluice::podman {

/// Follows the logs of all replicas of one fleet. One thread asks podman which there are, once a second; another reads
/// their files twenty times a second, so that a podman that is slow holds no line up. Of a replica that was there
/// before this began, only what it writes from then on counts; of a later one, all. Lines of a new replica may count up
/// to a second late.
class ServiceLog final : public ports::ServiceLog {
 public:
  /// `api` and `clock` must outlive this.
  ServiceLog(std::string owner, ApiClient& api, const ports::Clock& clock);
  ~ServiceLog() override;

  Result<std::vector<ports::LogSlot>> read(const rollout::ServiceKey& service, const std::string& revision_id,
                                           TimePoint from) const override;
  Result<std::vector<ports::ErrorLine>> first_error_lines(const rollout::ServiceKey& service,
                                                          const std::string& revision_id, TimePoint from,
                                                          int most) const override;
  void count_fields(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) override;
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service,
                                                        const std::string& revision_id, std::size_t metric,
                                                        TimePoint from) const override;

 private:
  using Name = std::pair<rollout::ServiceKey, std::string>;  ///< Service and revision.
  /// A replica as podman tells of it.
  struct Found {
    Name name;
    int index = 0;
    std::string path;
  };
  struct Listing {
    TimePoint at{};                         ///< All that was there then is in it.
    std::map<std::string, Found> replicas;  ///< By the container's id.
  };
  struct Followed {
    Found found;
    FollowedLog::From from = FollowedLog::From::Beginning;
    std::unique_ptr<FollowedLog> log;
    TimePoint seen{};
    bool is_new = true;    ///< Its lines up to now may be old.
    bool is_gone = false;  ///< podman has it no more; what is left of its log is read.
  };
  enum class Progress { Done, Behind, Failed };
  struct Known {
    TimePoint since{};  ///< Before which nothing is known of the revision.
    TimePoint seen{};   ///< When it last had a replica.
  };

  void look_for_replicas();
  void list_once();
  void follow();
  void take_up_listing();
  Progress read_log(Followed& followed);
  void tell(const std::map<Name, Progress>& progress, TimePoint at);
  bool pause(Milliseconds span);
  ErrorSeries& series_of(const Name& name);

  std::string owner_;
  Containers containers_;
  const ports::Clock& clock_;

  std::mutex listing_mutex_;
  std::optional<Listing> listing_;          ///< Not taken up yet.
  std::map<std::string, Found> inspected_;  ///< Of the listing thread alone.

  std::map<std::string, Followed> followed_;  ///< Of the reading thread alone, as the next two.
  std::optional<TimePoint> listed_at_;
  analysis::StampSkew skew_;

  mutable std::mutex mutex_;
  std::map<Name, ErrorSeries> series_;
  std::map<rollout::ServiceKey, std::vector<analysis::MetricSource>> metrics_;  ///< Of the users' own.
  std::map<Name, Known> known_;

  std::stop_source stop_;
  std::thread lister_;
  std::thread reader_;
};

}  // namespace sluice::podman
