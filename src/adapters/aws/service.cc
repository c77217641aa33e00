#include "adapters/aws/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/nearest_name.h"

namespace sluice::aws {
namespace {

using enum Protocol;

constexpr std::array kServices = {
    // The part of the service that takes the requests of Prometheus' own API; that is in no model of botocore.
    Service{"amp", "AMP", "aps-workspaces", "aps", RestJson, "", ""},
    Service{"apigateway", "API_GATEWAY", "apigateway", "apigateway", RestJson, "", ""},
    Service{"apigatewayv2", "APIGATEWAYV2", "apigateway", "apigateway", RestJson, "", ""},
    Service{"appconfig", "APPCONFIG", "appconfig", "appconfig", RestJson, "", ""},
    Service{"application-autoscaling", "APPLICATION_AUTO_SCALING", "application-autoscaling", "application-autoscaling",
            Json11, "AnyScaleFrontendService", ""},
    Service{"cloudwatch", "CLOUDWATCH", "monitoring", "monitoring", Json10, "GraniteServiceVersion20100801", ""},
    Service{"codedeploy", "CODEDEPLOY", "codedeploy", "codedeploy", Json11, "CodeDeploy_20141006", ""},
    Service{"ecr", "ECR", "api.ecr", "ecr", Json11, "AmazonEC2ContainerRegistry_V20150921", ""},
    Service{"ecs", "ECS", "ecs", "ecs", Json11, "AmazonEC2ContainerServiceV20141113", ""},
    Service{"elbv2", "ELASTIC_LOAD_BALANCING_V2", "elasticloadbalancing", "elasticloadbalancing", Query, "",
            "2015-12-01"},
    Service{"events", "EVENTBRIDGE", "events", "events", Json11, "AWSEvents", ""},
    Service{"iam", "IAM", "iam", "iam", Query, "", "2010-05-08"},
    Service{"lambda", "LAMBDA", "lambda", "lambda", RestJson, "", ""},
    Service{"logs", "CLOUDWATCH_LOGS", "logs", "logs", Json11, "Logs_20140328", ""},
    Service{"s3", "S3", "s3", "s3", RestXml, "", ""},
    Service{"secretsmanager", "SECRETS_MANAGER", "secretsmanager", "secretsmanager", Json11, "secretsmanager", ""},
    Service{"sns", "SNS", "sns", "sns", Query, "", "2010-03-31"},
    Service{"ssm", "SSM", "ssm", "ssm", Json11, "AmazonSSM", ""},
    Service{"sso", "SSO", "portal.sso", "awsssoportal", RestJson, "", ""},
    Service{"sso-oidc", "SSO_OIDC", "oidc", "sso-oauth", RestJson, "", ""},
    Service{"sts", "STS", "sts", "sts", Query, "", "2011-06-15"},
};

}  // namespace

Result<const Service*> find_service(std::string_view name) {
  const auto found = std::ranges::find(kServices, name, &Service::name);
  if (found != kServices.end()) return &*found;
  std::vector<std::string_view> names;
  for (const Service& service : kServices) names.push_back(service.name);
  const auto near = nearest_name(name, names);
  return Error{ErrorKind::InvalidInput, fmt::format("AWS has no service '{}' that is known here{}", name,
                                                    near ? fmt::format("; did you mean '{}'?", *near) : std::string())};
}

}  // namespace sluice::aws
