// One API of Amazon API Gateway, and the calls that a rollout makes of it and its stage: of a REST API by its own
// interface, of HTTP and WebSocket APIs by version 2.
// Sources: "API Gateway V1 API Reference" and "Amazon API Gateway Version 2 API Reference".
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/client.h"
#include "adapters/aws/gateway/api_deployment.h"
#include "adapters/aws/gateway/stage.h"
#include "core/rollout/target.h"

namespace sluice::aws::gateway {

/// May be used from any number of threads at once.
class GatewayApi {
 public:
  /// `client` must outlive this.
  GatewayApi(Client& client, rollout::GatewayTarget place) : client_(client), place_(std::move(place)) {}

  const rollout::GatewayTarget& place() const { return place_; }
  std::string name() const;  ///< For messages: `REST API a1b2c3d4e5`.

  /// Errors: NotFound (no such API or stage: says what to do).
  Result<Stage> stage(Priority priority, const std::stop_token& stop) const;
  /// The deployments that stages of the API point at, canaries of REST stages too.
  Result<std::set<std::string>> used_deployments(const std::stop_token& stop) const;
  /// All of the change or nothing of it; nothing else of the stage is touched. Only a REST API's has a canary.
  /// Error: InvalidInput (with AWS's reason).
  Status change_stage(const StageChange& change, const std::stop_token& stop) const;

  Result<std::vector<ApiDeployment>> deployments(const std::stop_token& stop) const;
  /// Error: NotFound.
  Result<ApiDeployment> deployment(const std::string& id, const std::stop_token& stop) const;
  /// Of what the API has now, used by no stage. Never repeated. Errors: InvalidInput (with AWS's reason),
  /// UnknownOutcome.
  Result<ApiDeployment> create_deployment(const std::string& description, const std::stop_token& stop) const;
  /// None there: success. Error: InvalidInput (a stage uses it).
  Status delete_deployment(const std::string& id, const std::stop_token& stop) const;

  /// `HTTP` or `WEBSOCKET`, of an API of version 2; empty of a REST API.
  Result<std::string> protocol(const std::stop_token& stop) const;
  /// Replaces what the API has by an OpenAPI definition. Warnings are errors. A stage does not see it before it is
  /// pointed at a deployment of it. Error: InvalidInput (with AWS's reason).
  Status put_definition(const std::string& bytes, const std::stop_token& stop) const;

 private:
  bool is_rest() const { return place_.kind == rollout::ApiKind::Rest; }
  std::string stage_path() const;
  Call call(std::string operation, std::string method, const std::string& path, Repeat repeat = Repeat::Safe) const;
  /// All objects of a list that comes in pages.
  Result<std::vector<boost::json::object>> ask_all(Call call, const std::stop_token& stop) const;
  ApiDeployment deployment_of(const boost::json::object& raw) const;

  Client& client_;
  rollout::GatewayTarget place_;
};

}  // namespace sluice::aws::gateway
