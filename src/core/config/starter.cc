#include "core/config/starter.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <cctype>
#include <charconv>
#include <utility>

#include "core/config/form.h"

namespace sluice::config {
namespace {

using Files = std::map<std::string, std::string, std::less<>>;

/// The folder's name with everything that a name may not have made a hyphen.
std::string name_of(std::string_view folder) {
  constexpr std::size_t kLongest = 40;
  if (folder.ends_with(".git")) folder.remove_suffix(4);
  std::string name;
  for (const char c : folder) {
    const auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool fine = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (fine) {
      name += lower;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  // Unquoted in YAML, `007`, `1e3` and `true` are no text.
  const bool reads_as_text = !name.empty() && (std::isalpha(static_cast<unsigned char>(name.front())) != 0) &&
                             name != "true" && name != "false" && name != "null";
  if (!name.empty() && !reads_as_text) name = "app-" + name;
  name = name.substr(0, kLongest);
  while (name.ends_with('-')) name.pop_back();
  return form::kName.check(name) ? "app" : name;
}

/// The rest of the line behind the last instruction of this name; the instruction in any case.
std::optional<std::string_view> instruction(std::string_view dockerfile, std::string_view name) {
  std::optional<std::string_view> found;
  for (std::size_t begin = 0; begin < dockerfile.size();) {
    const std::size_t end = std::min(dockerfile.find('\n', begin), dockerfile.size());
    std::string_view line = dockerfile.substr(begin, end - begin);
    begin = end + 1;
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    if (line.size() <= name.size() || (line[name.size()] != ' ' && line[name.size()] != '\t')) continue;
    bool same = true;
    for (std::size_t i = 0; i < name.size(); ++i) {
      same = same && std::toupper(static_cast<unsigned char>(line[i])) == name[i];
    }
    if (same) found = dockerfile.substr(static_cast<std::size_t>(line.data() - dockerfile.data()) + name.size());
  }
  return found;
}

std::optional<int> exposed_port(std::string_view dockerfile) {
  const auto expose = instruction(dockerfile, "EXPOSE");
  if (!expose) return std::nullopt;
  const std::size_t first = expose->find_first_not_of(" \t");
  int port = 0;
  const auto [stop, error] = std::from_chars(expose->data() + first, expose->data() + expose->size(), port);
  if (error != std::errc{} || port < 1 || port > 65535) return std::nullopt;
  return port;
}

/// The path of the first address in the HEALTHCHECK, which may go over several lines.
std::optional<std::string> health_path(std::string_view dockerfile) {
  const auto check = instruction(dockerfile, "HEALTHCHECK");
  if (!check) return std::nullopt;
  const std::size_t address = check->find("://");
  if (address == check->npos) return std::nullopt;
  const std::size_t end = std::min(check->find_first_of(" \t\r\n\"'`|)", address), check->size());
  const std::size_t slash = check->find('/', address + 3);
  if (slash == check->npos || slash >= end) return std::nullopt;
  std::string path(check->substr(slash, end - slash));
  if (form::kPath.check(path)) return std::nullopt;
  return path;
}

bool has_test_script(std::string_view package) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(boost::json::string_view(package.data(), package.size()), error);
  if (error || !value.is_object()) return false;
  const boost::json::value* scripts = value.get_object().if_contains("scripts");
  return scripts != nullptr && scripts->is_object() && scripts->get_object().contains("test");
}

bool has_pytest(const Files& files) {
  if (files.contains("tests/")) return true;
  for (const char* name : {"requirements.txt", "pyproject.toml"}) {
    const auto file = files.find(name);
    if (file != files.end() && file->second.find("pytest") != std::string::npos) return true;
  }
  return false;
}

std::string quoted_for_shell(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// For a single-quoted scalar of YAML.
std::string doubled_quotes(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out;
}

std::string_view test_steps(const RepositoryFacts& facts) {
  switch (facts.language) {
    case Language::Python:
      return R"(      - uses: actions/setup-python@v5
        with:
          python-version: '3.11'
      - run: if [ -f requirements.txt ]; then python -m pip install -r requirements.txt; fi
      - run: python -m pip install pytest
      - run: python -m pytest
)";
    case Language::Node:
      return R"(      - uses: actions/setup-node@v4
        with:
          node-version: '20'
      - run: npm ci
      - run: npm test
)";
    case Language::Go:
      return R"(      - uses: actions/setup-go@v5
      - run: go test ./...
)";
    case Language::Unknown: return "";
  }
  std::unreachable();
}

constexpr std::string_view kScanGate =
    R"(      # Stops the push of an image with known vulnerabilities, as trivy finds them. To go without, write `scan: off`.
      scan: {block: [CRITICAL, HIGH]}
)";
constexpr std::string_view kNoScanGate =
    R"(      # Images are pushed without a look for known vulnerabilities, since trivy was not installed on this machine. To
      # turn the gate on, install trivy and write `scan: {block: [CRITICAL, HIGH]}`.
      scan: off
)";

}  // namespace

RepositoryFacts facts_of(std::string_view folder, const std::optional<std::string>& branch, const Files& files) {
  RepositoryFacts facts;
  facts.name = name_of(folder);
  if (branch) facts.branch = *branch;
  if (const auto file = files.find("Dockerfile"); file != files.end()) {
    facts.has_dockerfile = true;
    facts.port = exposed_port(file->second).value_or(facts.port);
    facts.health_path = health_path(file->second).value_or(facts.health_path);
  }
  if (files.contains("pyproject.toml") || files.contains("requirements.txt")) {
    facts.language = Language::Python;
    facts.has_tests = has_pytest(files);
  } else if (const auto package = files.find("package.json"); package != files.end()) {
    facts.language = Language::Node;
    facts.has_tests = has_test_script(package->second);
  } else if (files.contains("go.mod")) {
    facts.language = Language::Go;
    facts.has_tests = true;
  }
  return facts;
}

std::string_view scan_of(const RepositoryFacts& facts) { return facts.has_scanner ? kScanGate : kNoScanGate; }

std::string starter_configuration(const RepositoryFacts& facts) {
  return fmt::format(
      R"(# How {name} is built, deployed, watched and taken back. Every key: docs/reference/sluice.schema.json
version: 1
project: {name}

environments:
  local: {{target: machine, listen: 127.0.0.1:20080}}

# GREEN's share of the traffic, step by step, and how long the checks watch each step.
strategy:
  steps: [{{weight: 10%, bake: 5m}}, {{weight: 50%, bake: 3m}}, {{weight: 100%, bake: 10m}}]

services:
  {name}:
    image: {name}
    build:{no_dockerfile}
      context: .
{scan}    port: {port}
    replicas: 2
    health: {{path: {health_path}, every: 2s, within: 60s}}
    smoke:
      - {{get: {health_path}, expect: {{status: 200, within: 3s}}}}

# What takes a bad version back.
alarms:
  http_5xx:  {{metric: error_rate, above: 1%, datapoints: 2 of 3, every: 60s, missing: hold, then: rollback}}
  unhealthy: {{metric: failed_health_checks, above: 0, datapoints: 1 of 1, every: 60s, then: rollback}}
)",
      fmt::arg("name", facts.name), fmt::arg("port", facts.port),
      // JSON is YAML: quoted, a path may have any character.
      fmt::arg("health_path", "\"" + facts.health_path + "\""), fmt::arg("scan", scan_of(facts)),
      fmt::arg("no_dockerfile", facts.has_dockerfile ? "" : kNoDockerfile));
}

std::string starter_workflow(const RepositoryFacts& facts) {
  std::string text = fmt::format(R"(name: deploy
on:
  push:
    branches: ['{}']
  workflow_dispatch:
concurrency:
  group: deploy-${{{{ github.ref }}}}
  cancel-in-progress: false

jobs:
)",
                                 doubled_quotes(facts.branch));
  if (facts.has_tests) {
    text += "  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n";
    text += test_steps(facts);
    text += "\n";
  }
  text += fmt::format(R"(  deploy:{needs}
    # On GitHub: a runner of your own, on the machine that sluice deploys to.
    runs-on: [self-hosted, sluice]
    steps:
      - uses: actions/checkout@v4
      - run: sluice image build {name}
      - run: sluice image check {name}
      - run: sluice image scan {name}
      - run: sluice image push {name}
      - run: sluice deploy {name} --image "{name}=sha-$GITHUB_SHA" --wait
)",
                      fmt::arg("name", facts.name), fmt::arg("needs", facts.has_tests ? "\n    needs: test" : ""));
  return text;
}

std::string post_receive_hook(const HookFacts& facts) {
  std::string places;
  if (facts.home) places += fmt::format("export SLUICE_HOME=\"${{SLUICE_HOME:-{}}}\"\n", "$home");
  if (facts.run) places += fmt::format("export SLUICE_RUN=\"${{SLUICE_RUN:-{}}}\"\n", "$run");
  if (facts.run) places = fmt::format("run={}\n", quoted_for_shell(*facts.run)) + places;
  if (facts.home) places = fmt::format("home={}\n", quoted_for_shell(*facts.home)) + places;
  return fmt::format(R"(#!/bin/sh
# Written by `sluice init --git-hook`: hands each push to sluice and returns at once. It never fails a push.
sluice={program}
[ -x "$sluice" ] || sluice=sluice
{places}repository=$(git rev-parse --absolute-git-dir)
# git names this repository to every git below it; the programs that a workflow runs have repositories of their own.
unset $(git rev-parse --local-env-vars)
taken=
while read -r before after ref; do
  if timeout 30 "$sluice" push-received --repository "$repository" \
    --before "$before" --after "$after" --ref "$ref" </dev/null; then
    taken=yes
  else
    echo "sluice: the push to $ref is in, but sluice did not take it: 'sluice doctor' may know why" >&2
  fi
done
[ -z "$taken" ] || echo "sluice: to follow it: sluice watch"
exit 0
)",
                     fmt::arg("program", quoted_for_shell(facts.program)), fmt::arg("places", places));
}

}  // namespace sluice::config
