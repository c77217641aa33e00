// Functions in memory: `pass` and `fail` say so, `hang` does not answer in time, others are not there.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "ports/functions.h"

namespace sluice::simulation {

class SimulatedFunctions final : public ports::Functions {
 public:
  Result<rollout::FunctionAnswer> invoke(const rollout::Target&, const ports::FunctionCall& call,
                                         std::stop_token) const override {
    {
      const std::lock_guard lock(mutex_);
      payloads_.push_back(call.payload);
    }
    if (call.function == "pass") return rollout::FunctionAnswer{.payload = "null", .error = "", .log_tail = ""};
    if (call.function == "fail") {
      return rollout::FunctionAnswer{.payload = R"({"status": "Failed"})", .error = "", .log_tail = ""};
    }
    if (call.function == "hang") return Error{ErrorKind::UnknownOutcome, "no answer within its time"};
    return Error{ErrorKind::NotFound, "there is no function " + call.function};
  }

  std::vector<std::string> payloads() const {
    const std::lock_guard lock(mutex_);
    return payloads_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::string> payloads_;
};

}  // namespace sluice::simulation
