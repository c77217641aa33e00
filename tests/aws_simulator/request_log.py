"""Every request that came, in memory and as one JSON object a line in a file."""
import dataclasses
import datetime
import json
import pathlib
import threading

from .problems import Problem


class RequestLog:
    """The record of requests, and of the problems found in them. May be used from several threads."""

    def __init__(self, file: pathlib.Path):
        self._lock = threading.Lock()
        self._file = open(file, "a", buffering=1)
        self._entries: list[dict] = []
        self._problems: list[Problem] = []
        self._number = 0

    def next_number(self) -> int:
        with self._lock:
            self._number += 1
            return self._number

    def add(self, entry: dict) -> None:
        """Keeps `entry`; its `time` is simulated epoch seconds."""
        entry = {**entry, "time": iso(entry["time"])}
        with self._lock:
            self._entries.append(entry)
            self._file.write(json.dumps(entry, default=str) + "\n")

    def problem(self, problem: Problem) -> None:
        with self._lock:
            self._problems.append(problem)
            self._file.write(json.dumps({"problem": dataclasses.asdict(problem)}) + "\n")

    def entries(self, since: int = 0) -> list[dict]:
        """Those with a number above `since`, in the order in which they were answered."""
        with self._lock:
            return [json.loads(json.dumps(e, default=str)) for e in self._entries if e["number"] > since]

    def newest(self) -> int:
        """The highest number of those that were answered; 0 without any."""
        with self._lock:
            return max((e["number"] for e in self._entries), default=0)

    def problems(self) -> list[dict]:
        with self._lock:
            return [dataclasses.asdict(p) for p in self._problems]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._problems.clear()


def iso(moment: float) -> str:
    text = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text[:-3] + "Z"
