#include "adapters/aws/credentials_call.h"

#include <fmt/format.h>

#include <utility>

#include "adapters/aws/error_answer.h"
#include "adapters/aws/http_date.h"
#include "adapters/aws/repeats.h"

namespace sluice::aws {
namespace {

Status pause_after(int attempt, const Surroundings& around, const std::stop_token& stop) {
  return around.pause ? around.pause(pause_before_repeat(attempt - 1, around.chance()), stop) : Status();
}

}  // namespace

Result<ports::HttpResponse> ask_for_credentials(const Surroundings& around, const RequestAt& request,
                                                const std::string& what, const std::stop_token& stop) {
  Milliseconds ahead{0};
  bool clock_was_adopted = false;
  for (int attempt = 1;; ++attempt) {
    const TimePoint now = around.clock.now() + ahead;
    auto response = around.http.send(request(now), stop);
    const bool is_last = attempt >= kCallAttempts;
    if (!response) {
      const ErrorKind kind = response.error().kind;
      if (is_last || kind == ErrorKind::Cancelled || kind == ErrorKind::InvalidInput) {
        return with_context(std::move(response), what);
      }
    } else if (response->status / 100 == 2) {
      return response;
    } else {
      const ErrorAnswer refused = parse_error_answer(response->status, response->headers, response->body);
      if (is_about_the_clock(refused) && !std::exchange(clock_was_adopted, true)) {
        const auto off = clock_of_service_ahead(*response, now);
        ahead += off.value_or(Milliseconds{0});
        if (off) continue;
      }
      if (is_last || (!is_transient(refused) && !is_throttling(refused))) {
        const std::string code = refused.code.empty() ? fmt::format("{}", refused.status) : refused.code;
        return Error{kind_of(refused), fmt::format("{}: {} {}", what, code, refused.message)};
      }
    }
    TRY(pause_after(attempt, around, stop));
  }
}

}  // namespace sluice::aws
