// Clients of AWS for a command that does its work in its own process, with the keys of its user.
#pragma once

#include "adapters/aws/client_pool.h"
#include "adapters/curl/http_client.h"
#include "adapters/posix/clock.h"
#include "adapters/posix/files.h"
#include "adapters/posix/pause.h"
#include "adapters/posix/processes.h"
#include "adapters/posix/secrets.h"

namespace sluice {

struct LocalAws {
  posix::Clock clock;
  posix::Files files;
  posix::Processes processes;
  curl::HttpClient http;
  aws::ClientPool clients{{.region = {}, .role_arn = {}, .pause = posix::pause_for, .chance = posix::chance},
                          {.http = http,
                           .files = files,
                           .processes = processes,
                           .clock = clock,
                           .variables = posix::variable_of_this_process,
                           .region = {}}};
};

}  // namespace sluice
