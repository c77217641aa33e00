#include "adapters/aws/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace sluice::aws {
namespace {

struct RegionForm {
  std::string_view prefix;
  Partition partition;
};

/// "AWS Identity and Access Management endpoints and quotas" of AWS's general reference: where it is, and where calls
/// to it are signed for.
struct HomeOfIam {
  std::string_view partition;
  std::string_view region;
  std::string_view host_infix;
};
constexpr std::array kHomesOfIam = {
    HomeOfIam{"aws", "us-east-1", ""},
    HomeOfIam{"aws-cn", "cn-north-1", "cn-north-1."},
    HomeOfIam{"aws-us-gov", "us-gov-west-1", "us-gov."},
};

/// The longer prefixes first: `us-gov-` is none of `us-`.
constexpr std::array kForms = {
    RegionForm{"us-gov-", {"aws-us-gov", "amazonaws.com"}},
    RegionForm{"us-isob-", {"aws-iso-b", "sc2s.sgov.gov"}},
    RegionForm{"us-isof-", {"aws-iso-f", "csp.hci.ic.gov"}},
    RegionForm{"us-iso-", {"aws-iso", "c2s.ic.gov"}},
    RegionForm{"eu-isoe-", {"aws-iso-e", "cloud.adc-e.uk"}},
    RegionForm{"eusc-", {"aws-eusc", "amazonaws.eu"}},
    RegionForm{"cn-", {"aws-cn", "amazonaws.com.cn"}},
    RegionForm{"us-", {"aws", "amazonaws.com"}},
    RegionForm{"eu-", {"aws", "amazonaws.com"}},
    RegionForm{"ap-", {"aws", "amazonaws.com"}},
    RegionForm{"sa-", {"aws", "amazonaws.com"}},
    RegionForm{"ca-", {"aws", "amazonaws.com"}},
    RegionForm{"me-", {"aws", "amazonaws.com"}},
    RegionForm{"af-", {"aws", "amazonaws.com"}},
    RegionForm{"il-", {"aws", "amazonaws.com"}},
    RegionForm{"mx-", {"aws", "amazonaws.com"}},
};

/// Services whose ordinary hosts in GovCloud are the validated ones: those have no infix there. By the rule sets that
/// AWS publishes for its SDKs; tests/data/aws-endpoints has what they make of all services.
constexpr std::array<std::string_view, 12> kPlainInGovCloud = {"appconfig",  "application-autoscaling",
                                                               "cloudwatch", "elbv2",
                                                               "events",     "iam",
                                                               "logs",       "sns",
                                                               "ssm",        "sso",
                                                               "sso-oidc",   "sts"};

bool is_region_name(std::string_view region) {
  const auto is_part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !region.empty() && region.size() <= 32 && std::ranges::all_of(region, is_part) &&
         std::isdigit(static_cast<unsigned char>(region.back())) != 0 && std::ranges::count(region, '-') >= 2;
}

bool is_true(const std::optional<std::string>& value) { return value && (*value == "true" || *value == "True"); }

std::optional<std::pair<std::string, std::string>> own_address(const Service& service, const Variables& variables) {
  if (is_true(variables("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) return std::nullopt;
  for (const std::string& name :
       {fmt::format("AWS_ENDPOINT_URL_{}", service.variable), std::string("AWS_ENDPOINT_URL")}) {
    if (auto value = variables(name); value && !value->empty()) return std::pair{name, *value};
  }
  return std::nullopt;
}

/// The host as curl and everybody else sends it: without the scheme's own port.
std::string host_header(const std::string& authority, bool is_https) {
  const std::string_view port = is_https ? ":443" : ":80";
  return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size()) : authority;
}

Result<Endpoint> parse_address(const std::string& variable, std::string url) {
  const bool is_https = url.starts_with("https://");
  const std::size_t scheme = is_https ? 8 : 7;
  const auto wrong = [&variable](std::string_view why) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} (or endpoint_url of the profile) {}; it must be like https://host or "
                             "http://127.0.0.1:5000",
                             variable, why)};
  };
  if (!is_https && !url.starts_with("http://")) return wrong("begins with neither http:// nor https://");
  while (url.ends_with('/')) url.pop_back();
  if (url.find_first_of("?#@ \r\n\t") != std::string::npos) return wrong("has a user, a query, a fragment or a space");
  if (url.size() <= scheme) return wrong("has no host");
  const std::size_t slash = std::min(url.find('/', scheme), url.size());
  return Endpoint{url.substr(0, slash), host_header(url.substr(scheme, slash - scheme), is_https), url.substr(slash)};
}

}  // namespace

Result<Partition> partition_of(std::string_view region) {
  if (is_region_name(region)) {
    for (const RegionForm& form : kForms) {
      if (region.starts_with(form.prefix)) return form.partition;
    }
  }
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("'{}' is no name of an AWS region; one is like eu-west-1, cn-north-1 or us-gov-west-1", region)};
}

Result<std::string_view> home_of_iam(const Partition& partition) {
  const auto home = std::ranges::find(kHomesOfIam, partition.id, &HomeOfIam::partition);
  if (home != kHomesOfIam.end()) return home->region;
  return Error{ErrorKind::InvalidInput,
               fmt::format("where IAM of the partition {} is, is not known here", partition.id)};
}

Result<Endpoint> endpoint_of(const Service& service, const std::string& region, const Variables& variables,
                             const std::string& host) {
  if (const auto own = own_address(service, variables)) return parse_address(own->first, own->second);
  TRY_ASSIGN(const Partition partition, partition_of(region));
  const bool is_plain =
      partition.id == "aws-us-gov" && std::ranges::find(kPlainInGovCloud, service.name) != kPlainInGovCloud.end();
  const std::string_view fips = is_true(variables("AWS_USE_FIPS_ENDPOINT")) && !is_plain ? "-fips" : "";
  if (service.name == "iam") {  // one for all regions
    const auto home = std::ranges::find(kHomesOfIam, partition.id, &HomeOfIam::partition);
    if (home != kHomesOfIam.end()) {
      const std::string of_all = fmt::format("iam{}.{}{}", fips, home->host_infix, partition.dns_suffix);
      return Endpoint{"https://" + of_all, of_all, ""};
    }
  }
  const auto own_host = [&](std::string_view kind) {
    return fmt::format("{}{}.{}.{}", service.endpoint_prefix, kind, region, partition.dns_suffix);
  };
  const std::string chosen = host.empty() || host == own_host("") ? own_host(fips) : host;
  return Endpoint{"https://" + chosen, chosen, ""};
}

}  // namespace sluice::aws
