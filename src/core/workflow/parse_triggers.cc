#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/workflow/cron.h"
#include "core/workflow/parse_sections.h"
#include "core/workflow/places.h"

namespace sluice::workflow {
namespace {

using std::string_view;

constexpr string_view kEvents[] = {"branch_protection_rule",
                                   "check_run",
                                   "check_suite",
                                   "create",
                                   "delete",
                                   "deployment",
                                   "deployment_status",
                                   "discussion",
                                   "discussion_comment",
                                   "fork",
                                   "gollum",
                                   "image_version",
                                   "issue_comment",
                                   "issues",
                                   "label",
                                   "merge_group",
                                   "milestone",
                                   "page_build",
                                   "project",
                                   "project_card",
                                   "project_column",
                                   "public",
                                   "pull_request",
                                   "pull_request_review",
                                   "pull_request_review_comment",
                                   "pull_request_target",
                                   "push",
                                   "registry_package",
                                   "release",
                                   "repository_dispatch",
                                   "schedule",
                                   "status",
                                   "watch",
                                   "workflow_call",
                                   "workflow_dispatch",
                                   "workflow_run"};

constexpr string_view kPushKeys[] = {"branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore"};
constexpr string_view kPullRequestKeys[] = {"types", "branches", "branches-ignore", "paths", "paths-ignore"};
constexpr string_view kMergeGroupKeys[] = {"types", "branches", "branches-ignore"};
constexpr string_view kWorkflowRunKeys[] = {"workflows", "types", "branches", "branches-ignore"};
constexpr string_view kDispatchKeys[] = {"inputs"};
constexpr string_view kCallKeys[] = {"inputs", "outputs", "secrets"};
constexpr string_view kOtherKeys[] = {"types"};

constexpr string_view kDispatchInputKeys[] = {"description", "required", "default",
                                              "type",        "options",  "deprecationMessage"};
constexpr string_view kCallInputKeys[] = {"description", "required", "default", "type", "deprecationMessage"};
constexpr string_view kDispatchTypes[] = {"string", "boolean", "choice", "environment", "number"};
constexpr string_view kCallTypes[] = {"string", "boolean", "number"};

std::span<const string_view> keys_of(string_view event) {
  if (event == "push") return kPushKeys;
  if (event == "pull_request" || event == "pull_request_target") return kPullRequestKeys;
  if (event == "merge_group") return kMergeGroupKeys;
  if (event == "workflow_run") return kWorkflowRunKeys;
  if (event == "workflow_dispatch") return kDispatchKeys;
  if (event == "workflow_call") return kCallKeys;
  return kOtherKeys;
}

void add_patterns(Reader& reader, const yaml::Node& node, string_view key, bool paths, Filter& filter) {
  for (const Reader::Word& word : reader.words(node, fmt::format("'{}'", key))) {
    if (filter.sort == Filter::Sort::Ignore && word.text.starts_with('!')) {
      reader.error(word.at, fmt::format("'{}' takes no pattern with '!'", key));
      continue;
    }
    if (auto added = filter.patterns.add(word.text); !added) {
      const Position at{word.at.line, word.at.column + static_cast<int>(added.error().offset)};
      reader.error(at, fmt::format("the pattern '{}' cannot be used: {}", word.text, added.error().message));
      continue;
    }
    if (paths && (word.text.starts_with("./") || word.text.starts_with('/') || word.text.starts_with("../"))) {
      reader.warning(word.at, fmt::format("'{}' fits no file: paths begin at the root of the repository, without './' "
                                          "or '/'",
                                          word.text));
    }
  }
  if (filter.sort == Filter::Sort::Only && !filter.patterns.empty() && !filter.patterns.has_positive()) {
    reader.error(node.begin,
                 fmt::format("'{}' has only patterns with '!', which take out of nothing: add one without, such "
                             "as '**', before them",
                             key));
  }
}

Filter parse_filter(Reader& reader, const yaml::Node& node, const std::string& key) {
  Filter filter;
  const std::string ignore_key = key + "-ignore";
  const yaml::Member* only = node.find_member(key);
  const yaml::Member* ignore = node.find_member(ignore_key);
  if (only != nullptr && ignore != nullptr) {
    reader.error(ignore->key_at, fmt::format("'{}' and '{}' exclude each other: put '!' before patterns of '{}'", key,
                                             ignore_key, key));
    return filter;
  }
  const yaml::Member* written = only != nullptr ? only : ignore;
  if (written == nullptr) return filter;
  filter.sort = only != nullptr ? Filter::Sort::Only : Filter::Sort::Ignore;
  filter.at = written->key_at;
  add_patterns(reader, *written->value, written->key, key == "paths", filter);
  return filter;
}

Input::Type input_type(Reader& reader, const yaml::Node* node, bool is_dispatch) {
  if (node == nullptr) return Input::Type::String;
  const auto text = reader.plain_text(*node, "an input's type");
  if (!text) return Input::Type::String;
  const std::span<const string_view> types = is_dispatch ? std::span<const string_view>(kDispatchTypes) : kCallTypes;
  if (std::find(types.begin(), types.end(), *text) == types.end()) {
    reader.error(node->begin, fmt::format("an input's type is one of {}, not '{}'{}", fmt::join(types, ", "), *text,
                                          did_you_mean(*text, types)));
  }
  if (*text == "boolean") return Input::Type::Boolean;
  if (*text == "number") return Input::Type::Number;
  if (*text == "choice") return Input::Type::Choice;
  if (*text == "environment") return Input::Type::Environment;
  return Input::Type::String;
}

void check_default(Reader& reader, const Input& input, const yaml::Node& node) {
  switch (input.type) {
    case Input::Type::Boolean:
      if (input.default_value.kind() != Kind::Boolean) {
        reader.error(node.begin, fmt::format("the default of the boolean input '{}' is true or false", input.name));
      }
      break;
    case Input::Type::Number:
      if (std::isnan(to_number(input.default_value))) {
        reader.error(node.begin, fmt::format("the default of the number input '{}' is a number", input.name));
      }
      break;
    case Input::Type::Choice:
      if (std::find(input.options.begin(), input.options.end(), to_text(input.default_value)) == input.options.end()) {
        reader.error(node.begin, fmt::format("the default of '{}' is one of its options ({}), not '{}'", input.name,
                                             fmt::join(input.options, ", "), to_text(input.default_value)));
      }
      break;
    case Input::Type::String:
    case Input::Type::Environment: break;
  }
}

Value default_of(const Input& input, const yaml::Node& node) {
  switch (node.type) {
    case yaml::Type::Null: return {};
    case yaml::Type::Boolean: return input.type == Input::Type::Boolean ? Value(node.boolean) : Value(node.text);
    case yaml::Type::Integer:
    case yaml::Type::Float: return input.type == Input::Type::Number ? Value(node.number) : Value(node.text);
    default: return Value(node.text);
  }
}

void parse_default(Reader& reader, const yaml::Node& node, bool is_dispatch, Input& input) {
  if (!node.is_scalar()) {
    reader.error(node.begin, fmt::format("the default of '{}' is one value", input.name));
    return;
  }
  if (!is_dispatch && node.text.find("${{") != std::string::npos) {
    reader.field(node, places::kDispatchInput);
    return;
  }
  input.default_value = default_of(input, node);
  if (!input.default_value.is_null()) check_default(reader, input, node);
}

Input parse_input(Reader& reader, const yaml::Member& member, bool is_dispatch) {
  Input input;
  input.name = member.key;
  input.at = member.key_at;
  reader.check_id(member.key, member.key_at, "an input's name");
  const yaml::Node& node = *member.value;
  if (node.type == yaml::Type::Null) return input;
  const std::span<const string_view> keys =
      is_dispatch ? std::span<const string_view>(kDispatchInputKeys) : std::span<const string_view>(kCallInputKeys);
  if (!reader.has_only(node, keys, "an input")) return input;
  if (const yaml::Node* description = node.find("description")) input.description = description->text;
  if (const yaml::Node* required = node.find("required")) {
    if (required->type != yaml::Type::Boolean) reader.error(required->begin, "'required' is true or false");
    input.required = required->boolean;
  }
  input.type = input_type(reader, node.find("type"), is_dispatch);
  if (!is_dispatch && node.find("type") == nullptr) {
    reader.error(member.key_at, fmt::format("the input '{}' of a called workflow needs a type", member.key));
  }
  if (const yaml::Node* options = node.find("options")) {
    for (Reader::Word& word : reader.words(*options, "an option")) input.options.push_back(std::move(word.text));
  }
  if (input.type == Input::Type::Choice && input.options.empty()) {
    reader.error(member.key_at, fmt::format("the choice '{}' needs options", member.key));
  }
  if (const yaml::Node* value = node.find("default")) parse_default(reader, *value, is_dispatch, input);
  return input;
}

void parse_schedule(Reader& reader, const yaml::Node& node, Trigger& trigger) {
  if (node.type != yaml::Type::Sequence || node.items.empty()) {
    reader.error(node.begin, "'schedule' is a list of entries with 'cron'");
    return;
  }
  constexpr string_view kKeys[] = {"cron", "timezone"};
  for (const auto& item : node.items) {
    if (!reader.has_only(*item, kKeys, "a schedule's entry")) continue;
    const yaml::Node* cron = item->find("cron");
    if (cron == nullptr) {
      reader.error(item->begin, "a schedule's entry needs 'cron'");
      continue;
    }
    const auto line = reader.plain_text(*cron, "'cron'");
    if (!line) continue;
    if (const auto mistake = cron_mistake(*line)) {
      reader.error(cron->begin, *mistake);
      continue;
    }
    trigger.crons.push_back(*line);
  }
}

void parse_call(Reader& reader, const yaml::Node& node) {
  constexpr string_view kOutputKeys[] = {"description", "value"};
  constexpr string_view kSecretKeys[] = {"description", "required"};
  if (const yaml::Node* outputs = node.find("outputs");
      outputs != nullptr && reader.is_mapping(*outputs, "'outputs'")) {
    for (const yaml::Member& output : outputs->members) {
      if (!reader.has_only(*output.value, kOutputKeys, "an output")) continue;
      if (const yaml::Node* value = output.value->find("value")) {
        reader.scalar(*value, places::kCallOutput, "an output's value");
      } else {
        reader.error(output.key_at, fmt::format("the output '{}' needs a value", output.key));
      }
    }
  }
  if (const yaml::Node* secrets = node.find("secrets");
      secrets != nullptr && reader.is_mapping(*secrets, "'secrets'")) {
    for (const yaml::Member& secret : secrets->members) {
      if (secret.value->type != yaml::Type::Null) reader.has_only(*secret.value, kSecretKeys, "a secret");
    }
  }
}

void parse_details(Reader& reader, const yaml::Node& node, Trigger& trigger) {
  if (trigger.event == "schedule") return parse_schedule(reader, node, trigger);
  if (node.type == yaml::Type::Null) return;
  if (!reader.has_only(node, keys_of(trigger.event), fmt::format("'{}'", trigger.event))) return;
  if (const yaml::Node* types = node.find("types")) {
    for (Reader::Word& word : reader.words(*types, "an activity type")) trigger.types.push_back(std::move(word.text));
  }
  trigger.branches = parse_filter(reader, node, "branches");
  trigger.tags = parse_filter(reader, node, "tags");
  trigger.paths = parse_filter(reader, node, "paths");
  const bool is_dispatch = trigger.event == "workflow_dispatch";
  if (const yaml::Node* inputs = node.find("inputs"); inputs != nullptr && inputs->type != yaml::Type::Null) {
    if (reader.is_mapping(*inputs, "'inputs'")) {
      for (const yaml::Member& member : inputs->members) {
        trigger.inputs.push_back(parse_input(reader, member, is_dispatch));
      }
    }
  }
  if (trigger.event == "workflow_call") parse_call(reader, node);
}

std::optional<Trigger> trigger_named(Reader& reader, const std::string& event, Position at) {
  if (std::find(std::begin(kEvents), std::end(kEvents), event) == std::end(kEvents)) {
    reader.error(
        at, fmt::format("nothing is called '{}' that could start a workflow{}", event, did_you_mean(event, kEvents)));
    return std::nullopt;
  }
  Trigger trigger;
  trigger.event = event;
  trigger.at = at;
  return trigger;
}

}  // namespace

std::vector<Trigger> parse_triggers(Reader& reader, const yaml::Node& node) {
  std::vector<Trigger> triggers;
  if (node.type == yaml::Type::Mapping) {
    reader.is_mapping(node, "'on'");
    for (const yaml::Member& member : node.members) {
      auto trigger = trigger_named(reader, member.key, member.key_at);
      if (!trigger) continue;
      parse_details(reader, *member.value, *trigger);
      triggers.push_back(*std::move(trigger));
    }
  } else {
    for (const Reader::Word& word : reader.words(node, "a trigger")) {
      auto trigger = trigger_named(reader, word.text, word.at);
      if (!trigger) continue;
      if (trigger->event == "schedule") reader.error(word.at, "'schedule' needs a list of cron lines");
      triggers.push_back(*std::move(trigger));
    }
  }
  if (triggers.empty() && !has_errors(reader.findings()))
    reader.error(node.begin, "'on' names nothing that starts the workflow");
  return triggers;
}

}  // namespace sluice::workflow
