#!/usr/bin/env bash
# The action's second step: becomes sluice, with what the action's inputs say.
set -euo pipefail

fail() { echo "::error::$1" >&2; exit 2; }

# A sluice that the job itself has set up keeps its places.
export SLUICE_HOME="$FOLDER/home" SLUICE_RUN="$FOLDER/run"
export SLUICE_JOURNAL="$JOURNAL"
if [ -n "$ROLE" ]; then
  case "$SLUICE_JOURNAL" in
    *\?*) SLUICE_JOURNAL+="&role=$ROLE" ;;
    *) SLUICE_JOURNAL+="?role=$ROLE" ;;
  esac
fi
if [ -n "$REGION" ]; then export AWS_REGION="$REGION"; fi

case "$COMMAND" in
  deploy)
    arguments=(deploy)
    for service in $SERVICES; do arguments+=("$service"); done
    if [ -n "$ENVIRONMENT" ]; then arguments+=(--environment "$ENVIRONMENT"); fi
    for image in $IMAGE; do arguments+=(--image "$image"); done
    for code in $CODE; do arguments+=(--code "$code"); done
    ;;
  recover)
    for unused in "$SERVICES" "$ENVIRONMENT" "$IMAGE" "$CODE"; do
      [ -z "$unused" ] || fail "recover is for all that the journal has under way: leave '$unused' out"
    done
    arguments=(recover --wait)
    ;;
  *) fail "the input command is deploy or recover, and not '$COMMAND'" ;;
esac
echo "$$" >"$FOLDER/pid"
exec "$FOLDER/sluice" "${arguments[@]}" --on-signal "$ON_SIGNAL"
