// tests/golden/flags: each file with what is found in it, what AppConfig is given, and what is said of each flag.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/flags/flag_set.h"

namespace sluice::flags {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string shown(const ParsedFlags& parsed) {
  std::string text;
  for (const Finding& finding : parsed.findings) text += to_string(finding) + "\n";
  if (!parsed.flags) return text;
  text += parsed.flags->content + "\n";
  for (const auto& [flag, sayings] : parsed.flags->flags) {
    text += flag + "\n";
    for (const auto& [what, value] : sayings) text += "  " + what + ": " + value + "\n";
  }
  return text;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, SaysWhatTheFileSays) {
  const fs::path path = GetParam();
  const fs::path out = path.parent_path() / (path.filename().string() + ".out");
  const ParsedFlags parsed = parse_flags(read_file(path), path.filename().string());
  EXPECT_EQ(parsed.flags.has_value(), path.parent_path().filename() == "ok");
  EXPECT_EQ(parsed.flags.has_value(), !has_errors(parsed.findings));
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) std::ofstream(out, std::ios::binary) << shown(parsed);
  EXPECT_EQ(shown(parsed), read_file(out)) << path;
  if (!parsed.flags) return;
  const ParsedFlags again = parse_flags(parsed.flags->content, "content");
  ASSERT_TRUE(again.flags);
  EXPECT_EQ(again.flags->content, parsed.flags->content);
  EXPECT_EQ(again.flags->flags, parsed.flags->flags);
}

std::vector<fs::path> inputs() {
  std::vector<fs::path> paths;
  for (const char* const kind : {"ok", "err"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(SLUICE_SOURCE_DIR) / "tests/golden/flags" / kind)) {
      if (entry.path().extension() != ".out") paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

INSTANTIATE_TEST_SUITE_P(Flags, Golden, testing::ValuesIn(inputs()), [](const auto& each) {
  std::string name = each.param.parent_path().filename().string() + "_" + each.param.filename().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

}  // namespace
}  // namespace sluice::flags
