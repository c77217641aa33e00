#include "core/workflow/trigger.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/nearest_name.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

constexpr std::string_view kBranchPrefix = "refs/heads/";
constexpr std::string_view kTagPrefix = "refs/tags/";

bool passes_name(const Filter& filter, std::string_view name) {
  switch (filter.sort) {
    case Filter::Sort::None: return true;
    case Filter::Sort::Only: return filter.patterns.matches(name);
    case Filter::Sort::Ignore: return !filter.patterns.matches(name);
  }
  std::unreachable();
}

/// `paths` passes when one file fits; `paths-ignore` fails only when all do.
bool passes_paths(const Filter& filter, const std::vector<std::string>& paths) {
  const auto fits = [&](const std::string& path) { return filter.patterns.matches(path); };
  switch (filter.sort) {
    case Filter::Sort::None: return true;
    case Filter::Sort::Only: return std::any_of(paths.begin(), paths.end(), fits);
    case Filter::Sort::Ignore: return paths.empty() || !std::all_of(paths.begin(), paths.end(), fits);
  }
  std::unreachable();
}

Decision no(std::string reason) { return Decision{false, std::move(reason)}; }

Decision decide_tag(const Trigger& trigger, std::string_view tag) {
  if (trigger.tags.sort == Filter::Sort::None && trigger.branches.sort != Filter::Sort::None) {
    return no(fmt::format("'{}' is a tag, and the trigger names branches only", tag));
  }
  if (!passes_name(trigger.tags, tag)) return no(fmt::format("the tag '{}' does not pass the filter of tags", tag));
  return Decision{true, {}};
}

Decision decide_branch(const Trigger& trigger, std::string_view branch, const std::vector<std::string>& paths) {
  if (trigger.branches.sort == Filter::Sort::None && trigger.tags.sort != Filter::Sort::None) {
    return no(fmt::format("'{}' is a branch, and the trigger names tags only", branch));
  }
  if (!passes_name(trigger.branches, branch)) {
    return no(fmt::format("the branch '{}' does not pass the filter of branches", branch));
  }
  if (!passes_paths(trigger.paths, paths)) {
    return no(trigger.paths.sort == Filter::Sort::Only ? "no changed file fits the filter of paths"
                                                       : "all changed files fit paths-ignore");
  }
  return Decision{true, {}};
}

Error refuse(const Input& input, std::string_view what) {
  return Error{ErrorKind::InvalidInput, fmt::format("the input '{}' {}", input.name, what)};
}

Result<Value> convert(const Input& input, const std::string& text) {
  switch (input.type) {
    case Input::Type::String:
    case Input::Type::Environment: return Value(text);
    case Input::Type::Boolean:
      if (equal_without_case(text, "true")) return Value(true);
      if (equal_without_case(text, "false")) return Value(false);
      return refuse(input, fmt::format("is true or false, not '{}'", text));
    case Input::Type::Number: {
      const double number = parse_number(text);
      if (text.empty() || std::isnan(number)) return refuse(input, fmt::format("is a number, not '{}'", text));
      return Value(number);
    }
    case Input::Type::Choice:
      if (std::find(input.options.begin(), input.options.end(), text) != input.options.end()) return Value(text);
      return refuse(input, fmt::format("is one of {}, not '{}'", fmt::join(input.options, ", "), text));
  }
  std::unreachable();
}

/// What an input has that nobody gave: its default, else the first option of a choice, else its type's nothing.
Value value_without_word(const Input& input) {
  if (!input.default_value.is_null()) return input.default_value;
  switch (input.type) {
    case Input::Type::Boolean: return false;
    case Input::Type::Number: return 0.0;
    case Input::Type::Choice: return input.options.empty() ? Value("") : Value(input.options.front());
    case Input::Type::String:
    case Input::Type::Environment: return "";
  }
  std::unreachable();
}

Error undeclared(const std::vector<Input>& declared, const std::string& name) {
  if (declared.empty()) {
    return Error{ErrorKind::InvalidInput, fmt::format("the workflow has no input '{}': it declares none", name)};
  }
  std::vector<std::string_view> names;
  for (const Input& input : declared) names.push_back(input.name);
  const auto nearest = nearest_name(name, names);
  return Error{ErrorKind::InvalidInput, fmt::format("the workflow has no input '{}'{}", name,
                                                    nearest ? fmt::format(": did you mean '{}'?", *nearest)
                                                            : fmt::format(": it declares {}", fmt::join(names, ", ")))};
}

}  // namespace

Decision decide(const Trigger& trigger, const Push& push) {
  if (push.ref.starts_with(kTagPrefix)) return decide_tag(trigger, push.ref.substr(kTagPrefix.size()));
  if (push.ref.starts_with(kBranchPrefix)) {
    return decide_branch(trigger, push.ref.substr(kBranchPrefix.size()), push.paths);
  }
  return no(fmt::format("'{}' is neither a branch nor a tag", push.ref));
}

Result<Object> resolve_inputs(const std::vector<Input>& declared,
                              const std::vector<std::pair<std::string, std::string>>& given) {
  for (const auto& [name, value] : given) {
    const bool known = std::any_of(declared.begin(), declared.end(),
                                   [&](const Input& input) { return equal_without_case(input.name, name); });
    if (!known) return undeclared(declared, name);
  }
  Object resolved;
  for (const Input& input : declared) {
    const auto found = std::find_if(given.rbegin(), given.rend(),
                                    [&](const auto& each) { return equal_without_case(each.first, input.name); });
    if (found != given.rend()) {
      TRY_ASSIGN(Value value, convert(input, found->second));
      resolved.set(input.name, std::move(value));
    } else if (input.required && input.default_value.is_null()) {
      return refuse(input, fmt::format("is required: give it with --input {}=…", input.name));
    } else {
      resolved.set(input.name, value_without_word(input));
    }
  }
  return resolved;
}

}  // namespace sluice::workflow
