// The actions that sluice carries out itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::workflow {

enum class BuiltinAction { Checkout, SetupPython, SetupNode, Cache, UploadArtifact, DownloadArtifact };

/// The action that `uses` (`actions/checkout@v4`) names; nothing when sluice has none of that name. The version
/// after `@` does not count: each built-in action is of one kind.
std::optional<BuiltinAction> find_builtin_action(std::string_view uses);

/// What keeps this machine (Linux, no containers around jobs) from running a job with this label, or nothing.
std::optional<std::string> label_mistake(std::string_view runs_on_label);

/// Why sluice cannot carry out a step that `uses` this, or nothing.
std::optional<std::string> uses_mistake(std::string_view uses);

}  // namespace sluice::workflow
