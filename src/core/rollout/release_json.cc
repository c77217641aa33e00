#include "core/rollout/release_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "core/rollout/object_reader.h"
#include "core/rollout/text_array.h"

namespace sluice::rollout {
namespace {

namespace json = boost::json;

/// Counts from 0.
void read_round(ObjectReader& reader, std::string_view name, std::size_t& out) {
  int round = 0;
  reader.read(name, round);
  if (round < 0) reader.fail(name, "is no round");
  out = static_cast<std::size_t>(std::max(round, 0));
}

Result<ReleaseMember> read_release_member(const json::value& value, std::string path) {
  ReleaseMember member;
  ObjectReader reader(value, std::move(path));
  reader.read("deployment", member.deployment);
  reader.read("service", member.service);
  reader.read("after", member.after);
  // Not before schema 12: all rounds of the release were every member's.
  member.last_round = std::numeric_limits<std::size_t>::max();
  if (reader.has("first_round")) read_round(reader, "first_round", member.first_round);
  if (reader.has("last_round")) read_round(reader, "last_round", member.last_round);
  TRY(reader.finish());
  return member;
}

}  // namespace

json::value to_json(const Release& release) {
  json::array members;
  for (const ReleaseMember& member : release.members) {
    members.push_back({{"deployment", member.deployment},
                       {"service", member.service},
                       {"after", text_array(member.after)},
                       {"first_round", member.first_round},
                       {"last_round", member.last_round}});
  }
  return {{"id", release.id},
          {"members", std::move(members)},
          {"rounds", release.rounds},
          {"patience_milliseconds", release.patience.count()}};
}

Result<Release> read_release(const json::value& value, std::string path) {
  Release release;
  int rounds = 0;
  ObjectReader reader(value, std::move(path));
  reader.read("id", release.id);
  reader.read_list("members", release.members, read_release_member);
  reader.read("rounds", rounds);
  reader.read("patience_milliseconds", release.patience);
  TRY(reader.finish());
  if (rounds < 1) return Error{ErrorKind::InvalidInput, "a release has one round at least"};
  release.rounds = static_cast<std::size_t>(rounds);
  for (ReleaseMember& member : release.members) {
    member.last_round = std::min(member.last_round, release.rounds - 1);
  }
  return release;
}

}  // namespace sluice::rollout
