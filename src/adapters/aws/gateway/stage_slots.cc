#include "adapters/aws/gateway/stage_slots.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"

namespace sluice::aws::gateway {
namespace {

namespace json = boost::json;

Status write_whole(const std::string& path, const std::string& text) {
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::binary);
  file << text << "\n";
  file.close();
  if (file) std::filesystem::rename(beside, path, failed);
  if (file && !failed) return {};
  return Error{ErrorKind::Unavailable, fmt::format("cannot keep what is known of a stage in {}", path)};
}

}  // namespace

std::string StageSlots::path_of(const rollout::ServiceKey& service) const {
  return fmt::format("{}/aws-stages/{}.json", home_, sha1_hex(service.to_string()));
}

/// With the lock.
Result<Slots> StageSlots::load(const rollout::ServiceKey& service) const {
  if (const auto known = slots_.find(service); known != slots_.end()) return known->second;
  const std::string path = path_of(service);
  std::ifstream file(path, std::ios::binary);
  if (!file) return Slots{};
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  json::error_code failed;
  const json::value value = json::parse(text, failed);
  if (failed || !value.is_object()) {
    return Error{ErrorKind::Unavailable,
                 fmt::format("{} is damaged: it says which deployments both colours of {} are. Remove it when no "
                             "deployment of that is under way",
                             path, service.to_string())};
  }
  return slots_[service] = {text_member(value.get_object(), "a"), text_member(value.get_object(), "b")};
}

Result<Slots> StageSlots::read(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  return load(service);
}

Status StageSlots::note(const rollout::ServiceKey& service, rollout::Slot slot, const std::string& deployment) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(Slots slots, load(service));
  if (slots[place_of(slot)] == deployment) return {};
  slots[place_of(slot)] = deployment;
  TRY(write_whole(path_of(service), json::serialize(json::object{{"a", slots[0]}, {"b", slots[1]}})));
  slots_[service] = slots;
  return {};
}

}  // namespace sluice::aws::gateway
