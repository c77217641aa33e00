// Identifiers that sort by the time at which they were made.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "ports/clock.h"
#include "ports/ids.h"

namespace sluice::posix {

/// ULIDs in lower case (github.com/ulid/spec): 48 bits of milliseconds, then 80 bits that are chance for the first id
/// of a millisecond and one more for each that follows. Any thread may ask. `clock` must outlive this object.
class Ids final : public ports::Ids {
 public:
  explicit Ids(const ports::Clock& clock) : clock_(clock) {}
  std::string next() override;

 private:
  using Tail = std::array<std::uint8_t, 10>;
  static Tail random_tail();
  void increment_tail();

  const ports::Clock& clock_;
  std::mutex mutex_;
  std::uint64_t last_millisecond_ = 0;
  Tail tail_{};
};

}  // namespace sluice::posix
