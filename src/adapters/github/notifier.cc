#include "adapters/github/notifier.h"

#include <algorithm>

#include "adapters/github/issue_text.h"

namespace sluice::github {
namespace {

constexpr const char* kApi = "https://api.github.com";
/// How far this clock may be ahead of GitHub's: an issue is looked for from so long before the deployment on.
constexpr Milliseconds kClockTolerance{10 * 60'000};

bool has_mark(const std::string& text, const std::string& mark) { return text.find(mark) != std::string::npos; }

const Issue* find(const std::vector<Issue>& issues, const std::string& incident) {
  const auto found =
      std::ranges::find_if(issues, [&](const Issue& issue) { return has_mark(issue.body, incident_mark(incident)); });
  return found == issues.end() ? nullptr : &*found;
}

Status comment_once(const Issues& issues, const Issue& issue, const ports::Message& message) {
  const std::string mark = message_mark(message);
  if (has_mark(issue.body, mark)) return {};  // it was made of this message
  TRY_ASSIGN(const auto comments, issues.comments(issue.number));
  if (std::ranges::any_of(comments, [&](const std::string& text) { return has_mark(text, mark); })) return {};
  return issues.comment(issue.number, comment_body(message));
}

Status open_once(const Issues& issues, const ports::Message& message) {
  TRY_ASSIGN(const auto there, issues.list(Which::All, message.about.began - kClockTolerance));
  if (const Issue* const issue = find(there, message.about.incident)) return comment_once(issues, *issue, message);
  TRY(issues.create(issue_title(message), issue_body(message)));
  return {};
}

/// An issue that a person has closed is left alone.
Status tell_of_the_end(const Issues& issues, const ports::Message& message) {
  TRY_ASSIGN(const auto open, issues.list(Which::Open, TimePoint{}));
  for (const std::string& incident : message.about.ended) {
    if (const Issue* const issue = find(open, incident)) TRY(comment_once(issues, *issue, message));
  }
  return {};
}

}  // namespace

Status Notifier::send(const ports::Recipient& to, const ports::Message& message) {
  const auto* repository = std::get_if<rollout::GitHubRepository>(&to.place);
  if (repository == nullptr) return Error{ErrorKind::InvalidInput, "this is no place on GitHub"};
  const auto named = variables_("GITHUB_API_URL");
  std::string api = named && !named->empty() ? *named : kApi;
  while (api.ends_with('/')) api.pop_back();
  const Issues issues({.api = std::move(api), .repository = repository->name, .token = to.secret}, http_);
  return message.about.ended.empty() ? open_once(issues, message) : tell_of_the_end(issues, message);
}

}  // namespace sluice::github
