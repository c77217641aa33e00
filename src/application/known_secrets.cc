#include "application/known_secrets.h"

#include <algorithm>

#include "core/analysis/redacted.h"

namespace sluice::application {

void KnownSecrets::learn(const std::string& revision, workflow::Masks values) {
  const std::lock_guard lock(mutex_);
  std::erase_if(revisions_, [&](const auto& known) { return known.first == revision; });
  revisions_.emplace_back(revision, std::move(values));
  if (revisions_.size() > kMostRevisions) revisions_.pop_front();
}

std::optional<std::string> KnownSecrets::hide(const rollout::Revision& revision, const std::string& text) const {
  if (revision.secrets.empty()) return analysis::redacted(text);
  const std::lock_guard lock(mutex_);
  const auto known = std::ranges::find_if(revisions_, [&](const auto& each) { return each.first == revision.id; });
  if (known == revisions_.end()) return std::nullopt;
  return analysis::redacted(known->second.apply(text));
}

}  // namespace sluice::application
