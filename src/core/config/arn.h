// ARNs, the names of resources in AWS, taken apart.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace sluice::config {

/// Places in `arn:partition:service:region:account:resource`, counted from 0.
inline constexpr std::size_t kArnPartition = 1;
inline constexpr std::size_t kArnService = 2;
inline constexpr std::size_t kArnRegion = 3;
inline constexpr std::size_t kArnAccount = 4;
inline constexpr std::size_t kArnResource = 5;

inline constexpr std::size_t kAccountDigits = 12;

/// The six parts; empty when it is none: another partition than AWS's, an account of more than digits, or no resource.
std::vector<std::string_view> arn_parts(std::string_view text);
/// One of them; empty when it is none.
std::string_view arn_part(std::string_view text, std::size_t part);

}  // namespace sluice::config
