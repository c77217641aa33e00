#!/usr/bin/env bash
# Installs the Debian packages that sluice needs, naming each one, and only those that are absent.
#   tools/install.sh build   compiler, build tools and libraries
#   tools/install.sh run     what a machine needs to run deployments
#   tools/install.sh test    what the tests need besides
#   tools/install.sh hosted  what the program itself needs, to deploy to AWS and nowhere else
# Safe to repeat: with nothing absent it returns at once and asks no package server.
set -euo pipefail

build_packages=(g++ cmake ninja-build ccache pkg-config libboost1.81-dev libboost-json1.81-dev libyaml-dev
  libpugixml-dev libsqlite3-dev zlib1g-dev libcurl4-openssl-dev libssl-dev libfmt-dev libspdlog-dev libcli11-dev git)
run_packages=(podman buildah skopeo haproxy runc conmon catatonit netavark aardvark-dns iptables iproute2
  util-linux docker-registry mmdebstrap ca-certificates python3 python3-venv virtualenv git curl)
test_packages=(libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev clang-19 clang-format-19
  clang-tidy-19 libclang-rt-19-dev python3-venv python3-jsonschema sqlite3 prometheus)
hosted_packages=(libboost-json1.81.0 libcurl4 libfmt9 libpugixml1v5 libsqlite3-0 libssl3 libyaml-0-2 zlib1g ca-certificates)

# Node and npm run the checks of the example's TypeScript, also in the demo. Who has them from elsewhere keeps them: another
# vendor's nodejs brings its own npm and conflicts with Debian's.
if ! command -v node >/dev/null; then
  run_packages+=(nodejs npm)
elif ! command -v npm >/dev/null; then
  run_packages+=(npm)
fi

packages=()
for group in "$@"; do
  case "$group" in
    build) packages+=("${build_packages[@]}") ;;
    run) packages+=("${run_packages[@]}") ;;
    test) packages+=("${test_packages[@]}") ;;
    hosted) packages+=("${hosted_packages[@]}") ;;
    *) echo "tools/install.sh: unknown group '$group' (build, run, test, hosted)" >&2; exit 2 ;;
  esac
done

absent=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || absent+=("$package")
done
if [ "${#absent[@]}" -eq 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "tools/install.sh: needs root to install: ${absent[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing Debian packages: ${absent[*]}"
# Services that a package would start by itself are left alone: sluice runs its own HAProxy and registry.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends \
  -o Dpkg::Use-Pty=0 "${absent[@]}" >/dev/null
