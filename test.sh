#!/usr/bin/env bash
# Builds sluice with sanitizers and runs every test. Installs the Debian packages that are absent. Safe to repeat.
#   ./test.sh                 everything
#   ./test.sh -L unit         what follows goes to ctest
set -euo pipefail
cd "$(dirname "$0")"

tools/install.sh build run test
cmake --preset dev >build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }
rm -f build.log
cmake --build --preset dev
ctest --preset dev "$@"
