#include "adapters/aws/prometheus_workspaces.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace sluice::aws {
namespace {

/// For who asks, no turn now is no answer now, and a workspace that is not there is no store.
ErrorKind kind_for_queries(ErrorKind kind) {
  if (kind == ErrorKind::Throttled) return ErrorKind::Unavailable;
  return kind == ErrorKind::NotFound ? ErrorKind::Failed : kind;
}

}  // namespace

Result<ports::HttpResponse> PrometheusWorkspaces::query(const rollout::Target& place,
                                                        const rollout::PrometheusWorkspace& workspace,
                                                        const std::string& form, Milliseconds within,
                                                        std::stop_token stop) const {
  const auto access = access_of(place);
  if (!access) {
    return Error{ErrorKind::InvalidInput,
                 "a workspace of Amazon Managed Service for Prometheus is asked for services "
                 "in AWS only"};
  }
  TRY_ASSIGN(Client* const client, clients_.get(workspace.region, access->role));
  const Call call{.service = "amp",
                  .operation = "QueryMetrics",
                  .resource = fmt::format("workspace {} in {}", workspace.id, workspace.region),
                  .repeat = Repeat::ByCaller,
                  .rest = {.method = "POST",
                           .path = "/workspaces/" + workspace.id + "/api/v1/query",
                           .query = {},
                           .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                           .payload = form},
                  .timeout = within,
                  .host = workspace.host};
  auto response = client->exchange(call, {}, stop);
  if (!response) return Error{kind_for_queries(response.error().kind), response.error().message};
  return response;
}

}  // namespace sluice::aws
