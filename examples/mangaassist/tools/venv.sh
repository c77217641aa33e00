#!/usr/bin/env bash
# Prints the folder of a virtual environment that holds exactly requirements-dev.txt, and makes it first when it is
# not there yet. One environment for each content of the requirement files and each interpreter, kept under
# ${MANGAASSIST_CACHE:-${XDG_CACHE_HOME:-~/.cache}/mangaassist}: the first call installs, every further one returns
# at once. Calls at the same time wait for the one that installs (flock).
#   venv=$(tools/venv.sh) && "$venv/bin/pytest"
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-${pythonLocation:+$pythonLocation/bin/python}}
[ -x "$(command -v "${python:-}" 2>/dev/null)" ] || python=/usr/bin/python3
cache=${MANGAASSIST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mangaassist}
key=$({ "$python" -c 'import sys; print(sys.version, sys.base_prefix)'; cat requirements.txt requirements-dev.txt; } |
  sha256sum | cut -c1-16)
venv=$cache/venv-$key

mkdir -p "$cache"
exec 9>"$cache/venv-$key.lock"
flock 9
if [ ! -e "$venv/.complete" ]; then
  echo "installing requirements-dev.txt into $venv" >&2
  rm -rf "$venv"
  "$python" -m venv "$venv" >&2
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements-dev.txt >&2
  touch "$venv/.complete"
fi
echo "$venv"
