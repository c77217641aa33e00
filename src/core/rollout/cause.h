// Why a deployment was held or taken back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/analysis/particulars.h"

namespace sluice::rollout {

enum class CauseKind {
  Alarm,     ///< It breaches.
  NoData,    ///< It cannot answer, or too little was seen.
  Analysis,  ///< The comparison of both colours.
  AlreadyAlarming,
  Scan,  ///< What the registry's scan of the image found, or that there is none to judge by.
  GreenLost,
  Start,
  Hook,
  ReleaseCommand,
  Smoke,
  Router,
  Person,
  Cancelled,
  Superseded,
  HoldExpired
};
std::string_view to_string(CauseKind kind);
std::optional<CauseKind> parse_cause_kind(std::string_view name);

/// Why a deployment was held or taken back.
struct Cause {
  CauseKind kind = CauseKind::Person;
  std::string subject;   ///< The alarm, hook, stage or person.
  std::string sentence;  ///< For people, with figures.
  analysis::Particulars particulars = {};
  std::string because_of = {};  ///< The service of the release that took this one with it; empty: a cause of its own.
  friend bool operator==(const Cause&, const Cause&) = default;
};

}  // namespace sluice::rollout
