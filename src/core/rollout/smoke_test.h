// A smoke test as data, and the pure judgement of an answer against it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sluice::rollout {

/// The value at an RFC 6901 JSON pointer must equal `expected` (a JSON value as text).
struct JsonAssertion {
  std::string pointer;
  std::string expected;
  friend bool operator==(const JsonAssertion&, const JsonAssertion&) = default;
};

struct SmokeTest {
  std::string name;
  std::string method = "GET";
  std::string path = "/";
  std::map<std::string, std::string> headers;
  std::string body;  ///< Empty: none. A `json:` body is its compact text with Content-Type application/json.
  int expected_status = 200;
  std::optional<Milliseconds> within;  ///< Latency limit.
  std::vector<JsonAssertion> json;
  int retries = 0;  ///< Further attempts after a failed one.
  friend bool operator==(const SmokeTest&, const SmokeTest&) = default;
};

struct SmokeAnswer {
  int status = 0;
  std::string body;
  Milliseconds latency{0};
};

/// Ok, or an error (Failed) naming the test, what was expected and what came, with the start of the body.
Status judge(const SmokeTest& test, const SmokeAnswer& answer);

}  // namespace sluice::rollout
