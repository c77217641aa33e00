// The files that `sluice init` writes to start from, made of what a look at the repository showed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

enum class Language { Unknown, Python, Node, Go };

/// `facts_of` fills in all of it but `has_scanner`, which no file of the repository tells.
struct RepositoryFacts {
  std::string name;             ///< A valid project and service name.
  std::string branch = "main";  ///< Pushes to it are deployed.
  bool has_dockerfile = false;
  int port = 8080;                      ///< What the Dockerfile exposes, where it does.
  std::string health_path = "/health";  ///< What its HEALTHCHECK asks for, where it shows.
  Language language = Language::Unknown;
  bool has_tests = false;  ///< There is a way to run tests that the language's tools know.
  /// A scanner of images is installed where they are going to be built. Without one every push would stop at its scan.
  bool has_scanner = true;
};

/// Files in the top folder that `facts_of` wants to see. A name that ends in / is a folder.
inline constexpr std::string_view kTellingFiles[] = {"Dockerfile",       "package.json", "pyproject.toml",
                                                     "requirements.txt", "go.mod",       "tests/"};

/// `files`: those of `kTellingFiles` that are there, with their text (empty for a folder). `folder` is the name of the
/// repository's folder, `branch` its current branch where it has one.
RepositoryFacts facts_of(std::string_view folder, const std::optional<std::string>& branch,
                         const std::map<std::string, std::string, std::less<>>& files);

/// Behind `build:` in sluice.yaml where `has_dockerfile` is not so.
inline constexpr std::string_view kNoDockerfile = "  # there is no Dockerfile yet: it is what gets built";
/// The lines of `build:` that say whether images are scanned.
std::string_view scan_of(const RepositoryFacts& facts);

/// sluice.yaml; it passes `config::parse` without findings.
std::string starter_configuration(const RepositoryFacts& facts);
/// .github/workflows/deploy.yml: tests where there are any, then image and deployment.
std::string starter_workflow(const RepositoryFacts& facts);

struct HookFacts {
  std::string program;              ///< Absolute path of this sluice.
  std::optional<std::string> home;  ///< $SLUICE_HOME where it was set when the hook was written.
  std::optional<std::string> run;   ///< $SLUICE_RUN likewise.
};
/// A post-receive hook (githooks(5)) for sh: hands each pushed ref to sluice, says how to watch, never fails a push.
std::string post_receive_hook(const HookFacts& facts);

}  // namespace sluice::config
