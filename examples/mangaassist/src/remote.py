"""Another service, asked over HTTP in JSON.

Each request has a connection of its own and one attempt. A service that failed three times in a row is left alone for
two seconds, so that an outage of it costs few users its timeout. What to do without an answer is the caller's decision.
"""

import json
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from src import request_id

FAILURES_IN_A_ROW = 3
REST_SECONDS = 2.0
MOST_BYTES = 1_000_000
_OK = 200


class Unavailable(Exception):  # noqa: N818 (a state of the other service, which callers expect)
    """There was no answer, or none that can be used; the text says why."""


class Remote:
    """One other service. May be used by several threads.

    `url` is where it is (`http://host:port`, or https), `timeout_seconds` the longest wait for the connection, and
    again for each part of the answer. Raises ValueError for a URL that cannot be asked.
    """

    def __init__(
        self, name: str, url: str, timeout_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"the URL of the {name} must be http(s)://host[:port][/path], not {url!r}")
        self.name = name
        self.timeout_seconds = timeout_seconds
        self.clock = clock
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._failures = 0
        self._rests_until = 0.0

    def ask(self, path: str, body: Mapping[str, object] | None) -> Any:  # noqa: ANN401 (JSON; the caller checks its shape)
        """Posts `body`, or gets where there is none, and gives the JSON of the answer.

        Raises Unavailable for everything but status 200 and JSON.
        """
        if self._failures >= FAILURES_IN_A_ROW and self.clock() < self._rests_until:
            raise Unavailable(f"the {self.name} failed {self._failures} times in a row and is not asked for a moment")
        try:
            answer = self._exchange(path, body)
        except (OSError, HTTPException, ValueError) as error:
            self._failures += 1
            self._rests_until = self.clock() + REST_SECONDS
            raise Unavailable(f"the {self.name} did not answer: {error or type(error).__name__}") from error
        self._failures = 0
        return answer

    def _exchange(self, path: str, body: Mapping[str, object] | None) -> Any:  # noqa: ANN401
        connection = self._kind(self._host, self._port, timeout=self.timeout_seconds)
        try:
            headers = {request_id.HEADER: request_id.current.get()}
            if body is None:
                connection.request("GET", self._prefix + path, headers=headers)
            else:
                headers["content-type"] = "application/json"
                connection.request("POST", self._prefix + path, json.dumps(body).encode(), headers)
            response = connection.getresponse()
            text = response.read(MOST_BYTES + 1)
        finally:
            connection.close()
        if response.status != _OK:
            raise ValueError(f"status {response.status}")
        if len(text) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES} bytes")
        return json.loads(text)
