// Every file of ok/ parses, with the warnings and notes of its .out file (none: no such file); every file of err/ is
// refused with the findings of its .out file. SLUICE_UPDATE_GOLDEN=1 rewrites the .out files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/workflow/lint.h"
#include "core/workflow/workflow.h"

namespace sluice::workflow {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(SLUICE_SOURCE_DIR) / "tests/golden/workflow";

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> files_of(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kFolder / folder)) {
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Outcome {
  bool parsed = false;
  std::string findings;
};

Outcome outcome_of(const fs::path& path) {
  const ParsedWorkflow result = parse_workflow(read(path), path.filename().string());
  Findings findings = result.findings;
  if (result.workflow) {
    const Findings more = lint_workflow(*result.workflow, {});
    findings.insert(findings.end(), more.begin(), more.end());
  }
  Outcome outcome{result.workflow.has_value(), {}};
  for (const Finding& finding : findings) outcome.findings += to_string(finding) + "\n";
  return outcome;
}

void expect_findings(const fs::path& path, const std::string& findings) {
  fs::path expected = path;
  expected.replace_extension(".out");
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) {
    if (findings.empty()) {
      fs::remove(expected);
    } else {
      std::ofstream(expected, std::ios::binary) << findings;
    }
  }
  EXPECT_EQ(findings, fs::exists(expected) ? read(expected) : std::string()) << path;
}

TEST(GoldenWorkflow, EveryValidFileParses) {
  const auto files = files_of("ok");
  ASSERT_FALSE(files.empty());
  for (const fs::path& path : files) {
    const Outcome outcome = outcome_of(path);
    EXPECT_TRUE(outcome.parsed) << outcome.findings;
    expect_findings(path, outcome.findings);
  }
}

TEST(GoldenWorkflow, EveryWrongFileIsRefusedWithItsFindings) {
  const auto files = files_of("err");
  ASSERT_FALSE(files.empty());
  for (const fs::path& path : files) {
    const Outcome outcome = outcome_of(path);
    EXPECT_FALSE(outcome.parsed) << path;
    expect_findings(path, outcome.findings);
  }
}

TEST(GoldenWorkflow, TheStorysTriggerBlockStandsVerbatimInAFileThatParses) {
  const std::string block = read(kFolder / "deploy_chatbot.trigger.yml");
  ASSERT_FALSE(block.empty());
  const std::string whole = read(kFolder / "ok/deploy_chatbot.yml");
  ASSERT_TRUE(whole.starts_with(block));
  const ParsedWorkflow result = parse_workflow(whole, "deploy_chatbot.yml");
  ASSERT_TRUE(result.workflow);
  const Trigger* push = result.workflow->find_trigger("push");
  ASSERT_NE(push, nullptr);
  EXPECT_TRUE(decide(*push, {"refs/heads/main", {"src/chat/app.py"}}).starts);
  EXPECT_TRUE(decide(*push, {"refs/heads/main", {"README", "Dockerfile"}}).starts);
  EXPECT_FALSE(decide(*push, {"refs/heads/main", {"tests/test_chat.py"}}).starts);
  EXPECT_FALSE(decide(*push, {"refs/heads/feature", {"src/chat/app.py"}}).starts);
  const Trigger* dispatch = result.workflow->find_trigger("workflow_dispatch");
  ASSERT_NE(dispatch, nullptr);
  EXPECT_EQ(dispatch->inputs.at(0).options, (std::vector<std::string>{"staging", "production"}));
}

}  // namespace
}  // namespace sluice::workflow
