#!/usr/bin/env bash
# Builds the responder's image from the static program, with no base image and no network.
#   bench/responder/image.sh PROGRAM TAG
# Prints the image's id. Safe to repeat.
set -euo pipefail
if [ "$#" -ne 2 ]; then echo "usage: bench/responder/image.sh PROGRAM TAG" >&2; exit 2; fi
here=$(cd "$(dirname "$0")" && pwd)
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp "$1" "$context/responder"
buildah bud --isolation chroot --format docker --timestamp 0 --quiet -t "$2" -f "$here/Containerfile" "$context"
