// Every file of tests/golden/config: what is found in it, and what it comes to. SLUICE_UPDATE_GOLDEN=1 rewrites the
// expectations; the diff is reviewed.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/config/configuration.h"
#include "core/rollout/revision_json.h"

namespace sluice::config {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> yaml_files(const char* folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(SLUICE_SOURCE_DIR) / "tests/golden/config" / folder)) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

/// Compares with the `.out` beside the file, or rewrites that.
void expect_golden(const fs::path& yaml, const std::string& text) {
  const fs::path out = fs::path(yaml).replace_extension(".out");
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(out, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, read_file(out)) << yaml;
}

std::string told(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) text += to_string(finding) + "\n";
  return text;
}

json::object texts(const std::map<std::string, std::string>& map) {
  json::object object;
  for (const auto& [name, text] : map) object.emplace(name, text);
  return object;
}
json::array texts(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

template <typename T>
void add_each(std::string& out, std::string_view what, const std::vector<T>& list) {
  for (const T& item : list) out += "    " + std::string(what) + " " + json::serialize(rollout::to_json(item)) + "\n";
}

std::string shown(const Service& service) {
  json::object secrets;
  for (const auto& [name, source] : service.secrets) secrets.emplace(name, rollout::to_json(source));
  rollout::Revision revision{.port = service.port, .replicas = service.replicas, .health = service.health};
  revision.network = service.network;
  revision.limits = service.limits;
  revision.read_only = service.read_only;
  revision.command = service.command;
  revision.env = service.env;
  const json::object rest{{"image", service.image},
                          {"context", service.build.context},
                          {"dockerfile", service.build.dockerfile},
                          {"args", texts(service.build.args)},
                          {"scan", service.scan.off ? json::value("off") : json::value(texts(service.scan.block))},
                          {"preflight", texts(service.preflight.env)},
                          {"preflight_within", service.preflight.within.count()},
                          {"host", service.route.host},
                          {"path", service.route.path},
                          {"secrets", secrets},
                          {"release_command", texts(service.release_command)},
                          {"release_within", service.release_within.count()},
                          {"depends_on", texts(service.depends_on)}};
  std::string out = "  service " + service.name + " " + json::serialize(rest) + "\n";
  out += "    revision " + json::serialize(rollout::to_json(revision)) + "\n";
  out += "    strategy " + json::serialize(rollout::to_json(service.strategy)) + "\n";
  add_each(out, "alarm", service.alarms);
  add_each(out, "smoke", service.smoke);
  add_each(out, "hook", service.hooks);
  return out;
}

std::string shown(const Configuration& configuration) {
  std::string out = "project " + configuration.project + ", default " + configuration.default_environment + "\n";
  for (const auto& [name, environment] : configuration.environments) {
    out += "environment " + name + " " + environment.listen + " " + environment.registry + "\n";
    for (const Service& service : environment.services) out += shown(service);
    for (const SlackTarget& slack : environment.slack) {
      out += "  slack " + json::serialize(rollout::to_json(slack.webhook)) + " on";
      for (const MessageKind kind : slack.on) out += " " + std::to_string(static_cast<int>(kind));
      out += "\n";
    }
  }
  return out;
}

TEST(ConfigurationGolden, ReadsEveryGoodFile) {
  const auto files = yaml_files("ok");
  ASSERT_FALSE(files.empty());
  for (const fs::path& path : files) {
    const ParsedConfiguration parsed = parse(read_file(path), "sluice.yaml");
    EXPECT_TRUE(parsed.configuration.has_value()) << path << "\n" << told(parsed.findings);
    if (parsed.configuration) expect_golden(path, told(parsed.findings) + shown(*parsed.configuration));
  }
}

TEST(ConfigurationGolden, TheExamplesAreValid) {
  int count = 0;
  for (const auto& example : fs::directory_iterator(fs::path(SLUICE_SOURCE_DIR) / "examples")) {
    const fs::path path = example.path() / "sluice.yaml";
    if (!fs::exists(path)) continue;
    const ParsedConfiguration parsed = parse(read_file(path), path.string());
    EXPECT_TRUE(parsed.configuration && parsed.findings.empty()) << told(parsed.findings);
    ++count;
  }
  EXPECT_GT(count, 0);
}

TEST(ConfigurationGolden, TellsEveryMistakeWithItsPlace) {
  const auto files = yaml_files("err");
  ASSERT_FALSE(files.empty());
  for (const fs::path& path : files) {
    const ParsedConfiguration parsed = parse(read_file(path), "sluice.yaml");
    EXPECT_FALSE(parsed.configuration.has_value()) << path;
    EXPECT_TRUE(has_errors(parsed.findings)) << path;
    for (const Finding& finding : parsed.findings) EXPECT_GT(finding.at.line, 0) << to_string(finding);
    expect_golden(path, told(parsed.findings));
  }
}

}  // namespace
}  // namespace sluice::config
