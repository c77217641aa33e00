#include "adapters/buildah/host_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace sluice::buildah {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBundle = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::array<std::string_view, 11> kPipKeys = {"index-url",
                                                       "extra-index-url",
                                                       "trusted-host",
                                                       "proxy",
                                                       "timeout",
                                                       "default-timeout",
                                                       "retries",
                                                       "find-links",
                                                       "no-index",
                                                       "cert",
                                                       "disable-pip-version-check"};
constexpr std::array<std::string_view, 6> kNpmKeys = {"registry", "proxy",      "https-proxy",
                                                      "noproxy",  "strict-ssl", "cafile"};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

/// `PIP_INDEX_URL` → `index-url`.
std::string option_name(std::string_view variable) {
  std::string name(variable);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
  return name;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    lines.emplace_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return lines;
}

bool is_pip_key(std::string_view key) { return std::find(kPipKeys.begin(), kPipKeys.end(), key) != kPipKeys.end(); }

/// `registry`, `@scope:registry`, `//host/path/:_authToken` and its kin.
bool is_npm_key(std::string_view key) {
  return std::find(kNpmKeys.begin(), kNpmKeys.end(), key) != kNpmKeys.end() ||
         (key.starts_with('@') && key.ends_with(":registry")) || key.starts_with("//");
}

/// Reads the [global] and [install] sections of one of pip's files (Python's configparser: `key = value` or
/// `key: value`, indented lines continue a value) into `settings`.
void read_pip_file(const std::string& text, std::map<std::string, std::string>& settings) {
  bool known_section = false;
  std::string* value = nullptr;
  for (const auto& line : lines_of(text)) {
    const std::string content = trimmed(line);
    if (content.empty() || content[0] == '#' || content[0] == ';') continue;
    if (value != nullptr && (line[0] == ' ' || line[0] == '\t')) {
      *value += " " + content;
      continue;
    }
    value = nullptr;
    if (content[0] == '[') {
      known_section = content == "[global]" || content == "[install]";
      continue;
    }
    const auto separator = content.find_first_of("=:");
    if (!known_section || separator == std::string::npos) continue;
    const std::string key = option_name(trimmed(content.substr(0, separator)));
    if (!is_pip_key(key)) continue;
    value = &settings[key];
    *value = trimmed(content.substr(separator + 1));
  }
}

/// Folders of the host mean nothing in the image: only addresses are left.
std::string without_local_places(const std::string& links) {
  std::string kept;
  for (std::size_t at = 0; at < links.size();) {
    const auto end = std::min(links.find(' ', at), links.size());
    const auto link = links.substr(at, end - at);
    if (link.find("://") != std::string::npos && !link.starts_with("file:")) kept += (kept.empty() ? "" : " ") + link;
    at = end + 1;
  }
  return kept;
}

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> texts_of(const std::vector<std::string>& paths) {
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    if (auto text = read_file(path)) texts.push_back(std::move(*text));
  }
  return texts;
}

/// Writes a file that only its owner can read: it may hold credentials.
Status write_private(const std::string& path, const std::string& text) {
  std::error_code error;
  std::ofstream file(path, std::ios::binary);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, error);
  file << text;
  file.close();
  if (!file || error) return Error{ErrorKind::Unavailable, fmt::format("writing {} failed (is the disk full?)", path)};
  return {};
}

bool mentions(std::string_view dockerfile, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return dockerfile.find(word) != std::string_view::npos; });
}

std::string variable(const HostPlaces& host, const std::string& name) {
  const auto found = host.environment.find(name);
  return found == host.environment.end() ? std::string() : found->second;
}

}  // namespace

std::string pip_settings(const std::vector<std::string>& files, const std::map<std::string, std::string>& environment) {
  std::map<std::string, std::string> settings;
  for (const auto& text : files) read_pip_file(text, settings);
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("PIP_")) continue;
    const auto key = option_name(name.substr(4));
    if (is_pip_key(key)) settings[key] = value;
  }
  if (const auto links = settings.find("find-links"); links != settings.end()) {
    links->second = without_local_places(links->second);
    if (links->second.empty()) settings.erase(links);
  }
  if (settings.empty()) return {};
  settings["cert"] = kBundle;
  std::string text = "[global]\n";
  for (const auto& [key, value] : settings) text += fmt::format("{} = {}\n", key, value);
  return text;
}

std::string npm_settings(const std::vector<std::string>& files, const std::map<std::string, std::string>& environment) {
  std::map<std::string, std::string> settings;
  for (const auto& text : files) {
    for (const auto& line : lines_of(text)) {
      const auto equals = line.find('=');
      const auto key = trimmed(line.substr(0, equals));
      if (equals != std::string::npos && is_npm_key(key)) settings[key] = trimmed(line.substr(equals + 1));
    }
  }
  for (const auto& [name, value] : environment) {
    const auto key = option_name(name);
    if (key.starts_with("npm-config-") && is_npm_key(key.substr(11))) settings[key.substr(11)] = value;
  }
  if (settings.empty()) return {};
  settings["cafile"] = kBundle;
  std::string text;
  for (const auto& [key, value] : settings) text += fmt::format("{}={}\n", key, value);
  return text;
}

Result<std::vector<Mount>> prepare_mounts(const HostPlaces& host, std::string_view dockerfile,
                                          const std::string& folder) {
  std::vector<Mount> mounts;
  std::error_code error;
  if (fs::is_directory(host.certificates, error)) {
    // A copy with links followed: on Debian they lead to folders that the image need not have. A link that leads
    // nowhere is passed over.
    const std::string copy = folder + "/certificates";
    fs::create_directories(copy, error);
    for (const auto& entry : fs::directory_iterator(host.certificates, error)) {
      std::error_code skipped;
      fs::copy_file(entry.path(), copy / entry.path().filename(), skipped);
      if (skipped == std::errc::no_space_on_device) error = skipped;
    }
    if (error) return Error{ErrorKind::Unavailable, fmt::format("copying {}: {}", host.certificates, error.message())};
    mounts.push_back({copy, "/etc/ssl/certs"});
  }
  const std::string home = variable(host, "HOME");
  if (mentions(dockerfile, {"pip", "poetry", "uv "})) {
    const auto text = pip_settings(texts_of({host.pip_configuration, home + "/.pip/pip.conf",
                                             home + "/.config/pip/pip.conf", variable(host, "PIP_CONFIG_FILE")}),
                                   host.environment);
    if (!text.empty()) {
      TRY(write_private(folder + "/pip.conf", text));
      mounts.push_back({folder + "/pip.conf", "/etc/pip.conf"});
    }
  }
  if (mentions(dockerfile, {"npm", "npx", "yarn", "corepack"})) {
    const auto text = npm_settings(texts_of({host.npm_configuration, home + "/.npmrc"}), host.environment);
    if (!text.empty()) {
      TRY(write_private(folder + "/npmrc", text));
      // The global file of Node's own images, and of Debian's npm.
      mounts.push_back({folder + "/npmrc", "/usr/local/etc/npmrc"});
      mounts.push_back({folder + "/npmrc", "/etc/npmrc"});
    }
  }
  return mounts;
}

}  // namespace sluice::buildah
