// What happened in a run, as lines: folded into a hash that two runs of one seed must share, and shown to who wants
// to see it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace sluice::simulation {

class Trace {
 public:
  using Sink = std::function<void(std::string_view line)>;
  explicit Trace(Sink sink) : sink_(std::move(sink)) {}

  void note(TimePoint at, std::string_view text);
  std::uint64_t hash() const { return hash_; }
  long lines() const { return lines_; }

 private:
  void fold(std::string_view text);

  Sink sink_;
  long lines_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace sluice::simulation
