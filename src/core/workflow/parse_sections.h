// The parts of `parse_workflow`, a file each.
#pragma once

#include <optional>
#include <vector>

#include "core/workflow/reader.h"
#include "core/workflow/workflow.h"
#include "core/yaml/document.h"

namespace sluice::workflow {

std::vector<Trigger> parse_triggers(Reader& reader, const yaml::Node& node);
std::optional<Job> parse_job(Reader& reader, const yaml::Member& member);
std::vector<Step> parse_steps(Reader& reader, const yaml::Node& node);

std::optional<Concurrency> parse_concurrency(Reader& reader, const yaml::Node& node, const ExpressionPlace& place);
RunDefaults parse_defaults(Reader& reader, const yaml::Node& node, const ExpressionPlace& place);
std::optional<Field> parse_permissions(Reader& reader, const yaml::Node& node);

/// Held against one another: needs, ids, and what expressions name.
void check_references(Reader& reader, const Workflow& workflow);

}  // namespace sluice::workflow
