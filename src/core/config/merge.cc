#include "core/config/merge.h"

#include <algorithm>

namespace sluice::config {
namespace {

using yaml::Member;
using yaml::Node;
using yaml::NodePointer;

/// The shape of a member's value; null where the shape does not say.
ShapePointer member_shape(const Shape& shape, std::string_view key) {
  if (const auto* map = std::get_if<MapOf>(&shape.of)) return map->value;
  if (const auto* object = std::get_if<Object>(&shape.of)) {
    const auto field = std::ranges::find(object->fields, key, &Field::name);
    return field == object->fields.end() ? nullptr : field->shape;
  }
  return nullptr;
}

/// The option that takes mappings, where there are several.
const Shape* mapping_option(const Shape* shape) {
  const auto* either = std::get_if<Either>(&shape->of);
  if (either == nullptr) return shape;
  for (const ShapePointer& option : either->options) {
    if (std::holds_alternative<Object>(option->of) || std::holds_alternative<MapOf>(option->of)) return option.get();
  }
  return shape;
}

bool merges(const Shape& shape) {
  if (const auto* object = std::get_if<Object>(&shape.of)) return !object->replaced_whole;
  return std::holds_alternative<MapOf>(shape.of);
}

}  // namespace

NodePointer merge(const NodePointer& below, const NodePointer& above, const Shape& given) {
  if (!below) return above;
  if (!above) return below;
  const Shape& shape = *mapping_option(&given);
  const bool both = below->type == yaml::Type::Mapping && above->type == yaml::Type::Mapping;
  if (!both || !merges(shape)) return above;
  auto merged = std::make_shared<Node>(*below);
  for (const Member& member : above->members) {
    const auto same = std::ranges::find(merged->members, member.key, &Member::key);
    if (same == merged->members.end()) {
      merged->members.push_back(member);
      continue;
    }
    const ShapePointer inner = member_shape(shape, member.key);
    same->value = inner ? merge(same->value, member.value, *inner) : member.value;
    if (same->value == member.value) same->key_at = member.key_at;
  }
  return merged;
}

}  // namespace sluice::config
