// What a service says that refuses a call, whichever way it says it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "ports/http_client.h"

namespace sluice::aws {

struct ErrorAnswer {
  int status = 0;
  std::string code;     ///< `AccessDeniedException`; empty when what answered is no AWS service.
  std::string message;  ///< The service's own sentence, else the beginning of what came.
  std::string request_id;
};

/// JSON (`__type`, `code`, or Prometheus' `errorType`), XML of the query protocol and of S3, and pages that are neither
/// (a proxy's, an emulator's). `headers` in lower case.
ErrorAnswer parse_error_answer(int status, const ports::HttpHeaders& headers, std::string_view body);

/// RequestLimitExceeded and its like, and what S3 and ECS answer to one of two writes at once; the call was not carried
/// out.
bool is_throttling(const ErrorAnswer& answer);
/// A 5xx or a code that AWS calls transient; whether the call was carried out is not known.
bool is_transient(const ErrorAnswer& answer);
/// The signature's moment, or the signature, was refused: the clock may be off.
bool is_about_the_clock(const ErrorAnswer& answer);
/// The credentials have expired.
bool is_about_expiry(const ErrorAnswer& answer);
/// There are as many of something as the account may have; to ask again does not help.
bool is_about_a_quota(const ErrorAnswer& answer);

ErrorKind kind_of(const ErrorAnswer& answer);

}  // namespace sluice::aws
