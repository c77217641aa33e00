#include "adapters/aws/profile.h"

namespace sluice::aws {
namespace {

constexpr std::string_view kProfile = "profile ";
constexpr std::string_view kSsoSession = "sso-session ";

std::string path_of(const Variables& variables, const std::string& variable, const std::string& file) {
  if (auto path = variables(variable); path && !path->empty()) return *path;
  return variables("HOME").value_or("") + "/.aws/" + file;
}

Result<IniSections> read(ports::Files& files, const std::string& path) {
  TRY_ASSIGN(const auto text, files.read(path));
  if (!text) return IniSections{};
  return parse_ini(*text, path);
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

std::vector<std::string> Profiles::names() const {
  std::vector<std::string> names;
  for (const auto& [name, section] : profiles_) names.push_back(name);
  return names;
}

std::string profile_name(const Variables& variables) {
  const auto name = variables("AWS_PROFILE");
  return name && !name->empty() ? *name : "default";
}

std::optional<std::string> default_region(const Variables& variables, const Profiles& profiles) {
  for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto region = variables(variable); region && !region->empty()) return region;
  }
  const IniSection* profile = profiles.profile(profile_name(variables));
  return profile == nullptr ? std::nullopt : value_of(*profile, "region");
}

std::optional<std::string> value_of(const IniSection& section, const std::string& key) {
  const auto found = section.find(key);
  if (found == section.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

}  // namespace sluice::aws
