#include "core/analysis/verdict.h"

#include <utility>

namespace sluice::analysis {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok: return "ok";
    case Verdict::Breaching: return "breaching";
    case Verdict::NoData: return "no_data";
    case Verdict::Error: return "error";
  }
  std::unreachable();
}

std::optional<Verdict> parse_verdict(std::string_view name) {
  for (Verdict verdict : {Verdict::Ok, Verdict::Breaching, Verdict::NoData, Verdict::Error}) {
    if (to_string(verdict) == name) return verdict;
  }
  return std::nullopt;
}

}  // namespace sluice::analysis
