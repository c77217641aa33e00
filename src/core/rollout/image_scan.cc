#include "core/rollout/image_scan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace sluice::rollout {
namespace {

using Verdict = ScanJudgement::Verdict;

std::string image_of(const ImageScan& scan, const Plan& plan) {
  const std::string platform = scan.platform.empty() ? "" : fmt::format(" for {}", scan.platform);
  return fmt::format("{}'s image {}{}", plan.service.service, plan.green.image, platform);
}

/// `CVE-2024-1234 (CRITICAL) in openssl 3.0.11-1, fixed in 3.0.14-1`. Unlike of Trivy's, that no fix is named does not
/// mean that there is none.
std::string name_of(const image::Vulnerability& found) {
  std::string name = fmt::format("{} ({})", found.id, image::to_string(found.severity));
  if (!found.package.empty()) name += " in " + found.package;
  if (!found.installed_version.empty()) name += " " + found.installed_version;
  if (!found.fixed_version.empty()) name += ", fixed in " + found.fixed_version;
  return name;
}

/// `1 CRITICAL, 3 HIGH`, worst first.
std::string counted(const std::vector<image::Vulnerability>& found) {
  const std::map<image::ScanSeverity, int> counts = image::ScanReport{found}.counts();
  std::vector<std::string> parts;
  for (auto count = counts.rbegin(); count != counts.rend(); ++count) {
    parts.push_back(fmt::format("{} {}", count->second, image::to_string(count->first)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<image::Vulnerability> blocked_in(const ImageScan& scan, const ScanGate& gate) {
  std::vector<image::Vulnerability> blocked = scan.report.of(gate.block);
  std::erase_if(blocked, [&](const image::Vulnerability& found) {
    return std::ranges::find(gate.allow, found.id) != gate.allow.end();
  });
  return blocked;
}

std::string sentence_of(const std::vector<image::Vulnerability>& blocked, const std::string& image) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < blocked.size() && i < kFindingsTold; ++i) names.push_back(name_of(blocked[i]));
  if (blocked.size() > kFindingsTold) names.push_back(fmt::format("and {} more", blocked.size() - kFindingsTold));
  return fmt::format(
      "{} has findings of severities that are blocked ({}): {}. Build it anew with packages that are mended, or name "
      "under 'allow' of 'scan_findings' what is accepted",
      image, counted(blocked), fmt::join(names, "; "));
}

ScanJudgement judge_one(const ImageScan& scan, const Plan& plan) {
  const std::string image = image_of(scan, plan);
  switch (scan.progress) {
    case ScanProgress::Pending: return {Verdict::Wait, fmt::format("{} is not judged yet: {}", image, scan.reason)};
    case ScanProgress::Useless: return {Verdict::Refused, fmt::format("{} cannot be judged: {}", image, scan.reason)};
    case ScanProgress::Done: break;
  }
  const std::vector<image::Vulnerability> blocked = blocked_in(scan, *plan.scan_gate);
  if (blocked.empty()) return {Verdict::Passed, ""};
  return {Verdict::Refused, sentence_of(blocked, image)};
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Passed: return "passed";
    case Verdict::Wait: return "wait";
    case Verdict::Refused: return "refused";
  }
  std::unreachable();
}

ScanJudgement judge(const Result<std::vector<ImageScan>>& scans, const Plan& plan) {
  SLUICE_ASSERT(plan.scan_gate.has_value());
  if (!scans) {
    const std::string sentence = fmt::format("{}'s image: {}", plan.service.service, scans.error().message);
    return {is_retryable(scans.error().kind) ? Verdict::Wait : Verdict::Refused, sentence};
  }
  SLUICE_ASSERT(!scans->empty());
  ScanJudgement worst{Verdict::Passed, ""};
  for (const ImageScan& scan : *scans) {
    ScanJudgement judgement = judge_one(scan, plan);
    if (judgement.verdict > worst.verdict) worst = std::move(judgement);
  }
  return worst;
}

}  // namespace sluice::rollout
