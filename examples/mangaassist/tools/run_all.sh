#!/usr/bin/env bash
# Runs the four services here until Ctrl-C, the orchestrator on 127.0.0.1:8080 and the others on the ports after it.
#   tools/run_all.sh [PORT]
# Further variables (LOG_LEVEL, MODEL_URL) are passed on. When one of them ends, all do.
set -euo pipefail
cd "$(dirname "$0")/.."
port=${1:-8080}
python=$(tools/venv.sh)/bin/python

serve() { exec "$python" -B -m uvicorn "$1" --host 127.0.0.1 --port "$2" --no-access-log; }
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
trap 'exit 0' INT TERM

serve src.classifier.main:app $((port + 1)) &
serve src.rag.main:app $((port + 2)) &
serve src.guardrails.main:app $((port + 3)) &
export CLASSIFIER_URL=http://127.0.0.1:$((port + 1)) RAG_URL=http://127.0.0.1:$((port + 2)) GUARDRAILS_URL=http://127.0.0.1:$((port + 3))
serve src.main:app "$port" &
echo "the orchestrator: http://127.0.0.1:$port, its interface: http://127.0.0.1:$port/docs"
wait -n
