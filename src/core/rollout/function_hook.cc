#include "core/rollout/function_hook.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <string_view>

namespace sluice::rollout {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownBytes = 400;
constexpr std::size_t kDeepest = 16;

/// Names of the operation and of what CodeDeploy answers to it for a deployment that is none of its own.
constexpr std::array<std::string_view, 8> kCallbackNames = {"PutLifecycleEventHookExecutionStatus",
                                                            "InvalidLifecycleEventHookExecutionIdException",
                                                            "InvalidLifecycleEventHookExecutionStatusException",
                                                            "LifecycleEventAlreadyCompletedException",
                                                            "DeploymentDoesNotExistException",
                                                            "InvalidDeploymentIdException",
                                                            "DeploymentIdRequiredException",
                                                            "UnsupportedActionForDeploymentTypeException"};

bool tells_of_a_callback(std::string_view text) {
  return std::ranges::any_of(kCallbackNames, [&](std::string_view name) { return text.contains(name); });
}

bool same_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, [](char a, char b) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return low(a) == low(b);
  });
}

std::string shortened(std::string_view text) {
  std::size_t length = std::min(text.size(), kShownBytes);
  while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  return std::string(text.substr(0, length)) + (length < text.size() ? "…" : "");
}

std::optional<json::value> parsed(const std::string& payload) {
  json::error_code failed;
  json::parse_options options;
  options.max_depth = kDeepest;
  json::value value = json::parse(payload, failed, {}, options);
  if (failed) return std::nullopt;
  return value;
}

std::string member(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// What a function says that failed: `ValueError: no such index`.
std::string error_text(const FunctionAnswer& answer) {
  const auto value = parsed(answer.payload);
  const json::object* const object = value ? value->if_object() : nullptr;
  if (object == nullptr) return shortened(answer.payload);
  const std::string type = member(*object, "errorType");
  const std::string message = member(*object, "errorMessage");
  if (type.empty() && message.empty()) return shortened(answer.payload);
  return shortened(type.empty() ? message : message.empty() ? type : type + ": " + message);
}

/// The word of a returned verdict; empty when the function returned none.
std::string returned_word(const std::string& payload) {
  const auto value = parsed(payload);
  if (!value) return {};
  if (value->is_string()) return std::string(value->get_string());
  const json::object* const object = value->if_object();
  if (object == nullptr) return {};
  for (const json::object::value_type& each : *object) {
    const bool is_verdict = same_word(each.key(), "status") || same_word(each.key(), "hookStatus");
    if (is_verdict && each.value().is_string()) return std::string(each.value().get_string());
  }
  return {};
}

Error calls_back(const std::string& function, const std::string& said) {
  return {ErrorKind::Failed,
          fmt::format("the function {} reports to CodeDeploy (PutLifecycleEventHookExecutionStatus), which knows of no "
                      "deployment of sluice's{}. Leave that call out and return the verdict instead: "
                      R"({{"status": "Succeeded"}} or {{"status": "Failed"}})",
                      function, said.empty() ? "" : ": " + said)};
}

}  // namespace

Status judge_hook(const std::string& function, const FunctionAnswer& answer) {
  if (!answer.error.empty()) {
    const std::string said = error_text(answer);
    if (tells_of_a_callback(answer.payload) || tells_of_a_callback(answer.log_tail)) return calls_back(function, said);
    return Error{ErrorKind::Failed, fmt::format("the function {} failed: {}", function, said)};
  }
  const std::string word = returned_word(answer.payload);
  if (same_word(word, "failed")) {
    return Error{ErrorKind::Failed, fmt::format("the function {} returned {}", function, shortened(answer.payload))};
  }
  if (same_word(word, "in_progress")) {
    return Error{ErrorKind::Unavailable,
                 fmt::format("the function {} is not done (it returned {}): it is invoked again, while the hook's "
                             "'within' lasts",
                             function, shortened(answer.payload))};
  }
  const bool is_verdict = same_word(word, "succeeded");
  if (!is_verdict && tells_of_a_callback(answer.log_tail)) return calls_back(function, "");
  return {};
}

}  // namespace sluice::rollout
