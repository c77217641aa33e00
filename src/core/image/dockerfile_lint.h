// What `sluice lint` says of a Dockerfile, without building it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/position.h"

namespace sluice::image {

/// Errors: what the parser found; a HEALTHCHECK that calls a program which a known slim base lacks and nothing
/// installs; a start command that `pip install --target` put where PATH does not lead. Warnings: a base without a tag
/// or with `latest`, ADD of a URL, a second CMD, ENTRYPOINT or HEALTHCHECK in one stage, a secret in ENV or ARG.
/// Notes: a start command in shell form, no HEALTHCHECK, no EXPOSE, no USER. In the order of the file.
/// `args`: build arguments as sluice.yaml gives them.
Findings lint_dockerfile(std::string_view text, std::string_view file,
                         const std::map<std::string, std::string>& args = {});

}  // namespace sluice::image
