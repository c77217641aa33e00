#include "core/recording/decimal.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>

namespace sluice::recording {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Powers of ten that a double holds exactly.
constexpr std::array<double, 23> kTen{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t kExact = std::uint64_t{1} << 53;
constexpr std::ptrdiff_t kMostDigits = 18;

/// What the quick way does not reach: an exponent, or more digits than a double holds.
const char* read_slowly(const char* begin, const char* end, double& value) {
  const auto [after, error] = std::from_chars(begin, end, value);
  if (error == std::errc::result_out_of_range) {
    // Too small is nearly 0; too large is told by what the text begins with: there is no other way to know.
    const bool is_small =
        std::string_view(begin, static_cast<std::size_t>(after - begin)).find("e-") != std::string_view::npos ||
        std::string_view(begin, static_cast<std::size_t>(after - begin)).find("E-") != std::string_view::npos;
    const double size = is_small ? 0 : std::numeric_limits<double>::infinity();
    value = *begin == '-' ? -size : size;
    return after;
  }
  return error == std::errc() ? after : nullptr;
}

}  // namespace

const char* read_decimal(const char* begin, const char* end, double& value) {
  const char* at = begin;
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  const char* digits = at;
  std::uint64_t mantissa = 0;
  while (at != end && is_digit(*at)) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at++ - '0');
  std::ptrdiff_t count = at - digits;
  if (count == 0 || (count > 1 && *digits == '0')) return nullptr;
  std::ptrdiff_t decimals = 0;
  if (at != end && *at == '.') {
    const char* point = at++;
    while (at != end && is_digit(*at)) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at++ - '0');
    decimals = at - point - 1;
    if (decimals == 0) return nullptr;
    count += decimals;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    const char* exponent = at + 1;
    if (exponent != end && (*exponent == '+' || *exponent == '-')) ++exponent;
    if (exponent == end || !is_digit(*exponent)) return nullptr;
    return read_slowly(begin, end, value);
  }
  // A whole number and a power of ten, both exact, give the nearest double (David M. Gay, 1990).
  if (count > kMostDigits || mantissa > kExact) return read_slowly(begin, end, value);
  const double size = static_cast<double>(mantissa) / kTen[static_cast<std::size_t>(decimals)];
  value = negative ? -size : size;
  return at;
}

}  // namespace sluice::recording
