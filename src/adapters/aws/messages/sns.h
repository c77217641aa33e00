// ports::Notifier that publishes to a topic of Amazon SNS.
#pragma once

#include <boost/json/fwd.hpp>

#include "adapters/aws/client_pool.h"
#include "ports/notifier.h"

namespace sluice::aws::messages {

/// May be used from any number of threads at once.
class Sns final : public ports::Notifier {
 public:
  /// `clients` must outlive this.
  explicit Sns(ClientPool& clients) : clients_(clients) {}

  /// People's subscriptions (email, SMS) get text, programs' get `detail_of` the message; the attributes `kind`,
  /// `project`, `environment` and `service` are for filter policies. A FIFO topic drops what is sent again within five
  /// minutes; another one has no way to.
  Status send(const ports::Recipient& to, const ports::Message& message) override;

 private:
  ClientPool& clients_;
};

/// The input of Publish. A subject of SNS is printable ASCII of at most 100 characters on one line.
boost::json::object publish_input(const std::string& topic, const ports::Message& message);

}  // namespace sluice::aws::messages
