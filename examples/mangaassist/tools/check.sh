#!/usr/bin/env bash
# Runs the checks of this repository: all of them, or those that are named.
#   tools/check.sh [lint] [unit] [integration] [security]
# lint and unit have two parts that can be named too: lint-python, lint-typescript, unit-python, unit-typescript.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1
python_code=(src functions tools tests)

venv() { venv=$(tools/venv.sh) && bin=$venv/bin; }

lint-python() {
  venv
  "$bin/ruff" check --no-cache "${python_code[@]}"
  "$bin/ruff" format --no-cache --check "${python_code[@]}"
  "$bin/mypy" --cache-dir "$venv/mypy-cache"
}
lint-typescript() {
  tools/node_modules.sh
  # What passed once, with these packages, passes again: it is kept beside them.
  local passed=""
  if [ -L node_modules ]; then
    passed=$(find functions/websocket eslint.config.js tsconfig.json -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
    passed=$(readlink -f node_modules/..)/passed-${passed:0:16}
  fi
  if [ -e "$passed" ]; then echo "eslint and tsc passed on exactly these files before"; return; fi
  node_modules/.bin/eslint --max-warnings 0 .
  node_modules/.bin/tsc --noEmit
  [ -z "$passed" ] || touch "$passed"
}
unit-python() {
  venv
  local folder status=0
  folder=$(mktemp -d)
  COVERAGE_FILE=$folder/coverage "$bin/python" -m pytest tests/unit --cov --cov-report=term || status=$?
  rm -rf "$folder"
  return "$status"
}
unit-typescript() {
  tools/node_modules.sh
  local folder status=0
  folder=$(mktemp -d)
  cp package.json "$folder"
  node_modules/.bin/tsc --project tsconfig.emit.json --outDir "$folder" && node --test --test-reporter=spec "$folder"/test/*.test.js || status=$?
  rm -rf "$folder"
  return "$status"
}
integration() {
  venv
  "$bin/python" -m pytest tests/integration
}
security() {
  venv
  local said
  "$bin/bandit" --quiet --recursive src functions -c pyproject.toml
  # Metrics and the version check would ask the network. First the rules prove themselves on rules.py.
  said=$("$bin/semgrep" --test semgrep/ --metrics=off --disable-version-check 2>&1) || { echo "$said"; return 1; }
  "$bin/semgrep" scan --config ./semgrep/rules.yml --metrics=off --disable-version-check --error --quiet src functions
}

[ "$#" -gt 0 ] || set -- lint unit integration security
for check in "$@"; do
  case "$check" in
    lint | unit) set -- "$check-python" "$check-typescript" ;;
    lint-python | lint-typescript | unit-python | unit-typescript | integration | security) set -- "$check" ;;
    *) echo "tools/check.sh: unknown check '$check' (lint, unit, integration, security)" >&2; exit 2 ;;
  esac
  for part in "$@"; do echo "== $part"; "$part"; done
done
