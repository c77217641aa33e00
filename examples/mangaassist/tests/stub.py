"""A service that answers what a test tells it to, on a port of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Stub:
    """What it answers, and what it was asked. With `silent` set it waits for it before it answers."""

    url: str = ""
    status: int = 200
    answer: object = None
    raw: bytes | None = None
    silent: threading.Event | None = None
    asked: list[tuple[str, dict[str, str], object]] = field(default_factory=list)


@contextmanager
def stub_server() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            self.reply(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def reply(self, body: object) -> None:
            stub.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if stub.silent:
                stub.silent.wait(10)
            self.send_response(stub.status)
            self.end_headers()
            self.wfile.write(json.dumps(stub.answer).encode() if stub.raw is None else stub.raw)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stub.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield stub
        finally:
            if stub.silent:
                stub.silent.set()
            server.shutdown()
            thread.join()
