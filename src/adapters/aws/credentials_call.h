// A call whose answer is credentials, of services that must be asked before there are any to call others with.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

/// Makes the request anew for each attempt, signed for the moment that is given where it is signed at all.
using RequestAt = std::function<ports::HttpRequest(TimePoint now)>;

/// Three attempts, with the pauses of Client, after throttling, a 5xx and lost connections: a session more than was
/// needed does no harm. Once besides by the service's clock where ours is off. `what` begins each error. Errors: as
/// `kind_of` says of a refusal, those of the connection, Cancelled.
Result<ports::HttpResponse> ask_for_credentials(const Surroundings& around, const RequestAt& request,
                                                const std::string& what, const std::stop_token& stop);

}  // namespace sluice::aws
