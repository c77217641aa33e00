// Names in ARNs.
#pragma once

#include <string>

namespace sluice::aws {

/// What stands behind the last slash: the name of a cluster, a service or a role, the id of a task, `web:7` of a task
/// definition. All of it, where there is none: whoever takes an ARN takes a name, too.
inline std::string last_part(const std::string& name_or_arn) { return name_or_arn.substr(name_or_arn.rfind('/') + 1); }

}  // namespace sluice::aws
