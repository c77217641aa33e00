// A command inside a running container (libpod's exec sessions).
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/podman/api_client.h"
#include "ports/image_sandbox.h"

namespace sluice::podman {

/// Runs `argv` in the container and waits for its end. What it started may live on until the container is removed.
/// Errors: those of ports::Sandbox::run.
Result<ports::CommandOutcome> run_in_container(ApiClient& api, const std::string& container,
                                               const std::vector<std::string>& argv, Milliseconds timeout,
                                               std::stop_token stop);

/// The text of both streams in the order they came. Docker's attach protocol puts 8 bytes before each piece: the
/// stream, three zeros, and the length (big-endian). A piece that was cut off counts as far as it came.
std::string without_frames(std::string_view framed);

}  // namespace sluice::podman
