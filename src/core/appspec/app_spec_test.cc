#include "core/appspec/app_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::appspec {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SLUICE_SOURCE_DIR) / "tests/golden/appspec";

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string shown(const EcsService& service) {
  const rollout::TaskSetTerms& terms = service.terms;
  std::string providers;
  for (const auto& each : terms.capacity_providers) {
    providers += fmt::format(" {} weight {} base {}", each.name, each.weight, each.base);
  }
  return fmt::format(
      "service: container {} port {}\ntask definition: {}\nplatform: {}\nsubnets: {}; groups: {}; {}\n"
      "providers:{}\n",
      service.container, terms.port, terms.task_definition, terms.platform_version, fmt::join(terms.subnets, " "),
      fmt::join(terms.security_groups, " "), terms.assign_public_ip, providers);
}

std::string shown(const LambdaFunction& function) {
  return fmt::format("function: {} {} from {} to {}\n", function.name, function.alias, function.current_version,
                     function.target_version);
}

std::string shown(const ParsedAppSpec& parsed) {
  std::string text;
  for (const Finding& finding : parsed.findings) text += to_string(finding) + "\n";
  if (!parsed.spec) return text;
  text += std::visit([](const auto& resource) { return shown(resource); }, parsed.spec->resource);
  for (const Hook& hook : parsed.spec->hooks) {
    text += fmt::format("{}:{} {} {}\n", hook.at.line, hook.at.column, to_string(hook.point), hook.function);
  }
  return text;
}

class GoldenAppSpec : public testing::TestWithParam<std::string> {};

std::vector<std::string> inputs() {
  std::vector<std::string> paths;
  for (const char* folder : {"ok", "err"}) {
    for (const auto& entry : fs::directory_iterator(kGolden / folder)) {
      if (entry.path().extension() != ".out") paths.push_back(entry.path().lexically_relative(kGolden).string());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

TEST_P(GoldenAppSpec, ReadsWhatIsExpected) {
  const fs::path path = kGolden / GetParam();
  const ParsedAppSpec parsed = parse(read_file(path), "appspec" + path.extension().string());
  EXPECT_EQ(parsed.spec.has_value(), path.parent_path().filename() == "ok");
  const fs::path out = fs::path(path).replace_extension(".out");
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) std::ofstream(out, std::ios::binary) << shown(parsed);
  EXPECT_EQ(shown(parsed), read_file(out));
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenAppSpec, testing::ValuesIn(inputs()), [](const auto& test) {
  std::string name = fs::path(test.param).replace_extension().string();
  std::ranges::replace(name, '/', '_');
  return name;
});

TEST(AppSpec, IsKnownByItsName) {
  for (const char* name : {"appspec.yaml", "appspec.yml", "appspec.json"}) EXPECT_TRUE(is_file_name(name));
  for (const char* name : {"Appspec.yaml", "appspec.toml", "my-appspec.yaml"}) EXPECT_FALSE(is_file_name(name));
}

}  // namespace
}  // namespace sluice::appspec
