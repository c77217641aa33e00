// Text of a service's without what looks like a secret.
#pragma once

#include <string>
#include <string_view>

namespace sluice::analysis {

/// `***` in place of
/// - the value after a name that says what it is (`password=`, `"api_key": "…"`, `token:`, `authorization: Bearer …`),
/// - what follows `Bearer` or `Basic`, and the user and password of a URL,
/// - words of known forms: JSON web tokens, AWS key ids, keys that begin with `sk-`, `ghp_`, `xoxb-` and the like,
/// - all from `-----BEGIN` on.
/// It rather hides too much: it is for lines that are shown as evidence. What no rule knows stays.
std::string redacted(std::string_view text);

}  // namespace sluice::analysis
