#include "adapters/aws/profile_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "adapters/aws/container_credentials.h"
#include "adapters/aws/environment_credentials.h"
#include "adapters/aws/instance_credentials.h"
#include "adapters/aws/process_credentials.h"
#include "adapters/aws/sso_credentials.h"
#include "adapters/aws/sts.h"
#include "adapters/aws/web_identity_credentials.h"
#include "base/nearest_name.h"

namespace sluice::aws {
namespace {

/// One look-up: the files as they are now, and the profiles on the way.
class ProfileLookup {
 public:
  ProfileLookup(const Surroundings& around, const Profiles& profiles, const std::stop_token& stop)
      : around_(around), profiles_(profiles), stop_(stop) {}

  MaybeCredentials of(const std::string& name) {
    const IniSection* profile = profiles_.profile(name);
    if (profile == nullptr) return absent(name);
    const bool is_circle = std::ranges::find(seen_, name) != seen_.end();
    if (is_circle && name != seen_.back()) {
      return Error{ErrorKind::InvalidInput, fmt::format("profile {} is its own source, by way of others", name)};
    }
    // A profile may name itself as its source: its own keys are meant then.
    if (is_circle) return of_keys(name, *profile);
    seen_.push_back(name);
    if (const auto role = value_of(*profile, "role_arn")) return of_role(name, *profile, *role);
    if (profile->contains("sso_session") || profile->contains("sso_start_url")) return of_sso(name, *profile);
    TRY_ASSIGN(auto keys, of_keys(name, *profile));
    if (keys) return keys;
    if (const auto command = value_of(*profile, "credential_process")) {
      TRY_ASSIGN(auto credentials, process_credentials(around_, *command, stop_));
      return credentials;
    }
    return std::nullopt;
  }

 private:
  Error absent(const std::string& name) const {
    const auto names = profiles_.names();
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto near = nearest_name(name, views);
    return {ErrorKind::InvalidInput, fmt::format("there is no AWS profile '{}'{}", name,
                                                 near ? fmt::format("; did you mean '{}'?", *near) : std::string())};
  }

  MaybeCredentials of_keys(const std::string& name, const IniSection& profile) const {
    const std::string id = value_of(profile, "aws_access_key_id").value_or("");
    const std::string key = value_of(profile, "aws_secret_access_key").value_or("");
    if (id.empty() && key.empty()) return std::nullopt;
    if (id.empty() || key.empty()) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("profile {} has only one of aws_access_key_id and aws_secret_access_key", name)};
    }
    return Credentials{.access_key_id = id,
                       .secret_access_key = Secret(key),
                       .session_token = Secret(value_of(profile, "aws_session_token").value_or("")),
                       .source = fmt::format("profile {}", name)};
  }

  MaybeCredentials of_role(const std::string& name, const IniSection& profile, const std::string& role_arn) {
    RoleToAssume role{.role_arn = role_arn, .external_id = value_of(profile, "external_id").value_or("")};
    if (auto session = value_of(profile, "role_session_name")) role.session_name = *session;
    if (const auto seconds = value_of(profile, "duration_seconds")) {
      int number = 0;
      const auto read = std::from_chars(seconds->data(), seconds->data() + seconds->size(), number);
      if (read.ec != std::errc{}) {
        return Error{ErrorKind::InvalidInput, fmt::format("duration_seconds of profile {} is no number", name)};
      }
      role.duration_seconds = number;
    }
    if (const auto file = value_of(profile, "web_identity_token_file")) {
      TRY_ASSIGN(auto credentials, web_identity_credentials(around_, *file, role_arn, role.session_name, stop_));
      return credentials;
    }
    if (profile.contains("mfa_serial")) {
      return Error{
          ErrorKind::InvalidInput,
          fmt::format("profile {} wants a code of an MFA device (mfa_serial), for which nobody can be asked here: "
                      "use a role without it, or `aws sso login`",
                      name)};
    }
    TRY_ASSIGN(const Credentials base, base_of(name, profile));
    TRY_ASSIGN(auto credentials, Sts(around_).assume_role(role, base, stop_));
    credentials.source = fmt::format("role {} by profile {}", role_arn, name);
    return credentials;
  }

  /// Whose credentials take on the role.
  Result<Credentials> base_of(const std::string& name, const IniSection& profile) {
    const auto source = value_of(profile, "source_profile");
    const auto kind = value_of(profile, "credential_source");
    if (source.has_value() == kind.has_value()) {
      return Error{
          ErrorKind::InvalidInput,
          fmt::format("profile {} has role_arn: it needs exactly one of source_profile and credential_source", name)};
    }
    TRY_ASSIGN(auto base, source ? of(*source) : of_kind(name, *kind));
    if (base) return std::move(*base);
    return Error{ErrorKind::NotFound, fmt::format("profile {} takes on its role by '{}', which has no credentials",
                                                  name, source ? *source : *kind)};
  }

  MaybeCredentials of_kind(const std::string& name, const std::string& kind) const {
    if (kind == "Environment") return environment_credentials(around_.variables);
    if (kind == "EcsContainer") return container_credentials(around_, stop_);
    if (kind == "Ec2InstanceMetadata") return instance_credentials(around_, stop_);
    return Error{ErrorKind::InvalidInput,
                 fmt::format("credential_source of profile {} is '{}'; there are Environment, EcsContainer and "
                             "Ec2InstanceMetadata",
                             name, kind)};
  }

  MaybeCredentials of_sso(const std::string& name, const IniSection& profile) const {
    SsoRole role{.account_id = value_of(profile, "sso_account_id").value_or(""),
                 .role_name = value_of(profile, "sso_role_name").value_or("")};
    const IniSection* session = &profile;
    if (const auto session_name = value_of(profile, "sso_session")) {
      session = profiles_.sso_session(*session_name);
      if (session == nullptr) {
        return Error{ErrorKind::InvalidInput,
                     fmt::format("profile {} names the sso-session {}, which is not there", name, *session_name)};
      }
      role.session.name = *session_name;
    }
    role.session.start_url = value_of(*session, "sso_start_url").value_or("");
    role.session.region = value_of(*session, "sso_region").value_or("");
    if (role.session.start_url.empty() || role.session.region.empty() || role.account_id.empty() ||
        role.role_name.empty()) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("profile {} needs sso_start_url, sso_region, sso_account_id and "
                               "sso_role_name",
                               name)};
    }
    TRY_ASSIGN(auto credentials, sso_credentials(around_, role, stop_));
    return credentials;
  }

  const Surroundings& around_;
  const Profiles& profiles_;
  const std::stop_token& stop_;
  std::vector<std::string> seen_;
};

}  // namespace

MaybeCredentials profile_credentials(const Surroundings& around, const std::stop_token& stop) {
  TRY_ASSIGN(const Profiles profiles, Profiles::load(around.files, around.variables));
  const std::string name = profile_name(around.variables);
  const bool was_named = named_profile(around.variables).has_value();
  if (!was_named && profiles.profile(name) == nullptr) return std::nullopt;
  return ProfileLookup(around, profiles, stop).of(name);
}

}  // namespace sluice::aws
