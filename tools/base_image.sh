#!/usr/bin/env bash
# Makes a stand-in for the image python:3.11-slim from Debian 12's own packages, for machines that can reach no registry
# of base images: Python 3.11 as `python`, with `pip`, with /usr/local/lib/python3.11/site-packages on sys.path, without
# curl. Keeps it as localhost/python:3.11-slim, which the short name `python:3.11-slim` finds before any registry.
#   tools/base_image.sh [NAME]
# Needs root, mmdebstrap and podman. A second call returns at once, until this script changes.
set -euo pipefail

name=${1:-localhost/python:3.11-slim}
label=org.sluice.base-image
recipe=$(sha256sum <"${BASH_SOURCE[0]}" | cut -c1-16)

lock=${TMPDIR:-/tmp}/sluice-base-image.lock
exec 9>"$lock"
flock 9
if [ "$(podman image inspect --format "{{index .Labels \"$label\"}}" "$name" 2>/dev/null)" = "$recipe" ]; then exit 0; fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "building $name from Debian packages" >&2

# The .pth file makes the path known under which python:3.11-slim keeps its packages. Debian refuses `pip install`
# outside of a virtual environment by a marker file, which that image does not have.
mmdebstrap --quiet --variant=essential --include=ca-certificates,python3,python-is-python3,python3-pip \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
  --customize-hook='mkdir -p "$1/usr/local/lib/python3.11/site-packages"' \
  --customize-hook='echo /usr/local/lib/python3.11/site-packages >"$1/usr/lib/python3/dist-packages/site-packages.pth"' \
  --customize-hook='rm -f "$1/usr/lib/python3.11/EXTERNALLY-MANAGED"' \
  bookworm "$folder/root.tar" >&2

podman import --quiet \
  --change "LABEL $label=$recipe" \
  --change 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV LANG=C.UTF-8' \
  --change 'CMD ["python"]' \
  "$folder/root.tar" "$name" >/dev/null
echo "built $name" >&2
