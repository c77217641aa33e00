#!/usr/bin/env bash
# The action's last step, also of a job that was cancelled: tells sluice of that where the runner's signal has not reached
# it (in a job with a container), lets a rollback come to its end while the runner leaves time, and then ends the
# controller, so that another machine need not wait for its lease.
set -euo pipefail

if pid=$(cat "$FOLDER/pid" 2>/dev/null) && [ "$(readlink "/proc/$pid/exe")" = "$FOLDER/sluice" ]; then
  kill -INT "$pid"
  for _ in $(seq 60); do
    [ -e "/proc/$pid" ] || break
    sleep 1
  done
fi
export SLUICE_HOME="$FOLDER/home" SLUICE_RUN="$FOLDER/run"
for _ in $(seq 240); do
  [ -S "$SLUICE_RUN/control.sock" ] || exit 0
  "$FOLDER/sluice" status --json 2>/dev/null | grep -q '"mode":"rolling_back"' || break
  sleep 1
done
"$FOLDER/sluice" shutdown
