// What a revision of a gateway or of flags deploys, as `Revision::image` names it.
#pragma once

#include <string>
#include <string_view>

namespace sluice::rollout {

/// `gateway/rest.openapi.yaml sha256=HEX`: a file and the hash of its bytes.
std::string definition_text(std::string_view file, std::string_view sha256);

/// `the API as it was for REVISION`: without a file what the API has at that time is deployed. The same for no two
/// revisions, since nobody can tell whether an API has changed.
std::string as_it_was_text(std::string_view revision);

/// `deployment abc123`: one that is there already, and that nobody here has made.
std::string deployment_text(std::string_view deployment);

/// The hash in a `definition_text`; empty of the others.
std::string sha256_in(std::string_view text);

}  // namespace sluice::rollout
