#!/usr/bin/env bash
# Runs the checks of this service: all of them, or those that are named.
#   tools/check.sh [lint] [unit] [integration] [security]
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$(tools/venv.sh)
bin=$venv/bin
export PYTHONDONTWRITEBYTECODE=1

lint() {
  "$bin/ruff" check --no-cache src tests
  "$bin/ruff" format --no-cache --check src tests
  "$bin/mypy" --cache-dir "$venv/mypy-cache"
}
unit() {
  local folder status=0
  folder=$(mktemp -d)
  COVERAGE_FILE=$folder/coverage "$bin/python" -m pytest tests/unit --cov --cov-report=term || status=$?
  rm -rf "$folder"
  return "$status"
}
integration() { "$bin/python" -m pytest tests/integration; }
security() {
  local said
  "$bin/bandit" --quiet --recursive src -c pyproject.toml
  # Metrics and the version check would ask the network. First the rules prove themselves on rules.py.
  said=$("$bin/semgrep" --test semgrep/ --metrics=off --disable-version-check 2>&1) || { echo "$said"; return 1; }
  "$bin/semgrep" scan --config ./semgrep/rules.yml --metrics=off --disable-version-check --error --quiet src
}

[ "$#" -gt 0 ] || set -- lint unit integration security
for check in "$@"; do
  case "$check" in
    lint | unit | integration | security) echo "== $check"; "$check" ;;
    *) echo "tools/check.sh: unknown check '$check' (lint, unit, integration, security)" >&2; exit 2 ;;
  esac
done
