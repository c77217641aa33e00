// The AWS services that sluice asks, as a table. Source: the metadata of botocore's service models.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::aws {

enum class Protocol {
  Json10,    ///< `x-amz-json-1.0`: POST /, the operation in `x-amz-target`, JSON both ways.
  Json11,    ///< `x-amz-json-1.1`: likewise.
  RestJson,  ///< The operation is method and path; JSON both ways.
  RestXml,   ///< S3: the operation is method and path, bodies are bytes; errors are XML.
  Query,     ///< A form in, XML out.
};

struct Service {
  std::string_view name;             ///< As in botocore and the AWS CLI: `elbv2`.
  std::string_view variable;         ///< Behind `AWS_ENDPOINT_URL_`: `ELASTIC_LOAD_BALANCING_V2`.
  std::string_view endpoint_prefix;  ///< First part of its host: `elasticloadbalancing`.
  std::string_view signing_name;
  Protocol protocol;
  std::string_view target_prefix;  ///< Of the JSON protocols.
  std::string_view api_version;    ///< Of the query protocol.
};

/// Error: InvalidInput with the nearest name.
Result<const Service*> find_service(std::string_view name);

}  // namespace sluice::aws
