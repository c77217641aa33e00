#include "cli/journal_variable.h"

#include <cstdlib>
#include <utility>

namespace sluice::cli {

Result<std::optional<rollout::JournalPlace>> journal_place_of_environment() {
  const char* const text = std::getenv(rollout::kJournalVariable);
  if (text == nullptr || *text == '\0') return std::optional<rollout::JournalPlace>();
  TRY_ASSIGN(rollout::JournalPlace place, rollout::parse_journal_place(text));
  return std::optional(std::move(place));
}

}  // namespace sluice::cli
