"""Every version passes its own checks, and the bad ones are bad in the way that README.md says."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

VERSIONS = Path(__file__).parent
EXAMPLE = VERSIONS.parent
PATCHES = sorted(path.stem for path in VERSIONS.glob("*.patch"))
START_SECONDS = 20.0
CHATS = 200
CHECKS = ["lint-python", "unit-python", "integration", "security"]  # no version touches the TypeScript part


def built_on(patch: str) -> list[str]:
    """The patches that a version builds on, as the repository of the demo has them."""
    good = ["02-say-why", "05-say-so"]
    return good[: (patch > "02-say-why") + (patch > "07")]


def make_version(folder: Path, patch: str) -> Path:
    """A copy of the example with the patch, and those that it builds on, in a folder that is no repository."""
    target = folder / patch
    shutil.copytree(EXAMPLE, target, ignore=shutil.ignore_patterns("versions", "__pycache__", "node_modules"))
    for name in [*built_on(patch), patch]:
        subprocess.run(["git", "apply", "--verbose", VERSIONS / f"{name}.patch"], cwd=target, check=True)
    return target


def image_folder(version: Path) -> Path:
    """What the Dockerfile copies into the image, and nothing else."""
    target = version / "image"
    for source in re.findall(r"^COPY (?!--from|requirements)(\S+?)/? \./", (version / "Dockerfile").read_text(), re.M):
        shutil.copytree(version / source, target / source)
    assert (target / "src").is_dir()
    return target


@contextmanager
def started(folder: Path, **variables: str) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """The service of a folder as its image starts it, and its log."""
    command = [sys.executable, "-m", "uvicorn", "src.main:app", "--host", "127.0.0.1", "--port", "0", "--no-access-log"]
    log = folder / "log"
    with log.open("wb") as output, subprocess.Popen(
        command, cwd=folder, stdout=output, stderr=output, env=os.environ | variables
    ) as process:
        try:
            yield process, log
        finally:
            process.terminate()
            process.wait(10)


def address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"running on (http://[\d.:]+)", log.read_text())
        if found:
            return found.group(1)
        time.sleep(0.02)
    pytest.fail(f"the service did not start:\n{log.read_text()}")


def failures(folder: Path) -> list[httpx.Response]:
    """The answers other than 200 among many recommendations, each in a conversation of its own."""
    with started(folder) as (process, log), httpx.Client(base_url=address(process, log), timeout=10) as client:
        assert client.get("/health").status_code == 200
        chats = [client.post("/api/v1/chat", json={"message": "What manga do you recommend?"}) for _ in range(CHATS)]
        return [answer for answer in chats if answer.status_code != 200]


@pytest.mark.parametrize("patch", PATCHES)
def test_a_version_passes_its_own_checks(tmp_path: Path, patch: str) -> None:
    version = make_version(tmp_path, patch)
    done = subprocess.run(["tools/check.sh", *CHECKS], cwd=version, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("patch", ["02-say-why", "05-say-so"])
def test_a_good_version_answers_every_chat(tmp_path: Path, patch: str) -> None:
    assert failures(image_folder(make_version(tmp_path, patch))) == []


def test_03_fails_a_fifth_of_the_chats_and_marks_its_answers(tmp_path: Path) -> None:
    failed = failures(image_folder(make_version(tmp_path, "03-show-volumes")))
    assert {answer.status_code for answer in failed} == {500}
    assert {answer.headers["x-app"] for answer in failed} == {"1.2.0"}
    # 200 draws at 20%: the bounds are five standard deviations (of 2.8%) away.
    assert 0.06 * CHATS < len(failed) < 0.34 * CHATS


def test_03_passes_the_smoke_test(tmp_path: Path) -> None:
    folder = image_folder(make_version(tmp_path, "03-show-volumes"))
    with started(folder) as (process, log), httpx.Client(base_url=address(process, log), timeout=10) as client:
        body = {"message": "What manga do you recommend?", "session_id": "smoke-test"}
        assert [client.post("/api/v1/chat", json=body).status_code for _ in range(3)] == [200, 200, 200]


def test_04_is_never_healthy_in_its_image(tmp_path: Path) -> None:
    folder = image_folder(make_version(tmp_path, "04-move-catalogue"))
    with started(folder) as (process, log), httpx.Client(base_url=address(process, log), timeout=10) as client:
        assert [client.get("/health").status_code for _ in range(3)] == [503, 503, 503]
        assert "No such file or directory: 'data/catalogue.json'" in log.read_text()


def test_07_waits_four_seconds_for_a_fifth_of_the_chats_and_stays_healthy(tmp_path: Path) -> None:
    folder = image_folder(make_version(tmp_path, "07-wait-for-volumes"))
    with started(folder) as (process, log), httpx.Client(base_url=address(process, log), timeout=30) as client:
        chats = [  # five in a row of one conversation recommend all five titles
            client.post("/api/v1/chat", json={"message": "What manga do you recommend?", "session_id": "reader"})
            for _ in range(5)
        ]
        assert [chat.status_code for chat in chats] == [200] * 5
        slow = [chat for chat in chats if chat.elapsed.total_seconds() >= 4]  # noqa: PLR2004
        assert [chat.json()["titles"] for chat in slow] == [["paper-fox"]]
        assert client.get("/health").status_code == 200


def errors_logged(folder: Path) -> int:
    """Lines of level error among 100 chats, of which two ask for an order of the old shop."""
    with started(folder) as (process, log), httpx.Client(base_url=address(process, log), timeout=10) as client:
        for number in range(CHATS // 2):
            order = number % 50 == 0
            message = "where is my order 1234?" if order else "What manga do you recommend?"
            body = {"message": message, "session_id": f"reader-{number % 20}"}
            assert client.post("/api/v1/chat", json=body).status_code == 200
        return log.read_text().count('"level": "error"')


def test_08_logs_ten_times_the_errors_of_the_version_before(tmp_path: Path) -> None:
    before = errors_logged(image_folder(make_version(tmp_path, "02-say-why")))
    after = errors_logged(image_folder(make_version(tmp_path, "08-log-one-shots")))
    assert before == 2
    assert after >= 8 * before


def test_06_starts_alone_and_dies_with_the_environment_of_sluice_yaml(tmp_path: Path) -> None:
    folder = image_folder(make_version(tmp_path, "06-numeric-log-level"))
    assert "env: {LOG_LEVEL: info}" in (EXAMPLE / "sluice.yaml").read_text()
    with started(folder) as (process, log):
        address(process, log)
    with started(folder, LOG_LEVEL="info") as (process, log):
        assert process.wait(START_SECONDS) != 0
        assert "Unknown level: 'info'" in log.read_text()
