// Calls of AWS's services in one region: signed, repeated where that is safe, with errors that say what to do.
#pragma once

#include <atomic>
#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "adapters/aws/call_budget.h"
#include "adapters/aws/credential_chain.h"
#include "adapters/aws/error_answer.h"
#include "adapters/aws/wire_request.h"
#include "base/result.h"

namespace sluice::aws {

enum class Repeat {
  Safe,      ///< Reads, writes that say the whole state, and calls with a token of their own.
  ByCaller,  ///< Reads that are soon asked anew in any case: one attempt has to do.
  Never,     ///< A second time would do it twice: whoever calls reads the world before it asks again.
};

/// For one attempt of a call, where it says nothing else.
inline constexpr Milliseconds kCallTimeout{15'000};

struct Call {
  std::string service;    ///< `ecs`
  std::string operation;  ///< `DescribeServices`
  std::string resource;   ///< For errors: `service orchestrator of cluster chat`.
  Repeat repeat = Repeat::Safe;
  Priority priority = Priority::Ordinary;
  RestParts rest = {};  ///< Of rest-json services only.
  Milliseconds timeout = kCallTimeout;
  std::string host = {};  ///< Another one of the service's in the region, as `endpoint_of` has it; empty: the ordinary.
};

/// May be used from any number of threads at once.
class Client {
 public:
  struct Options {
    std::string region;
    std::string role_arn;  ///< As CredentialChain has it.
    /// Waits; an error (Cancelled) ends the call.
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
    /// At least 0, below 1: how much of the longest pause is taken before a repeat.
    std::function<double()> chance;
    /// Asked before each attempt: an error is that of the call, which is not made then. May be empty.
    std::function<Status(const Call&)> may_call = {};
    /// Called after each attempt, for counting: service, operation, status (0: no answer). May be empty.
    std::function<void(const Call&, int status)> on_attempt = {};
  };

  /// The region of `around` is set to that of the options. Error: InvalidInput (no name of a region).
  static Result<std::unique_ptr<Client>> create(Options options, Surroundings around);

  /// One call, with its repeats: three attempts at most, pauses of up to 1, 2, … 20 s (full jitter), on throttling,
  /// 5xx and lost connections. Once besides: with the service's clock when ours is off, and with new credentials when
  /// the ones in use have expired. Errors: as `kind_of` says; UnknownOutcome for a call of Repeat::Never that may have
  /// been carried out.
  Result<boost::json::value> call(const Call& call, const boost::json::object& input, std::stop_token stop = {});

  /// The same, of an operation that answers with an object. Error besides: Failed (it does not).
  Result<boost::json::object> ask(const Call& call, const boost::json::object& input, std::stop_token stop = {});

  /// The same, with the answer as it came: for operations that answer in headers, or with what is no JSON. A body is
  /// `call.rest.payload`.
  Result<ports::HttpResponse> exchange(const Call& call, const boost::json::object& input, std::stop_token stop = {});

  /// An address with which whoever has it can make this request, `call.rest`'s method on its path, until `lifetime` is
  /// over or the credentials of now end. AWS is not asked. Errors: those of credentials and endpoints.
  Result<std::string> presigned(const Call& call, Milliseconds lifetime, std::stop_token stop = {});

  const std::string& region() const { return options_.region; }
  /// Waits, as between repeats. Error: Cancelled.
  Status pause(Milliseconds span, const std::stop_token& stop) const { return options_.pause(span, stop); }

 private:
  Client(Options options, Surroundings around)
      : options_(std::move(options)), around_(around), credentials_(std::move(around), options_.role_arn) {}

  struct Attempt;
  Result<Attempt> attempt(const Call& call, const Service& service, const WireRequest& request, std::stop_token stop);
  bool adopts_clock(const ports::HttpResponse& response);
  TimePoint now() const { return around_.clock.now() + Milliseconds(clock_offset_.load()); }

  Options options_;
  Surroundings around_;
  CredentialChain credentials_;
  CallBudget budget_;
  std::atomic<std::int64_t> clock_offset_ = 0;  ///< Milliseconds that AWS's clock is ahead of ours.
};

}  // namespace sluice::aws
