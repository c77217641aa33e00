// ports::Notifier that puts events onto a bus of Amazon EventBridge.
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "adapters/aws/client_pool.h"
#include "ports/notifier.h"

namespace sluice::aws::messages {

inline constexpr std::string_view kEventSource = "sluice";

/// May be used from any number of threads at once.
class EventBridge final : public ports::Notifier {
 public:
  /// `clients` must outlive this.
  explicit EventBridge(ClientPool& clients) : clients_(clients) {}

  /// An event of the source `sluice` with `detail_of` the message. PutEvents has no token: an event whose answer was
  /// lost may come twice, with the same `id` in its detail.
  Status send(const ports::Recipient& to, const ports::Message& message) override;

 private:
  ClientPool& clients_;
};

/// For rules: `Sluice Deployment Rolled Back` of `rolled_back`.
std::string detail_type(std::string_view kind);
/// The input of PutEvents.
boost::json::object put_events_input(const std::string& bus, const ports::Message& message);
/// Of its answer, which is 200 also where the entry was refused. Errors: Throttled, Unavailable, Denied, InvalidInput.
Status judge_entry(const boost::json::object& answer, const std::string& bus);

}  // namespace sluice::aws::messages
