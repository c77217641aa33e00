#include "core/rollout/image_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rollout/advance.h"

namespace sluice::rollout {
namespace {

using namespace std::chrono_literals;
using image::ScanSeverity;
using image::Vulnerability;
using testing::HasSubstr;
using testing::Not;
using Verdict = ScanJudgement::Verdict;

const TimePoint kStart = TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 11 / 27));

Plan plan_with_a_gate() {
  Plan plan{.deployment = "01HZX"};
  plan.service = {"shop", "staging", "web"};
  plan.blue.emplace().id = "blue";
  plan.green.id = "green";
  plan.green.image = "registry/shop/web@sha256:1";
  plan.strategy.steps = {{.weight = Weight::full(), .bake = 5min}};
  plan.scan_gate.emplace();
  return plan;
}

Vulnerability found(const char* id, ScanSeverity severity) {
  return {.id = id,
          .severity = severity,
          .package = "openssl",
          .installed_version = "3.0.11",
          .fixed_version = "",
          .target = ""};
}

ImageScan done(std::vector<Vulnerability> findings, std::string platform = "") {
  return {.platform = std::move(platform), .progress = ScanProgress::Done, .reason = "", .report = {findings}};
}

ScanJudgement judged(std::vector<ImageScan> scans, const Plan& plan = plan_with_a_gate()) {
  return judge(Result<std::vector<ImageScan>>(std::move(scans)), plan);
}

TEST(ImageScan, PassesWithoutFindingsOfABlockedSeverity) {
  EXPECT_EQ(judged({done({})}).verdict, Verdict::Passed);
  EXPECT_EQ(judged({done({found("CVE-1", ScanSeverity::Medium), found("CVE-2", ScanSeverity::Unknown)})}).verdict,
            Verdict::Passed);
  Plan strict = plan_with_a_gate();
  strict.scan_gate->block = {ScanSeverity::Unknown};
  EXPECT_EQ(judged({done({found("CVE-2", ScanSeverity::Unknown)})}, strict).verdict, Verdict::Refused);
  EXPECT_EQ(judged({done({found("CVE-1", ScanSeverity::Critical)})}, strict).verdict, Verdict::Passed);
}

TEST(ImageScan, IsRefusedWithTheNamesOfTheWorstFindings) {
  std::vector<Vulnerability> findings{found("CVE-1", ScanSeverity::Critical)};
  findings.front().fixed_version = "3.0.14";
  for (const char* id : {"CVE-2", "CVE-3", "CVE-4", "CVE-5", "CVE-6", "CVE-7"}) {
    findings.push_back(found(id, ScanSeverity::High));
  }
  const ScanJudgement refused = judged({done(findings)});
  EXPECT_EQ(refused.verdict, Verdict::Refused);
  EXPECT_THAT(refused.sentence, HasSubstr("web's image registry/shop/web@sha256:1 has findings of severities that are "
                                          "blocked (1 CRITICAL, 6 HIGH): CVE-1 (CRITICAL) in openssl 3.0.11, fixed in "
                                          "3.0.14; CVE-2 (HIGH) in openssl 3.0.11; "));
  EXPECT_THAT(refused.sentence, HasSubstr("CVE-5 (HIGH) in openssl 3.0.11; and 2 more."));
  EXPECT_THAT(refused.sentence, Not(HasSubstr("CVE-6")));
}

TEST(ImageScan, PassesOverFindingsThatAreAllowed) {
  Plan plan = plan_with_a_gate();
  plan.scan_gate->allow = {"CVE-1"};
  EXPECT_EQ(judged({done({found("CVE-1", ScanSeverity::Critical)})}, plan).verdict, Verdict::Passed);
  const ScanJudgement refused =
      judged({done({found("CVE-1", ScanSeverity::Critical), found("CVE-12", ScanSeverity::High)})}, plan);
  EXPECT_THAT(refused.sentence, HasSubstr("(1 HIGH): CVE-12 (HIGH)"));
}

TEST(ImageScan, IsWaitedForWhileNothingIsKnownOfIt) {
  const ImageScan pending{.platform = "", .progress = ScanProgress::Pending, .reason = "ECR says IN_PROGRESS"};
  EXPECT_EQ(judged({pending}), (ScanJudgement{Verdict::Wait,
                                              "web's image registry/shop/web@sha256:1 is not judged "
                                              "yet: ECR says IN_PROGRESS"}));
}

TEST(ImageScan, IsRefusedWhereThereAreNoFindingsToJudgeBy) {
  const ImageScan useless{.platform = "", .progress = ScanProgress::Useless, .reason = "its scan failed"};
  EXPECT_EQ(judged({useless}), (ScanJudgement{Verdict::Refused,
                                              "web's image registry/shop/web@sha256:1 cannot be "
                                              "judged: its scan failed"}));
}

TEST(ImageScan, OfSeveralPlatformsMustPassForEach) {
  const ImageScan pending{.platform = "linux/arm64", .progress = ScanProgress::Pending, .reason = "later"};
  EXPECT_EQ(judged({done({}, "linux/amd64"), done({}, "linux/arm64")}).verdict, Verdict::Passed);
  EXPECT_THAT(judged({done({}, "linux/amd64"), pending}).sentence, HasSubstr("for linux/arm64 is not judged yet"));
  const ScanJudgement refused = judged({pending, done({found("CVE-1", ScanSeverity::High)}, "linux/amd64")});
  EXPECT_EQ(refused.verdict, Verdict::Refused);
  EXPECT_THAT(refused.sentence, HasSubstr("sha256:1 for linux/amd64 has findings"));
}

TEST(ImageScan, OfARegistryThatCannotBeAskedMayComeLaterOrNever) {
  const Plan plan = plan_with_a_gate();
  const auto failed = [&](ErrorKind kind) {
    return judge(Result<std::vector<ImageScan>>(Error{kind, "why"}), plan).verdict;
  };
  EXPECT_EQ(failed(ErrorKind::Unavailable), Verdict::Wait);
  EXPECT_EQ(failed(ErrorKind::Throttled), Verdict::Wait);
  EXPECT_EQ(failed(ErrorKind::Denied), Verdict::Refused);
  EXPECT_EQ(failed(ErrorKind::NotFound), Verdict::Refused);
}

TEST(ImageScan, IsCheckedAfterTheAlarmsAndBeforeAnythingBegins) {
  Plan plan = plan_with_a_gate();
  EXPECT_EQ(forward_stages(plan)[0].kind, StageKind::CheckBlue);
  EXPECT_EQ(forward_stages(plan)[1].kind, StageKind::CheckScan);
  plan.blue.reset();
  EXPECT_EQ(forward_stages(plan)[0].kind, StageKind::CheckScan);
  plan.scan_gate.reset();
  EXPECT_EQ(forward_stages(plan)[0].kind, StageKind::PrepareRoute);
}

TEST(ImageScan, ThatIsRefusedEndsTheDeploymentBeforeItHasTraffic) {
  Plan plan = plan_with_a_gate();
  plan.blue.reset();
  Step step = start({plan}, kStart);
  ASSERT_EQ(step.effects.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<CheckScanFindings>(step.effects[0].action));
  const EffectFailed refused{step.state.in_flight->token, Error{ErrorKind::Failed, "it has CVE-1"}};
  step = advance(step.state, refused, kStart + 1s);
  ASSERT_TRUE(step.state.cause);
  EXPECT_EQ(step.state.cause->kind, CauseKind::Scan);
  EXPECT_EQ(step.state.cause->sentence, "check of the image's scan: it has CVE-1");
  step = advance(step.state, EffectSucceeded{step.state.in_flight->token, {}}, kStart + 2s);
  EXPECT_EQ(step.state.outcome, Outcome::FailedBeforeTraffic);
}

}  // namespace
}  // namespace sluice::rollout
