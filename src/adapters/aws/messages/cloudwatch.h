// ports::Notifier that publishes figures of ends as metrics of Amazon CloudWatch.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "adapters/aws/client_pool.h"
#include "ports/notifier.h"

namespace sluice::aws::messages {

/// May be used from any number of threads at once.
class CloudWatch final : public ports::Notifier {
 public:
  /// `clients` must outlive this.
  explicit CloudWatch(ClientPool& clients) : clients_(clients) {}

  /// All figures of an end in one request, so that all of them arrive or none. PutMetricData has no token: where an
  /// answer was lost, the end may count twice. Error besides: InvalidInput (the message has no figures).
  Status send(const ports::Recipient& to, const ports::Message& message) override;

 private:
  ClientPool& clients_;
};

/// The input of PutMetricData: a datum for each figure that there is, with the dimensions Project, Environment and
/// Service and the second of the end. Counts are 0 or 1, so that their average is a rate; times are in seconds.
boost::json::object put_metric_data_input(const std::string& name, const ports::About& about,
                                          const rollout::EndFigures& figures);

}  // namespace sluice::aws::messages
