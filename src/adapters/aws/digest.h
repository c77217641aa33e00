// The hashes that AWS's signatures and token caches are made of.
#pragma once

#include <string>
#include <string_view>

namespace sluice::aws {

/// Raw bytes in lower-case hexadecimal digits.
std::string hexadecimal(std::string_view bytes);
/// SHA-256 of a text, in hexadecimal digits.
std::string sha256_hex(std::string_view text);
/// HMAC-SHA-256, as 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);
/// SHA-1 of a text, in hexadecimal digits: names the files of the SSO token cache, protects nothing.
std::string sha1_hex(std::string_view text);

}  // namespace sluice::aws
