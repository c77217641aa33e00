// The hash that files are told apart by.
#pragma once

#include <array>
#include <string>

namespace sluice::openssl {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(const std::string& bytes);

}  // namespace sluice::openssl
