#include "cli/eval.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "core/workflow/evaluate.h"
#include "core/workflow/expression.h"
#include "core/workflow/json.h"
#include "core/workflow/places.h"

namespace sluice::cli {
namespace {

std::string without_braces(std::string text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  const std::size_t end = text.find_last_not_of(" \t\n");
  if (begin == std::string::npos) return "";
  text = text.substr(begin, end - begin + 1);
  if (text.starts_with("${{") && text.ends_with("}}")) return text.substr(3, text.size() - 5);
  return text;
}

Result<workflow::Object> read_contexts(const std::string& path) {
  if (path.empty()) return workflow::Object{};
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Error{ErrorKind::NotFound, fmt::format("cannot read {}", path)};
  auto value = workflow::parse_json(text.str());
  if (!value) return with_context(std::move(value), path);
  if (!value->is_object()) {
    return Error{ErrorKind::InvalidInput, fmt::format("{}: an object is wanted, with a member for each context", path)};
  }
  return value->object();
}

int fail(const std::string& message) {
  std::fprintf(stderr, "sluice: %s\n", message.c_str());
  return 2;
}

}  // namespace

int run_eval(const Invocation& invocation) {
  const std::string text = without_braces(invocation.arguments.one("expression"));
  const auto expression = workflow::parse_expression(text, workflow::places::kAnywhere);
  if (!expression) {
    return fail(fmt::format("column {}: {}", expression.error().offset + 1, expression.error().message));
  }
  auto contexts = read_contexts(invocation.arguments.one("context"));
  if (!contexts) return fail(contexts.error().message);
  workflow::Evaluation evaluation;
  evaluation.contexts = std::move(*contexts);
  // Nothing has failed and nobody has cancelled: there is no run.
  evaluation.status = [](std::string_view name, auto) { return name == "success" || name == "always"; };
  evaluation.hash_files = [](const auto&) -> Result<std::string> {
    return Error{ErrorKind::InvalidInput, "hashFiles() needs a job's workspace: it works in `sluice run`"};
  };
  const auto value = workflow::evaluate(*expression, evaluation);
  if (!value) return fail(value.error().message);
  std::cout << (invocation.json ? workflow::to_compact_json(*value) : workflow::to_json(*value)) << "\n";
  return 0;
}

}  // namespace sluice::cli
