// Fresh identifiers.
#pragma once

#include <string>

namespace sluice::ports {

class Ids {
 public:
  virtual ~Ids() = default;
  /// 26 characters (ULID, Crockford base 32, lower case): sorts by time of creation, unique. Two ids of one
  /// process are never equal and keep their order even within a millisecond.
  virtual std::string next() = 0;
};

}  // namespace sluice::ports
