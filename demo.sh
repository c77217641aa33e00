#!/usr/bin/env bash
# sluice's main job, for real, on this machine: a `git push` goes through lint, tests, image build, preflight and push,
# and moves the traffic 10% -> 50% -> 100% under load; then bad versions are taken back by themselves.
#   ./demo.sh             all seven stories (20 minutes at most the first time, 6 after that)
#   ./demo.sh --quick     stories 1 to 3
#   ./demo.sh --json      the table as JSON lines, everything else on standard error
#   ./demo.sh --keep      leave it running at the end, to look around
# Installs the Debian packages that are absent. Safe to repeat. Bake times are short, so that a person can watch:
# production should use minutes (the story's: 5, 3 and 10).
set -euo pipefail
cd "$(dirname "$0")"

for argument in "$@"; do
  case "$argument" in
    --quick | --json | --keep) ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "demo.sh: unknown option '$argument' (--quick, --json, --keep)" >&2; exit 2 ;;
  esac
done
if [ "$(id -u)" -ne 0 ]; then echo "demo.sh: run it as root: containers without root are not supported yet" >&2; exit 1; fi

started=$(date +%s.%N)
tools/install.sh build run >&2
installed=$(date +%s.%N)
cmake --preset release >/tmp/sluice-demo-build.$$ 2>&1 || { cat /tmp/sluice-demo-build.$$ >&2; exit 1; }
rm -f /tmp/sluice-demo-build.$$
cmake --build --preset release --target sluice load >&2
built=$(date +%s.%N)
tools/base_image.sh
based=$(date +%s.%N)
exec /usr/bin/python3 tools/demo/demo.py --sluice "$PWD/build/release/sluice" --load "$PWD/build/release/load" \
  --stage "install packages=$started,$installed" --stage "build sluice=$installed,$built" \
  --stage "base image=$built,$based" "$@"
