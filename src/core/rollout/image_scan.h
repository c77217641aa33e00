// What a registry's own scan says of an image, and whether a deployment may begin with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/image/scan_report.h"
#include "core/rollout/plan.h"

namespace sluice::rollout {

enum class ScanProgress {
  Done,     ///< `report` has what was found.
  Pending,  ///< Nothing is known yet.
  Useless,  ///< There are no findings to judge by, and waiting does not bring them.
};

struct ImageScan {
  std::string platform;  ///< `linux/arm64`, of one of several images under one digest; empty: there is no other.
  ScanProgress progress = ScanProgress::Pending;
  std::string reason;  ///< Why there are no findings, and what to do about it; empty when it is done.
  image::ScanReport report = {};
  friend bool operator==(const ImageScan&, const ImageScan&) = default;
};

struct ScanJudgement {
  enum class Verdict { Passed, Wait, Refused };
  Verdict verdict = Verdict::Wait;
  std::string sentence;  ///< For people; empty when it passed.
  friend bool operator==(const ScanJudgement&, const ScanJudgement&) = default;
};

/// Findings of a blocked severity in an image's names, at most; the rest is counted.
inline constexpr std::size_t kFindingsTold = 5;

std::string_view to_string(ScanJudgement::Verdict verdict);

/// Judges the images under GREEN's digest, one at least, by the plan's gate, which must be there. Each of them must
/// pass, since the plan does not say which of them will run; one that does not refuses whatever is not known of the
/// others. Of a registry that could not be asked: it may answer later, or never does.
ScanJudgement judge(const Result<std::vector<ImageScan>>& scans, const Plan& plan);

}  // namespace sluice::rollout
