#include "core/config/reader.h"

#include <algorithm>

#include "core/config/arn.h"

namespace sluice::config {

using yaml::Node;

bool Reader::has_bad_member(const Node& mapping) const {
  return std::ranges::any_of(mapping.members, [&](const yaml::Member& member) { return is_bad(member.value.get()); });
}

const Node* Reader::get(const Node* parent, std::string_view key) const {
  if (parent == nullptr) return nullptr;
  const Node* node = parent->find(key);
  return node == nullptr || is_bad(node) ? nullptr : node;
}

bool Reader::read(const Node* parent, std::string_view key, std::string& out) const {
  const Node* node = get(parent, key);
  if (node != nullptr) out = node->text;
  return node != nullptr;
}

bool Reader::read(const Node* parent, std::string_view key, int& out) const {
  const Node* node = get(parent, key);
  if (node != nullptr) out = static_cast<int>(node->integer);  // the shape's range fits an int
  return node != nullptr;
}

bool Reader::read(const Node* parent, std::string_view key, long& out) const {
  const Node* node = get(parent, key);
  if (node != nullptr) out = node->integer;
  return node != nullptr;
}

bool Reader::read(const Node* parent, std::string_view key, bool& out) const {
  const Node* node = get(parent, key);
  if (node != nullptr) out = node->boolean;
  return node != nullptr;
}

bool Reader::read(const Node* parent, std::string_view key, Milliseconds& out) const {
  const Node* node = get(parent, key);
  if (node == nullptr) return false;
  const Result<Milliseconds> span = parse_duration(node->text);
  if (span) out = *span;
  return span.has_value();
}

bool Reader::read(const Node* parent, std::string_view key, std::vector<std::string>& out) const {
  const Node* node = get(parent, key);
  if (node == nullptr) return false;
  out.clear();
  for (const auto& item : node->items) {
    if (!is_bad(item.get())) out.push_back(item->text);
  }
  return true;
}

bool Reader::read(const Node* parent, std::string_view key, std::map<std::string, std::string>& out) const {
  const Node* node = get(parent, key);
  if (node == nullptr) return false;
  for (const yaml::Member& member : node->members) {
    if (!is_bad(member.value.get())) out[member.key] = member.value->text;
  }
  return true;
}

std::optional<rollout::SecretSource> Reader::secret(const Node* node, const rollout::AwsAccess& access) const {
  if (node == nullptr || is_bad(node)) return std::nullopt;
  const auto where = [&access](const std::string& name) {
    rollout::AwsAccess found = access;
    if (const auto region = arn_part(name, kArnRegion); !region.empty()) found.region = region;
    return found;
  };
  if (rollout::SecretFile file; read(node, "file", file.path)) return file;
  if (rollout::SecretCommand command; read(node, "command", command.argv)) return command;
  if (rollout::SecretVariable variable; read(node, "env", variable.name)) return variable;
  if (rollout::AwsSecret secret; read(node, "aws_secret", secret.id)) {
    read(node, "key", secret.key);
    secret.access = where(secret.id);
    return secret;
  }
  if (rollout::AwsParameter parameter; read(node, "ssm", parameter.name)) {
    parameter.access = where(parameter.name);
    return parameter;
  }
  return std::nullopt;
}

}  // namespace sluice::config
