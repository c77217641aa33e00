#include "adapters/aws/forward_action.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

namespace sluice::aws {
namespace {

namespace json = boost::json;

std::string text_at(const json::value& value, std::string_view pointer) {
  json::error_code failed;
  const json::value* found = value.find_pointer(pointer, failed);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

const json::array* groups_of(const json::value& action) {
  json::error_code failed;
  const json::value* found = action.find_pointer("/ForwardConfig/TargetGroups", failed);
  return found == nullptr ? nullptr : found->if_array();
}

/// A group without a weight has weight 1 (TargetGroupTuple of the API reference).
int weight_of(const json::value& group) {
  const std::string text = text_at(group, "/Weight");
  int weight = 1;
  std::from_chars(text.data(), text.data() + text.size(), weight);
  return weight;
}

Result<std::size_t> forward_index(const json::array& actions) {
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (text_at(actions[i], "/Type") == "forward") return i;
  }
  return Error{ErrorKind::Conflict, "none of its actions forwards to target groups any more"};
}

/// As AWS wants an action back that it has given.
void make_acceptable(json::value& action) {
  json::error_code failed;
  json::value* oidc = action.find_pointer("/AuthenticateOidcConfig", failed);
  if (oidc != nullptr && oidc->is_object()) oidc->get_object()["UseExistingClientSecret"] = "true";
}

/// An empty element of the answer says that a member is not set.
void drop_empty(json::value& value) {
  if (json::object* object = value.if_object()) {
    for (auto member = object->begin(); member != object->end();) {
      const bool is_empty = member->value().is_string() && member->value().get_string().empty();
      if (is_empty) {
        member = object->erase(member);
      } else {
        drop_empty(member->value());
        ++member;
      }
    }
  } else if (json::array* array = value.if_array()) {
    for (json::value& item : *array) drop_empty(item);
  }
}

}  // namespace

std::vector<WeightedGroup> forwarded_groups(const json::array& actions) {
  const auto index = forward_index(actions);
  if (!index) return {};
  const json::array* listed = groups_of(actions[*index]);
  if (listed == nullptr) return {{text_at(actions[*index], "/TargetGroupArn"), 1}};
  std::vector<WeightedGroup> found;
  for (const json::value& group : *listed) found.push_back({text_at(group, "/TargetGroupArn"), weight_of(group)});
  return found;
}

Result<ForwardWeights> weights_of(const json::array& actions, const TargetGroupPair& groups) {
  TRY(forward_index(actions));
  ForwardWeights weights;
  const auto count = [&](const std::string& arn, int weight) -> Status {
    if (arn == groups[0]) {
      weights.has_a = true;
      weights.a = weight;
    } else if (arn == groups[1]) {
      weights.has_b = true;
      weights.b = weight;
    } else if (weight > 0) {
      return Error{ErrorKind::Conflict, fmt::format("it gives weight {} to {}, which is none of the two", weight, arn)};
    }
    return {};
  };
  for (const WeightedGroup& group : forwarded_groups(actions)) TRY(count(group.arn, group.weight));
  if (weights.has_a || weights.has_b) return weights;
  return Error{ErrorKind::Conflict, "it forwards to neither of the two target groups"};
}

Result<json::array> with_weights(const json::array& actions, const TargetGroupPair& groups, int a, int b,
                                 Unnamed unnamed) {
  TRY_ASSIGN(const ForwardWeights before, weights_of(actions, groups));
  TRY_ASSIGN(const std::size_t index, forward_index(actions));
  json::array result = actions;
  for (json::value& action : result) {
    drop_empty(action);
    make_acceptable(action);
  }
  json::object& forward = result[index].as_object();
  forward.erase("TargetGroupArn");  // says the same as a list of one
  if (!forward.contains("ForwardConfig") || !forward.at("ForwardConfig").is_object())
    forward["ForwardConfig"] = json::object{};
  json::object& config = forward.at("ForwardConfig").get_object();
  json::array kept;
  if (const json::array* listed = groups_of(actions[index])) {
    for (const json::value& group : *listed) {
      const std::string arn = text_at(group, "/TargetGroupArn");
      if (arn != groups[0] && arn != groups[1]) kept.push_back(group);
    }
  }
  json::array listed;
  const auto name = [&](const std::string& group, int weight, bool was_named) {
    if (weight == 0 && !was_named && unnamed == Unnamed::LeaveOut) return;
    listed.push_back({{"TargetGroupArn", group}, {"Weight", std::to_string(weight)}});
  };
  name(groups[0], a, before.has_a);
  name(groups[1], b, before.has_b);
  for (json::value& group : kept) listed.push_back(std::move(group));
  config["TargetGroups"] = std::move(listed);
  return result;
}

}  // namespace sluice::aws
