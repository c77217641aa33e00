#include "simulation/chance.h"

namespace sluice::simulation {

Chance::Chance(std::uint64_t seed, std::string_view stream) : state_(seed) {
  for (const char c : stream) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  next();
}

// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
std::uint64_t Chance::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::int64_t Chance::between(std::int64_t low, std::int64_t high) {
  SLUICE_ASSERT(low <= high);
  const auto span = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>(next() % span);
}

bool Chance::happens(double probability) {
  constexpr double kOne = 9007199254740992.0;  // 2^53
  return static_cast<double>(next() >> 11) / kOne < probability;
}

}  // namespace sluice::simulation
