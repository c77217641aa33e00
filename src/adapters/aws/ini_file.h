// The format of AWS's `~/.aws/config` and `~/.aws/credentials`.
// Rules: "Format of the config and credential files" in the AWS SDKs and Tools reference guide (file-format).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::aws {

/// Keys in lower case. A nested value (lines that are indented under a key without a value) has the name `key.nested`.
using IniSection = std::map<std::string, std::string>;
/// By the text between the brackets, runs of spaces made one: `default`, `profile staging`, `sso-session corp`.
using IniSections = std::map<std::string, IniSection>;

/// A section that occurs twice is merged, the later value wins. Comments begin with `#` or `;`, at a line's start or
/// after a space. Error: InvalidInput with line number, what stands there and what was expected; never with the line's
/// text, in which there may be a secret.
Result<IniSections> parse_ini(std::string_view text, const std::string& file);

}  // namespace sluice::aws
