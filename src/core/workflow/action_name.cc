#include "core/workflow/action_name.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

constexpr std::array<std::pair<std::string_view, BuiltinAction>, 6> kBuiltins{{
    {"actions/checkout", BuiltinAction::Checkout},
    {"actions/setup-python", BuiltinAction::SetupPython},
    {"actions/setup-node", BuiltinAction::SetupNode},
    {"actions/cache", BuiltinAction::Cache},
    {"actions/upload-artifact", BuiltinAction::UploadArtifact},
    {"actions/download-artifact", BuiltinAction::DownloadArtifact},
}};

}  // namespace

std::optional<BuiltinAction> find_builtin_action(std::string_view uses) {
  const std::string_view name = uses.substr(0, uses.find('@'));
  for (const auto& [known, action] : kBuiltins) {
    if (equal_without_case(known, name)) return action;
  }
  return std::nullopt;
}

std::optional<std::string> label_mistake(std::string_view label) {
  for (const std::string_view other : {"windows", "macos"}) {
    const bool fits = label.size() >= other.size() && equal_without_case(label.substr(0, other.size()), other);
    if (fits) return fmt::format("'{}' asks for a machine that this one, with Linux, is not", label);
  }
  return std::nullopt;
}

std::optional<std::string> uses_mistake(std::string_view uses) {
  if (find_builtin_action(uses)) return std::nullopt;
  return fmt::format(
      "sluice cannot carry out '{}' on this machine yet: of actions it has checkout, setup-python, setup-node, "
      "cache, upload-artifact and download-artifact",
      uses);
}

}  // namespace sluice::workflow
