#!/usr/bin/env bash
# The action's first step: puts a sluice into FOLDER. BINARY: a path or an https address; empty: built from SOURCES.
# SHA256: its hash.
set -euo pipefail

fail() { echo "::error::$1" >&2; exit 1; }

mkdir -p "$FOLDER"
case "$BINARY" in
  '')
    "$SOURCES/tools/install.sh" build
    (cd "$SOURCES" && cmake --preset release -DSLUICE_TESTS=OFF && cmake --build --preset release --target sluice)
    install "$SOURCES/build/release/sluice" "$FOLDER/sluice"
    ;;
  https://*)
    [ -n "$SHA256" ] || fail "the binary is an address: say its hash in sha256"
    "$SOURCES/tools/install.sh" hosted
    command -v curl >/dev/null || fail "curl is not installed: fetch the binary in a step before, and name its path"
    curl --fail --silent --show-error --location --max-time 300 --output "$FOLDER/sluice" "$BINARY"
    ;;
  *)
    [ -f "$BINARY" ] || fail "there is no file $BINARY"
    if ldd "$BINARY" | grep -q 'not found'; then "$SOURCES/tools/install.sh" hosted; fi
    install "$BINARY" "$FOLDER/sluice"
    ;;
esac
if [ -n "$SHA256" ]; then
  echo "$SHA256  $FOLDER/sluice" | sha256sum --check --status || { rm -f "$FOLDER/sluice"; fail "the hash of $BINARY is not $SHA256"; }
fi
chmod 0755 "$FOLDER/sluice"
"$FOLDER/sluice" --version
