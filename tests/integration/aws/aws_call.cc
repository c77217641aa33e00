// One call of a service of AWS by sluice's own client, for tests: `aws_call SERVICE OPERATION JSON [METHOD PATH]`.
// Prints the answer and exits 0, or prints the error and exits 1. `AWS_CALL_ROLE` names a role to take on;
// `AWS_CALL_TIMES` repeats the call in one process, a line from standard input between two of them.
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "adapters/aws/client.h"
#include "adapters/curl/http_client.h"
#include "adapters/posix/clock.h"
#include "adapters/posix/files.h"
#include "adapters/posix/processes.h"
#include "adapters/posix/secrets.h"

namespace {

std::string variable(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace sluice;  // NOLINT(google-build-using-namespace)
  if (argc != 4 && argc != 6) return 2;
  curl::HttpClient http;
  posix::Files files;
  posix::Processes processes;
  const posix::Clock clock;
  auto client = aws::Client::create({.region = variable("AWS_REGION", "eu-west-1"),
                                     .role_arn = variable("AWS_CALL_ROLE", ""),
                                     .pause = [](Milliseconds, const std::stop_token&) -> Status { return {}; },
                                     .chance = [] { return 0.0; }},
                                    {.http = http,
                                     .files = files,
                                     .processes = processes,
                                     .clock = clock,
                                     .variables = posix::variable_of_this_process});
  if (!client) return 2;
  aws::Call call{.service = argv[1], .operation = argv[2]};
  if (argc == 6) call.rest = {.method = argv[4], .path = argv[5]};
  const boost::json::object input = boost::json::parse(argv[3]).as_object();
  for (int left = std::atoi(variable("AWS_CALL_TIMES", "1").c_str()); left > 0; --left) {
    const auto answer = (*client)->call(call, input);
    std::cout << (answer ? boost::json::serialize(*answer) : answer.error().message)
              << std::endl;  // NOLINT: is waited for
    if (!answer) return 1;
    std::string line;
    if (left > 1 && !std::getline(std::cin, line)) return 2;
  }
  return 0;
}
