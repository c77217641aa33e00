#include "adapters/aws/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace sluice::aws {
namespace {

constexpr std::string_view kProfile = "profile ";
constexpr std::string_view kSsoSession = "sso-session ";
constexpr std::string_view kServices = "services ";
constexpr std::string_view kAddress = "AWS_ENDPOINT_URL";

std::optional<std::string> set_value(const Variables& variables, const std::string& name) {
  auto value = variables(name);
  return value && !value->empty() ? value : std::nullopt;
}

std::string path_of(const Variables& variables, const std::string& variable, const std::string& file) {
  if (auto path = set_value(variables, variable)) return *path;
  return variables("HOME").value_or("") + "/.aws/" + file;
}

Result<IniSections> read(ports::Files& files, const std::string& path) {
  TRY_ASSIGN(const auto text, files.read(path));
  if (!text) return IniSections{};
  return parse_ini(*text, path);
}

/// As it stands in the name of a variable: `elastic_load_balancing_v2` in capitals.
std::string in_capitals(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

}  // namespace

Result<Profiles> Profiles::load(ports::Files& files, const Variables& variables) {
  TRY_ASSIGN(const IniSections config, read(files, path_of(variables, "AWS_CONFIG_FILE", "config")));
  TRY_ASSIGN(const IniSections keys, read(files, path_of(variables, "AWS_SHARED_CREDENTIALS_FILE", "credentials")));
  Profiles result;
  for (const auto& [name, section] : config) {
    // `[profile default]` wins over `[default]`; it is met later, since 'p' sorts behind 'd'.
    if (name == "default") result.profiles_[name] = section;
    if (name.starts_with(kProfile)) result.profiles_[name.substr(kProfile.size())] = section;
    if (name.starts_with(kServices)) result.services_[name.substr(kServices.size())] = section;
    if (name.starts_with(kSsoSession)) result.sso_sessions_[name.substr(kSsoSession.size())] = section;
  }
  for (const auto& [name, section] : keys) {
    for (const auto& [key, value] : section) result.profiles_[name][key] = value;
  }
  return result;
}

const IniSection* Profiles::profile(const std::string& name) const {
  const auto found = profiles_.find(name);
  return found == profiles_.end() ? nullptr : &found->second;
}

const IniSection* Profiles::sso_session(const std::string& name) const {
  const auto found = sso_sessions_.find(name);
  return found == sso_sessions_.end() ? nullptr : &found->second;
}

const IniSection* Profiles::services(const std::string& name) const {
  const auto found = services_.find(name);
  return found == services_.end() ? nullptr : &found->second;
}

std::vector<std::string> Profiles::names() const {
  std::vector<std::string> names;
  for (const auto& [name, section] : profiles_) names.push_back(name);
  return names;
}

std::string profile_name(const Variables& variables) { return named_profile(variables).value_or("default"); }

std::optional<std::string> named_profile(const Variables& variables) {
  auto name = set_value(variables, "AWS_PROFILE");
  return name ? name : set_value(variables, "AWS_DEFAULT_PROFILE");
}

std::optional<std::string> default_region(const Variables& variables, const Profiles& profiles) {
  for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto region = set_value(variables, variable)) return region;
  }
  const IniSection* profile = profiles.profile(profile_name(variables));
  return profile == nullptr ? std::nullopt : value_of(*profile, "region");
}

Result<Variables> with_endpoints_of_profile(Variables variables, const Profiles& profiles) {
  const IniSection* profile = profiles.profile(profile_name(variables));
  if (profile == nullptr) return variables;
  std::map<std::string, std::string> said;
  for (const char* key : {"endpoint_url", "ignore_configured_endpoint_urls", "use_fips_endpoint"}) {
    if (auto value = value_of(*profile, key)) said["AWS_" + in_capitals(key)] = *std::move(value);
  }
  if (const auto name = value_of(*profile, "services")) {
    const IniSection* services = profiles.services(*name);
    if (services == nullptr) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("profile {} names the services {}, but AWS's config file has no "
                               "section [services {}]",
                               profile_name(variables), *name, *name)};
    }
    constexpr std::string_view kOfService = ".endpoint_url";
    for (const auto& [key, value] : *services) {
      if (!key.ends_with(kOfService) || value.empty()) continue;
      said[fmt::format("{}_{}", kAddress, in_capitals(key.substr(0, key.size() - kOfService.size())))] = value;
    }
  }
  if (said.empty()) return variables;
  return Variables([variables = std::move(variables), said = std::move(said)](const std::string& name) {
    if (auto value = set_value(variables, name)) return value;
    if (name.starts_with(kAddress) && set_value(variables, std::string(kAddress))) return variables(name);
    const auto found = said.find(name);
    return found == said.end() ? variables(name) : std::optional(found->second);
  });
}

std::optional<std::string> value_of(const IniSection& section, const std::string& key) {
  const auto found = section.find(key);
  if (found == section.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

}  // namespace sluice::aws
