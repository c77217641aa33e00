// Every file of tests/golden/config: what is found in it, and what it comes to. SLUICE_UPDATE_GOLDEN=1 rewrites the
// expectations; the diff is reviewed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/config/configuration.h"
#include "core/rollout/message_target_json.h"
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

json::object shown(const analysis::SequentialMetric& metric) {
  json::object of{{"ratio", metric.ratio},
                  {"slack", metric.slack},
                  {"floor", metric.floor},
                  {"prior", metric.prior},
                  {"share", metric.share},
                  {"then", std::string(to_string(metric.then))},
                  {"kind", std::string(to_string(metric.kind))}};
  if (metric.levels.empty()) return of;
  of.emplace("levels", json::array(metric.levels.begin(), metric.levels.end()));
  of.emplace("slower_ratio", metric.slower_ratio);
  of.emplace("slower_milliseconds", metric.slower_milliseconds);
  return of;
}

json::array metrics_of(const analysis::AnalysisSettings& settings) {
  json::array metrics;
  for (std::size_t i = 0; i < settings.sources.size(); ++i) {
    const analysis::MetricSource& source = settings.sources[i];
    json::object metric = shown(settings.sequential.more[i]);
    metric["name"] = settings.sequential.more[i].name;
    metric["every"] = settings.sequential.more[i].every.count();
    metric["source"] = std::string(to_string(source.from));
    metric["missing"] = std::string(to_string(source.missing));
    metric["unit"] = source.unit_milliseconds;
    metric["what"] = json::array{source.field, source.path, source.url, source.events, source.requests, source.buckets};
    for (const analysis::StatusRange& range : source.statuses) {
      metric["what"].as_array().push_back(json::array{range.least, range.most});
    }
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

json::value shown(const std::optional<analysis::AnalysisSettings>& settings) {
  if (!settings) return "off";
  const analysis::SequentialSettings& sequential = settings->sequential;
  return json::object{{"alpha", sequential.alpha},
                      {"hold_alpha", sequential.hold_alpha},
                      {"bound_alpha", sequential.bound_alpha},
                      {"errors", shown(sequential.errors)},
                      {"latency", shown(sequential.latency)},
                      {"error_log", shown(sequential.error_log)},
                      {"by_lines", sequential.error_log_by_lines},
                      {"historical_floor", sequential.historical_floor},
                      {"alternatives", json::array(sequential.alternatives.begin(), sequential.alternatives.end())},
                      {"cap", sequential.cap},
                      {"tempering", json::array{sequential.most_tempering, sequential.tempering_prior}},
                      {"half_life", sequential.half_life.count()},
                      {"prior_requests", sequential.prior_requests},
                      {"rates", json::array{sequential.lowest_rate, sequential.highest_rate, sequential.hopeless_rate}},
                      {"mass", json::array{sequential.mass_at_start, sequential.mass_at_weight_change,
                                           sequential.mass_over_plan, sequential.mass_reserve}},
                      {"planned", sequential.planned.count()},
                      {"block", json::array{sequential.block_requests, sequential.block_patience.count()}},
                      {"latency_samples", sequential.latency_samples},
                      {"slot", sequential.slot_length.count()},
                      {"metrics", metrics_of(*settings)},
                      {"enough", json::array{settings->enough.requests, settings->enough.at_most_worse,
                                             settings->enough.extension.count()}}};
}

/// What differs from the defaults, so that a file that says nothing of the analysis shows nothing of it.
std::string shown_differences(const std::optional<analysis::AnalysisSettings>& settings) {
  const json::value given = shown(settings);
  if (given.is_string()) return "    analysis off\n";
  const json::value defaults = shown(std::optional<analysis::AnalysisSettings>(std::in_place));
  json::object different;
  for (const auto& member : given.get_object()) {
    if (defaults.at(member.key()) != member.value()) different.emplace(member.key(), member.value());
  }
  return different.empty() ? "" : "    analysis " + json::serialize(different) + "\n";
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
  revision.target = service.target;
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
  if (!service.witnesses.empty()) out += "    witnesses " + json::serialize(texts(service.witnesses)) + "\n";
  if (service.scan_gate) out += "    scan_gate " + json::serialize(rollout::to_json(*service.scan_gate)) + "\n";
  out += shown_differences(service.analysis);
  add_each(out, "smoke", service.smoke);
  if (service.probes) {
    out += fmt::format("    probes {:g} a second below {:g}\n", service.probes->rate, service.probes->below);
    add_each(out, "probe", service.probes->requests);
  }
  add_each(out, "hook", service.hooks);
  return out;
}

std::string shown(const EcsRunner& runner) {
  const json::object of{{"region", runner.access.region},
                        {"role", runner.access.role},
                        {"cluster", runner.cluster},
                        {"subnets", texts(runner.subnets)},
                        {"security_groups", texts(runner.security_groups)},
                        {"public_ip", runner.public_ip},
                        {"execution_role", runner.execution_role},
                        {"task_role", runner.task_role},
                        {"image", runner.image},
                        {"cpu", runner.cpu},
                        {"memory_mib", runner.memory_mib},
                        {"bucket", runner.bucket},
                        {"prefix", runner.prefix}};
  return "runner " + runner.name + " " + json::serialize(of) + "\n";
}

std::string shown(const Configuration& configuration) {
  std::string out = "project " + configuration.project + ", default " + configuration.default_environment + "\n";
  for (const auto& [name, environment] : configuration.environments) {
    out += "environment " + name + " " + environment.listen + " " + environment.registry + "\n";
    if (!environment.account.empty()) out += "  account " + environment.account + "\n";
    for (const Service& service : environment.services) out += shown(service);
    for (const rollout::MessageTarget& target : environment.notify) {
      out += "  notify " + json::serialize(rollout::to_json(target)) + "\n";
    }
  }
  for (const EcsRunner& runner : configuration.runners) out += shown(runner);
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
    EXPECT_TRUE(parsed.configuration.has_value()) << told(parsed.findings);
    for (const Finding& finding : parsed.findings)
      EXPECT_THAT(finding.message, testing::HasSubstr("no alarm watches the gateway"));
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
