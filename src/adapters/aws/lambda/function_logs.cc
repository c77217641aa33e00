#include "adapters/aws/lambda/function_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "adapters/aws/lambda/function_service.h"
#include "adapters/aws/lambda/log_stream_name.h"
#include "adapters/aws/log_events.h"

namespace sluice::aws::lambda {
namespace {

std::string own_group_of(const rollout::LambdaTarget& place) {
  return "/aws/lambda/" + rollout::name_of_function(place.function);
}

Error no_version(const std::string& revision, const rollout::LambdaTarget& place) {
  return {ErrorKind::NotFound, fmt::format("the function {} has no version yet that is the revision {}",
                                           rollout::name_of_function(place.function), revision)};
}

}  // namespace

Result<std::string> FunctionLogs::group_of(const rollout::LambdaTarget& place, const std::string& version,
                                           const std::stop_token& stop) {
  const std::pair key{place.region + " " + place.role + " " + place.function, version};
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = groups_.find(key); known != groups_.end()) return known->second;
  }
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const FunctionConfiguration configuration, FunctionService(*client, place).configuration(version, stop));
  const std::lock_guard lock(mutex_);
  return groups_[key] = configuration.log_group.empty() ? own_group_of(place) : configuration.log_group;
}

Result<RevisionLines> FunctionLogs::read(const rollout::ServiceKey& service, const rollout::LambdaTarget& place,
                                         const std::set<std::string>& revisions, TimePoint from, TimePoint until,
                                         const std::stop_token& stop) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const Notes notes, notes_.read(service));
  const std::string function = rollout::name_of_function(place.function);
  RevisionLines result{.until = until};
  std::map<std::string, Result<std::vector<LogEvent>>> read;  // by log group
  for (const std::string& revision : revisions) {
    const std::string version = version_of(notes, revision);
    if (version.empty()) {
      result.lines.emplace(revision, no_version(revision, place));
      continue;
    }
    TRY_ASSIGN(const std::string group, group_of(place, version, stop));
    if (!read.contains(group)) {
      auto span = possible_errors(*client, {place.region, group, ""}, from, result.until, stop);
      // Lambda makes the group when the function first logs.
      if (!span && span.error().kind != ErrorKind::NotFound) return std::move(span.error());
      if (span) result.until = std::min(result.until, span->until);
      read.emplace(group, span ? std::move(span->events) : std::vector<LogEvent>());
    }
    std::vector<LogEvent> own;
    std::ranges::copy_if(*read.at(group), std::back_inserter(own),
                         [&](const LogEvent& event) { return version_of_stream(event.stream, function) == version; });
    result.lines.emplace(revision, std::move(own));
  }
  for (auto& [revision, lines] : result.lines) {
    if (lines) std::erase_if(*lines, [&](const LogEvent& event) { return event.at >= result.until; });
  }
  return result;
}

Result<std::vector<std::string>> FunctionLogs::tail(const rollout::ServiceKey& service,
                                                    const rollout::LambdaTarget& place, const std::string& revision,
                                                    int lines, const std::stop_token& stop) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const Notes notes, notes_.read(service));
  const std::string version = version_of(notes, revision);
  if (version.empty()) return no_version(revision, place);
  TRY_ASSIGN(const std::string group, group_of(place, version, stop));
  const std::string function = rollout::name_of_function(place.function);
  const bool is_own = group != own_group_of(place);
  std::vector<std::string> streams;
  for (const std::chrono::days ago : {std::chrono::days{0}, std::chrono::days{1}}) {
    const std::string prefix = stream_prefix(clock_.now() - ago, function, version, is_own);
    TRY_ASSIGN(const std::vector<std::string> found, newest_streams(*client, group, prefix, stop));
    streams.insert(streams.end(), found.begin(), found.end());
    if (!streams.empty()) break;
  }
  if (streams.empty()) {
    return Error{ErrorKind::NotFound,
                 fmt::format("version {} of the function {} has logged nothing in the log group {} today or yesterday",
                             version, function, group)};
  }
  streams.resize(std::min(streams.size(), kInstancesOfTail));
  return last_lines_of(*client, group, streams, lines, stop);
}

}  // namespace sluice::aws::lambda
