// ports::ApiDefinitions: files of this machine, hashed by OpenSSL.
#pragma once

#include <string>

#include "ports/api_definitions.h"

namespace sluice::openssl {

class ApiDefinitions final : public ports::ApiDefinitions {
 public:
  Result<ports::ApiDefinition> read(const std::string& path) override;
};

}  // namespace sluice::openssl
