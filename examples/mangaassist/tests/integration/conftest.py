"""The service as it is started in its image: uvicorn in a process of its own."""

import re
import selectors
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


def _address(process: "subprocess.Popen[str]") -> str:
    """The address that the service says it listens on (port 0 lets the system choose a free one)."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_SECONDS
    seen = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(deadline - time.monotonic()):
            line = process.stdout.readline()
            seen.append(line)
            found = _LISTENING.search(line)
            if found:
                return found.group(1)
            if not line:
                break
    pytest.fail("the service did not start:\n" + "".join(seen))


@pytest.fixture(scope="session")
def service() -> Iterator[httpx.Client]:
    command = [sys.executable, "-m", "uvicorn", "src.main:app", "--host", "127.0.0.1", "--port", "0", "--no-access-log"]
    with subprocess.Popen(  # noqa: S603 (the command is ours)
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    ) as process:
        try:
            with httpx.Client(base_url=_address(process), timeout=10) as client:
                yield client
        finally:
            process.terminate()
            process.wait(10)
