// An expression of any bytes has an error or a value, in bounded time and memory; its JSON can be read again.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/workflow/evaluate.h"
#include "core/workflow/json.h"
#include "core/workflow/places.h"
#include "core/workflow/template.h"

namespace {

using sluice::workflow::Evaluation;
using sluice::workflow::Value;

const Evaluation& sample() {
  static const Evaluation evaluation = [] {
    Evaluation made;
    made.contexts.set("github", *sluice::workflow::parse_json(
                                    R"({"ref": "refs/heads/main", "event": {"a": [1, {"b": null}, "c"]}})"));
    made.contexts.set("matrix", *sluice::workflow::parse_json(R"({"os": ["x", "y"], "n": 1.5, "t": true})"));
    made.status = [](std::string_view name, auto) { return name != "failure"; };
    made.hash_files = [](const auto& patterns) -> sluice::Result<std::string> { return patterns.front(); };
    return made;
  }();
  return evaluation;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& parsed : {sluice::workflow::Template::parse(text, sluice::workflow::places::kAnywhere),
                             sluice::workflow::Template::parse_condition(text, sluice::workflow::places::kAnywhere)}) {
    if (!parsed) {
      if (parsed.error().offset > size || parsed.error().message.empty()) std::abort();
      continue;
    }
    for (const auto& use : parsed->context_uses()) {
      if (use.offset >= size || use.path.empty()) std::abort();
    }
    const auto value = parsed->evaluate(sample());
    if (!value) continue;
    const std::string json = sluice::workflow::to_json(*value);
    // Text that is no UTF-8 is no JSON either; all else must be read back.
    const auto again = sluice::workflow::parse_json(json);
    if (again && sluice::workflow::to_json(*again) != json) std::abort();
  }
  return 0;
}
