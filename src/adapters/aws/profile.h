// The profiles of `~/.aws/config` and `~/.aws/credentials`.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/ini_file.h"
#include "base/result.h"
#include "ports/files.h"

namespace sluice::aws {

/// Gives the value of an environment variable; nothing when it is not set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;

/// Both files together, as they were when they were read.
class Profiles {
 public:
  /// `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`, else the files under `HOME`. A file that is not there is an
  /// empty one. Errors: InvalidInput with file and line, Denied, Unavailable.
  static Result<Profiles> load(ports::Files& files, const Variables& variables);

  /// A profile's keys; what the credentials file says wins over the config file.
  const IniSection* profile(const std::string& name) const;
  const IniSection* sso_session(const std::string& name) const;
  /// A section of services' own settings, which a profile's `services` names.
  const IniSection* services(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  std::map<std::string, IniSection> profiles_;
  std::map<std::string, IniSection> sso_sessions_;
  std::map<std::string, IniSection> services_;
};

/// `AWS_PROFILE`, else `AWS_DEFAULT_PROFILE`, which the AWS CLI reads, too (where both are set, it goes first there).
std::optional<std::string> named_profile(const Variables& variables);
/// The same, else `default`.
std::string profile_name(const Variables& variables);
/// `AWS_REGION`, else `AWS_DEFAULT_REGION`, else the profile's `region`, else nothing.
std::optional<std::string> default_region(const Variables& variables, const Profiles& profiles);
/// `variables`, where they are not set with what the profile says in their place: `endpoint_url` of all services and,
/// by its `services`, of single ones, `ignore_configured_endpoint_urls` and `use_fips_endpoint`. Any address of the
/// environment goes before all of the file ("Service-specific endpoints" in the AWS SDKs and Tools reference guide).
/// Error: InvalidInput for a section of services that is not there.
Result<Variables> with_endpoints_of_profile(Variables variables, const Profiles& profiles);
/// The value of a key that is there and not empty.
std::optional<std::string> value_of(const IniSection& section, const std::string& key);

}  // namespace sluice::aws
