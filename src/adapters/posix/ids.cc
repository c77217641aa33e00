#include "adapters/posix/ids.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"

namespace sluice::posix {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kLength = 26;

}  // namespace

Ids::Tail Ids::random_tail() {
  Tail tail;
  for (std::size_t done = 0; done < tail.size();) {
    const ssize_t size = ::getrandom(tail.data() + done, tail.size() - done, 0);
    SLUICE_ASSERT(size > 0 || errno == EINTR);
    if (size > 0) done += static_cast<std::size_t>(size);
  }
  tail[0] &= 0x7f;  // Leaves 2^79 ids of the same millisecond before the tail could overflow.
  return tail;
}

void Ids::increment_tail() {
  for (auto byte = tail_.rbegin(); byte != tail_.rend(); ++byte) {
    if (++*byte != 0) return;
  }
  SLUICE_ASSERT(false && "2^79 ids in one millisecond");
}

std::string Ids::next() {
  const auto now = static_cast<std::uint64_t>(clock_.now().time_since_epoch().count());
  const std::scoped_lock lock(mutex_);
  if (now > last_millisecond_) {
    last_millisecond_ = now;
    tail_ = random_tail();
  } else {
    increment_tail();
  }
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(last_millisecond_ >> (8 * (5 - i)));
  std::copy(tail_.begin(), tail_.end(), bytes.begin() + 6);

  // 26 digits of 5 bits hold 130: the first digit has two zero bits in front.
  std::string text(kLength, '0');
  for (std::size_t digit = 0; digit < kLength; ++digit) {
    unsigned value = 0;
    for (std::size_t bit = digit * 5; bit < digit * 5 + 5; ++bit) {
      value <<= 1;
      if (bit >= 2) value |= (bytes[(bit - 2) / 8] >> (7 - (bit - 2) % 8)) & 1u;
    }
    text[digit] = kAlphabet[value];
  }
  return text;
}

}  // namespace sluice::posix
