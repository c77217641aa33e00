// The stand-in for python:3.11-slim, for integration tests.
#pragma once

namespace sluice::testing_support {

/// Makes `localhost/python:3.11-slim` by tools/base_image.sh when it is not there yet (a minute, once a machine).
/// False when mmdebstrap or podman is not installed and this is not CI, where it is a failure of the test.
bool have_base_image();

}  // namespace sluice::testing_support
