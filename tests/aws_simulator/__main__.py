"""python -m aws_simulator --home FOLDER [--port 0] [--scale 1]: runs until its standard input ends or it is told to stop.

Writes one JSON line when it listens: its URL and the key pairs of `admin` (the test itself) and `sluice` (what is tested).
"""
import argparse
import json
import os
import pathlib
import signal
import sys
import threading
import time

from .listener import Listener, make_server
from .request_log import RequestLog
from .services import task_process
from .world import World


def main() -> int:
    parser = argparse.ArgumentParser(prog="aws_simulator")
    parser.add_argument("--home", required=True, type=pathlib.Path, help="folder for requests.ndjson")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--scale", type=float, default=1.0, help="simulated seconds in a real one")
    parser.add_argument("--behind", type=float, default=0.0, help="seconds that the simulated clock begins before this one")
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    world = World(options.scale, time.time() - options.behind)
    world.home = options.home
    server = make_server(Listener(world, RequestLog(options.home / "requests.ndjson")), options.port)
    world.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    keys = {who: world.add_keys(who) for who in ("admin", "sluice")}
    print(json.dumps({"url": world.url,
                      **{who: {"access_key": k.access_key, "secret_key": k.secret_key} for who, k in keys.items()}}),
          flush=True)
    signal.signal(signal.SIGTERM, lambda *_: _end())
    sys.stdin.read()  # the starter holds the other end: with it gone, there is no one to serve
    _end()


def _end() -> None:
    task_process.kill_all()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
