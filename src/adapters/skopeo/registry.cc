#include "adapters/skopeo/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/skopeo/login_file.h"

namespace sluice::skopeo {
namespace {

constexpr std::size_t kDigestLength = 71;  ///< `sha256:` and 64 digits.
constexpr const char* kManifestTypes =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

bool on_loopback(std::string_view registry) {
  return registry.starts_with("127.") || registry.starts_with("localhost:") || registry.starts_with("[::1]");
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

bool is_digest(std::string_view text) { return text.starts_with("sha256:") && text.size() == kDigestLength; }

/// Asks a registry that wants no login itself, which takes a tenth of the time of starting skopeo: `HEAD
/// /v2/<name>/manifests/<tag>` answers with the digest in `Docker-Content-Digest` (distribution specification, "Pulling
/// manifests"). Empty: any other answer, of which skopeo tells more.
std::string digest_by_head(ports::HttpClient& http, const ports::RegistryName& name, std::stop_token stop) {
  const auto answer =
      http.send({.method = "HEAD",
                 .url = fmt::format("http://{}/v2/{}/manifests/{}", name.registry, name.repository, name.tag),
                 .headers = {{"Accept", kManifestTypes}}},
                std::move(stop));
  if (!answer.has_value() || answer->status != 200) return {};
  const std::string digest = ports::header_in(answer->headers, "docker-content-digest");
  return is_digest(digest) ? digest : std::string();
}

}  // namespace

std::string cause_of_failure(std::string_view written) {
  constexpr std::string_view kMark = "msg=\"";
  const auto mark = written.rfind(kMark);
  if (mark == std::string_view::npos) return trimmed(std::string(written));
  std::string cause;
  for (std::size_t at = mark + kMark.size(); at < written.size() && written[at] != '"'; ++at) {
    if (written[at] == '\\' && at + 1 < written.size()) ++at;
    cause += written[at];
  }
  return cause;
}

ErrorKind kind_of_failure(std::string_view message) {
  static constexpr std::array<std::pair<std::string_view, ErrorKind>, 15> kTexts = {{
      {"manifest unknown", ErrorKind::NotFound},
      {"name unknown", ErrorKind::NotFound},
      {"does not resolve to an image ID", ErrorKind::NotFound},
      {"Invalid source name containers-storage", ErrorKind::NotFound},
      {"unauthorized", ErrorKind::Denied},
      {"authentication required", ErrorKind::Denied},
      {"denied", ErrorKind::Denied},
      {"toomanyrequests", ErrorKind::Throttled},
      {"connection refused", ErrorKind::Unavailable},
      {"no such host", ErrorKind::Unavailable},
      {"i/o timeout", ErrorKind::Unavailable},
      {"connection reset", ErrorKind::Unavailable},
      {"no space left on device", ErrorKind::Unavailable},
      {"EOF", ErrorKind::Unavailable},
      {"HTTP status: 5", ErrorKind::Unavailable},
  }};
  const auto* const found = std::find_if(kTexts.begin(), kTexts.end(), [message](const auto& text) {
    return message.find(text.first) != std::string_view::npos;
  });
  return found == kTexts.end() ? ErrorKind::Failed : found->second;
}

Status Registry::be_ready(const std::string& what, const ports::RegistryName& name) {
  if (!hooks_.ready) return {};
  auto ready = hooks_.ready(name.registry);
  if (!ready.has_value()) return with_context(std::move(ready), what);
  return {};
}

Result<std::string> Registry::run(const std::string& what, const ports::RegistryName& name,
                                  std::vector<std::string> argv, Milliseconds limit, std::stop_token stop) {
  std::optional<LoginFile> login;
  if (hooks_.login) {
    auto given = hooks_.login(name, stop);
    if (!given.has_value()) return with_context(std::move(given), what);
    if (given->has_value()) {
      TRY_ASSIGN(login, LoginFile::create(hooks_.login_directory, name.registry, **given));
      argv.insert(argv.end(), {"--authfile", login->path()});
    }
  }
  auto result = processes_.run({.argv = std::move(argv), .timeout = limit}, std::move(stop));
  if (!result.has_value()) return with_context(std::move(result), what);
  if (result->exit_code != 0) {
    const std::string said = cause_of_failure(result->err);
    std::string more = hooks_.explain ? hooks_.explain(name.registry) : std::string();
    if (!more.empty()) more.insert(0, "; ");
    return Error{kind_of_failure(said), fmt::format("{}: {}{}", what, said, more)};
  }
  std::string digest = trimmed(result->out);
  if (!is_digest(digest)) {
    return Error{ErrorKind::Failed, fmt::format("{}: skopeo wrote '{}' as the digest", what, digest)};
  }
  return digest;
}

Result<std::string> Registry::digest(const ports::RegistryName& name, std::stop_token stop) {
  const std::string what = "looking for " + name.to_string();
  TRY(be_ready(what, name));
  if (on_loopback(name.registry)) {
    if (std::string digest = digest_by_head(http_, name, stop); !digest.empty()) return digest;
  }
  const std::string tls = on_loopback(name.registry) ? "--tls-verify=false" : "--tls-verify=true";
  return run(what, name,
             {"skopeo", "inspect", "--no-tags", "--format", "{{.Digest}}", tls, "docker://" + name.to_string()},
             ports::kLongestLookup, std::move(stop));
}

Result<ports::PushRules> Registry::rules(const ports::RegistryName& name, std::stop_token stop) {
  if (!hooks_.rules) return ports::PushRules{};
  return hooks_.rules(name, std::move(stop));
}

Result<std::string> Registry::push(const std::string& image_id, const ports::RegistryName& name, std::stop_token stop) {
  const std::string tls = on_loopback(name.registry) ? "--dest-tls-verify=false" : "--dest-tls-verify=true";
  const std::string what = "pushing " + name.to_string();
  TRY(be_ready(what, name));
  return run(what, name,
             {"skopeo", "--insecure-policy", "copy", "--quiet", tls, "--digestfile", "/dev/stdout",
              "containers-storage:" + image_id, "docker://" + name.to_string()},
             ports::kLongestPush, std::move(stop));
}

}  // namespace sluice::skopeo
