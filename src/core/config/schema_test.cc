// The published JSON Schema is the parser's, and both give the same verdict on every golden file where a schema can
// tell.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include "core/config/configuration.h"
#include "core/config/json_text.h"
#include "core/yaml/document.h"

namespace sluice::config {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = SLUICE_SOURCE_DIR;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string output_of(const std::string& command, int& status) {
  std::string output;
  std::array<char, 4096> buffer{};
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), count);
  status = pclose(pipe);
  return output;
}

TEST(ConfigurationSchema, IsThePublishedOne) {
  const fs::path published = kSource / "docs/reference/sluice.schema.json";
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) std::ofstream(published, std::ios::binary) << json_schema();
  EXPECT_EQ(json_schema(), read_file(published)) << "run this test with SLUICE_UPDATE_GOLDEN=1 and look at the diff";
}

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "sluice-schema-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  fs::path path;
};

/// The verdicts of the validator by file name, `ok` or `refused: why`; empty when there is no validator.
std::map<std::string, std::string> verdicts(const fs::path& folder) {
  std::string command = "python3 '" + (kSource / "tests/golden/config/validate.py").string() + "' '" +
                        (kSource / "docs/reference/sluice.schema.json").string() + "'";
  for (const auto& entry : fs::directory_iterator(folder)) command += " '" + entry.path().string() + "'";
  int status = 0;
  const std::string output = output_of(command, status);
  EXPECT_EQ(status, 0) << output;
  std::map<std::string, std::string> by_name;
  std::istringstream lines(output);
  for (std::string verdict, name, rest; lines >> verdict >> name && std::getline(lines, rest);) {
    if (name.ends_with(':')) name.pop_back();
    by_name[name] = verdict + rest;
  }
  return by_name;
}

bool has_validator() {
  int status = 0;
  output_of("python3 -c 'import jsonschema' 2>&1", status);
  return status == 0;
}

TEST(ConfigurationSchema, GivesTheParsersVerdictWhereItCan) {
  if (!has_validator()) {
    if (std::getenv("CI") != nullptr) FAIL() << "the Debian package python3-jsonschema is not installed";
    GTEST_SKIP() << "the Debian package python3-jsonschema is not installed";
  }
  const TemporaryFolder folder;
  std::map<std::string, bool> expected;  // name: valid?
  for (const char* kind : {"ok", "err"}) {
    for (const auto& entry : fs::directory_iterator(kSource / "tests/golden/config" / kind)) {
      if (entry.path().extension() != ".yaml") continue;
      const std::string text = read_file(entry.path());
      const yaml::Parsed document = yaml::parse(text, "f");
      if (!document.root) continue;  // no YAML, nothing for a schema to say
      const std::string name = std::string(kind) + "-" + entry.path().stem().string();
      if (std::string_view(kind) == "err") {
        const bool marked = text.starts_with("# schema: refuses\n") || text.starts_with("# schema: cannot tell\n");
        EXPECT_TRUE(marked) << entry.path() << " must begin with '# schema: refuses' or '# schema: cannot tell'";
      }
      expected[name] = !text.starts_with("# schema: refuses\n");
      std::ofstream(folder.path / (name + ".json")) << json_text(*document.root);
    }
  }
  const auto said = verdicts(folder.path);
  EXPECT_EQ(said.size(), expected.size());
  for (const auto& [name, verdict] : said)
    EXPECT_EQ(verdict.starts_with("ok"), expected[name]) << name << ": " << verdict;
}

}  // namespace
}  // namespace sluice::config
