// Where a service of a region answers: partitions, FIPS endpoints, and addresses of the user's own.
#pragma once

#include <string>
#include <string_view>

#include "adapters/aws/profile.h"
#include "adapters/aws/service.h"
#include "base/result.h"

namespace sluice::aws {

struct Partition {
  std::string_view id;          ///< `aws`, `aws-cn`, `aws-us-gov` …
  std::string_view dns_suffix;  ///< `amazonaws.com`
};

/// The partition of a region, by the form of its name (botocore's partitions.json). Error: InvalidInput for what is no
/// name of a region.
Result<Partition> partition_of(std::string_view region);

/// The region for which calls to IAM are signed, which is one for all regions of a partition. Error: InvalidInput,
/// where none is known.
Result<std::string_view> home_of_iam(const Partition& partition);

struct Endpoint {
  std::string base;    ///< `https://ecs.eu-west-1.amazonaws.com`, without a slash at its end.
  std::string host;    ///< What the `host` header says, with the port where the URL has one.
  std::string prefix;  ///< Path in front of every request's own; mostly empty.
};

/// `AWS_ENDPOINT_URL_<SERVICE>`, else `AWS_ENDPOINT_URL` (neither where `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true),
/// else `host` where it is another than the service's ordinary one in the region, else that one, the FIPS one where
/// `AWS_USE_FIPS_ENDPOINT` is true. Error: InvalidInput.
Result<Endpoint> endpoint_of(const Service& service, const std::string& region, const Variables& variables,
                             const std::string& host = "");

}  // namespace sluice::aws
