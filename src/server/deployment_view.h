// Deployments as the JSON objects that commands print and dashboards read.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "application/deployment.h"
#include "ports/journal.h"

namespace sluice::server {

/// Where a deployment stands; `type` is `deployment`.
boost::json::object deployment_view(const application::Deployment& deployment, TimePoint now);
/// The figures and checks of a deployment as last looked at; `type` is `figures`.
boost::json::object figures_view(const application::Deployment& deployment, TimePoint now);
/// A deployment that waits for the one before it to end; `type` is `queued_deployment`.
boost::json::object queued_view(const rollout::Plan& plan);
/// A line of `history`; `type` is `ended_deployment`.
boost::json::object summary_view(const ports::DeploymentSummary& summary);
/// A line of `status` for what serves; `type` is `live_service`. `problem`: why not all replicas run; empty: they do.
boost::json::object live_view(const ports::LiveService& live, const std::string& problem);

}  // namespace sluice::server
