#include "core/workflow/workflow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/workflow/lint.h"

namespace sluice::workflow {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kJobs = "jobs: {a: {runs-on: x, steps: [{run: x}]}}\n";

Workflow parsed(std::string_view text, std::string_view file = "w.yml") {
  ParsedWorkflow result = parse_workflow(text, file);
  EXPECT_TRUE(result.workflow) << (result.findings.empty() ? "" : to_string(result.findings.front()));
  return result.workflow.value_or(Workflow{});
}

Trigger push_trigger(std::string_view filters) {
  return *parsed("on: {push: {" + std::string(filters) + "}}\n" + std::string(kJobs)).find_trigger("push");
}

TEST(Decide, RunsOnTheBranchesThatAreNamed) {
  const Trigger trigger = push_trigger("branches: [main, 'releases/**']");
  EXPECT_TRUE(decide(trigger, {"refs/heads/main", {"x"}}).starts);
  EXPECT_TRUE(decide(trigger, {"refs/heads/releases/1/2", {}}).starts);
  EXPECT_THAT(decide(trigger, {"refs/heads/other", {"x"}}).reason, HasSubstr("'other' does not pass"));
  EXPECT_THAT(decide(trigger, {"refs/tags/v1", {"x"}}).reason, HasSubstr("names branches only"));
}

TEST(Decide, RunsOnTagsOnlyWhenOnlyTagsAreNamed) {
  const Trigger trigger = push_trigger("tags-ignore: ['*-rc']");
  EXPECT_TRUE(decide(trigger, {"refs/tags/v1", {}}).starts);
  EXPECT_FALSE(decide(trigger, {"refs/tags/v1-rc", {}}).starts);
  EXPECT_FALSE(decide(trigger, {"refs/heads/main", {}}).starts);
}

TEST(Decide, NeedsBothBranchAndPaths) {
  const Trigger trigger = push_trigger("branches: [main], paths: ['src/**', '!src/doc/**']");
  EXPECT_TRUE(decide(trigger, {"refs/heads/main", {"README", "src/a"}}).starts);
  EXPECT_THAT(decide(trigger, {"refs/heads/main", {"src/doc/a"}}).reason, HasSubstr("no changed file"));
  EXPECT_FALSE(decide(trigger, {"refs/heads/other", {"src/a"}}).starts);
}

TEST(Decide, IgnoresAPushOnlyWhenAllItsFilesAreIgnored) {
  const Trigger trigger = push_trigger("paths-ignore: ['docs/**']");
  EXPECT_FALSE(decide(trigger, {"refs/heads/main", {"docs/a", "docs/b"}}).starts);
  EXPECT_TRUE(decide(trigger, {"refs/heads/main", {"docs/a", "x"}}).starts);
}

TEST(Decide, LooksAtNoPathsOfTags) {
  const Trigger trigger = push_trigger("paths: ['src/**']");
  EXPECT_TRUE(decide(trigger, {"refs/tags/v1", {"README"}}).starts);
}

TEST(ResolveInputs, ConvertsChecksAndFillsIn) {
  const Workflow workflow = parsed(R"(on:
  workflow_dispatch:
    inputs:
      environment: {type: choice, options: [staging, production]}
      dry: {type: boolean}
      count: {type: number, default: 3}
      must: {required: true}
)" + std::string(kJobs));
  const auto& declared = workflow.find_trigger("workflow_dispatch")->inputs;

  const auto resolved = resolve_inputs(declared, {{"DRY", "true"}, {"must", "x"}});
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(*resolved->find("environment"), Value("staging"));
  EXPECT_EQ(*resolved->find("dry"), Value(true));
  EXPECT_EQ(*resolved->find("count"), Value(3));

  EXPECT_THAT(resolve_inputs(declared, {}).error().message, HasSubstr("'must' is required"));
  EXPECT_THAT(resolve_inputs(declared, {{"must", ""}, {"environment", "prod"}}).error().message,
              HasSubstr("is one of staging, production, not 'prod'"));
  EXPECT_THAT(resolve_inputs(declared, {{"must", ""}, {"count", "many"}}).error().message, HasSubstr("is a number"));
  EXPECT_THAT(resolve_inputs(declared, {{"enviroment", "x"}}).error().message,
              HasSubstr("did you mean 'environment'?"));
  EXPECT_THAT(resolve_inputs({}, {{"x", "y"}}).error().message, HasSubstr("declares none"));
}

std::vector<std::string> lint(const Workflow& workflow, std::vector<std::string> files = {}) {
  std::vector<std::string> messages;
  for (const Finding& finding : lint_workflow(workflow, files)) messages.push_back(to_string(finding));
  return messages;
}

TEST(LintWorkflow, WarnsOfAGroupThatEnvironmentsShare) {
  const std::string_view on =
      "on: {push: , workflow_dispatch: {inputs: {environment: {type: choice, options: [a, b]}}}}\n";
  const auto shared = lint(parsed(std::string(on) + "concurrency: deploy-${{ github.ref }}\n" + std::string(kJobs)));
  ASSERT_EQ(shared.size(), 1u);
  EXPECT_THAT(shared[0], HasSubstr("w.yml:2:14: warning: all environments share"));
  EXPECT_THAT(shared[0], HasSubstr("group: deploy-${{ github.ref }}-${{ inputs.environment }}"));
  EXPECT_THAT(lint(parsed(std::string(on) + "concurrency: x-${{ inputs.environment }}\n" + std::string(kJobs))),
              IsEmpty());
  EXPECT_THAT(
      lint(parsed(std::string(on) + "concurrency: x-${{ github.event.inputs.environment }}\n" + std::string(kJobs))),
      IsEmpty());
}

TEST(LintWorkflow, NotesWhatAPathFilterLeavesOut) {
  const std::string file = ".github/workflows/w.yml";
  const std::string jobs(kJobs);
  const Workflow narrow = parsed("on: {push: {paths: ['src/**']}}\n" + jobs, file);
  const auto notes = lint(narrow, {"src/a", "tests/a_test.py", "deploy/appspec.yaml"});
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_THAT(notes[0],
              HasSubstr("note: a push that changes only tests or deploy/appspec.yaml or this workflow itself"));
  const Workflow wide = parsed("on: {push: {paths: ['src/**', 'tests/**', '.github/**']}}\n" + jobs, file);
  EXPECT_THAT(lint(wide, {"tests/a"}), IsEmpty());
}

TEST(LintWorkflow, NotesWhatCannotRunHere) {
  const auto notes = lint(parsed(R"(on: push
jobs:
  a: {runs-on: [self-hosted, windows-latest], container: node, services: {db: postgres}, steps: [{uses: x/y@v1}, {uses: actions/cache@v4}]}
  b: {uses: ./.github/workflows/x.yml}
)"));
  EXPECT_EQ(notes.size(), 5u);
}

}  // namespace
}  // namespace sluice::workflow
