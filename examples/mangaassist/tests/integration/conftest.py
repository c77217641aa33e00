"""The service as it is started in its image: uvicorn in a process of its own."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 20.0
_LISTENING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """The address that the service says it listens on (port 0 lets the system choose a free one)."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        found = _LISTENING.search(log.read_text())
        if found:
            return found.group(1)
        if ended:
            break
        time.sleep(0.02)
    pytest.fail("the service did not start:\n" + log.read_text())


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    command = [sys.executable, "-m", "uvicorn", "src.main:app", "--host", "127.0.0.1", "--port", "0", "--no-access-log"]
    log = tmp_path_factory.mktemp("service") / "log"
    with log.open("wb") as output, subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output) as process:  # noqa: S603
        try:
            with httpx.Client(base_url=_address(process, log), timeout=10) as client:
                yield client
        finally:
            process.terminate()
            process.wait(10)
