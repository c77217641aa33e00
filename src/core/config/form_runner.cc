// How the names look of what a runner in AWS needs.
#include <algorithm>

#include "core/config/form.h"

namespace sluice::config {
namespace {

using Problem = std::optional<std::string>;

bool is_hexadecimal(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_lower_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); }

/// Empty: `what` and `example` say it all.
Problem fine_if(bool fine) { return fine ? Problem() : Problem(""); }

/// Ids of EC2 have 8 or 17 digits ("Resource IDs" of its user guide).
Problem check_id(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return Problem("");
  const std::string_view digits = text.substr(prefix.size());
  return fine_if((digits.size() == 8 || digits.size() == 17) && std::ranges::all_of(digits, is_hexadecimal));
}
Problem check_subnet(std::string_view text) { return check_id(text, "subnet-"); }
Problem check_security_group(std::string_view text) { return check_id(text, "sg-"); }

/// "General purpose bucket naming rules" of S3's user guide, without those for reserved beginnings and ends.
Problem check_bucket(std::string_view text) {
  const bool fits = text.size() >= 3 && text.size() <= 63 && is_lower_or_digit(text.front()) &&
                    is_lower_or_digit(text.back()) && text.find("..") == std::string_view::npos;
  return fine_if(fits &&
                 std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '.'; }));
}

}  // namespace

namespace form {
const Form kSubnet{"subnet", "the id of a subnet", "subnet-0123456789abcdef0", "^subnet-([0-9a-f]{8}|[0-9a-f]{17})$",
                   check_subnet};
const Form kSecurityGroup{"security_group", "the id of a security group", "sg-0123456789abcdef0",
                          "^sg-([0-9a-f]{8}|[0-9a-f]{17})$", check_security_group};
const Form kBucket{"bucket", "the name of a bucket of S3", "shop-ci", "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
                   check_bucket};
}  // namespace form

}  // namespace sluice::config
