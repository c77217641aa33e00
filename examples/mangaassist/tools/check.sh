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
  node_modules/.bin/eslint --max-warnings 0 .
  node_modules/.bin/tsc --noEmit
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
  # Types are lint-typescript's business.
  node_modules/.bin/tsc --noCheck --outDir "$folder" && node --test --test-reporter=spec "$folder"/test/*.test.js || status=$?
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
