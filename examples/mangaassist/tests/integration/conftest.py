"""The services as they are started in their image: uvicorn in a process of its own for each."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 20.0
_LISTENING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


@dataclass
class Running:
    """A service in a process of its own."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def url(self) -> str:
        """The address that it says it listens on (port 0 lets the system choose a free one), once it says so."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            found = _LISTENING.search(self.log.read_text())
            if found:
                return found.group(1)
            if ended:
                break
            time.sleep(0.02)
        pytest.fail("the service did not start:\n" + self.log.read_text())

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@contextmanager
def started(app: str, log: Path, **variables: str) -> Iterator[Running]:
    """The service of `app` (a module and its application) on a free port."""
    command = [sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", "0", "--no-access-log"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=os.environ | variables) as process,  # noqa: S603
    ):
        running = Running(process, log)
        try:
            yield running
        finally:
            running.end()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    log = tmp_path_factory.mktemp("service") / "log"
    with started("src.main:app", log) as running, httpx.Client(base_url=running.url(), timeout=10) as client:
        yield client
