// ports::Packages: files of this machine, hashed by OpenSSL.
#pragma once

#include <string>

#include "ports/packages.h"

namespace sluice::openssl {

class Packages final : public ports::Packages {
 public:
  Result<ports::Package> read(const std::string& path) override;
};

}  // namespace sluice::openssl
