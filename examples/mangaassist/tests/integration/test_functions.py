"""The functions as they are deployed: from their zips, with nothing else around them."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.integration.conftest import ROOT

FUNCTIONS = ["overflow", "websocket"]


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("zips")
    return {name: package(name, folder / f"{name}.zip") for name in FUNCTIONS}


def package(name: str, out: Path) -> Path:
    subprocess.run([sys.executable, ROOT / "tools" / "package_function.py", name, out], check=True, cwd=out.parent)  # noqa: S603
    return out


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return folder


def output_of(command: list[str], folder: Path, **variables: str) -> dict[str, object]:
    """The last line that a program prints, which is JSON; before it come its logs."""
    environment = {"PATH": os.environ["PATH"]} | variables
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_sources_give_the_same_bytes(zips: dict[str, Path], tmp_path: Path, name: str) -> None:
    again = package(name, tmp_path / "again.zip")
    assert again.read_bytes() == zips[name].read_bytes()
    with zipfile.ZipFile(again) as opened:
        names = opened.namelist()
    assert names == sorted(names)
    assert not [name for name in names if name.startswith("/") or ".." in name or "test" in name or "pycache" in name]
    assert str(ROOT).encode() not in again.read_bytes()


def test_the_overflow_handler_needs_only_its_zip(zips: dict[str, Path], tmp_path: Path) -> None:
    folder = unpacked(zips["overflow"], tmp_path)
    body = '{"message": "recommend something about tennis"}'
    event = {"httpMethod": "POST", "path": "/overflow/api/v1/chat", "body": body}
    script = (
        "import json, sys; sys.path.insert(0, '.');"
        "from functions.overflow.handler import handle; print(json.dumps(handle(json.loads(sys.argv[1]), None)))"
    )
    # Isolated, and without the folder of installed packages.
    answer = output_of([sys.executable, "-I", "-S", "-B", "-c", script, json.dumps(event)], folder)
    assert answer["statusCode"] == 200
    assert json.loads(str(answer["body"]))["titles"] == ["first-serve"]


def test_the_websocket_handler_talks_to_the_orchestrator(
    zips: dict[str, Path], tmp_path: Path, service: httpx.Client
) -> None:
    folder = unpacked(zips["websocket"], tmp_path)
    script = (
        "const { handler } = await import(`${process.cwd()}/handler.js`);"
        "const requestContext = { routeKey: '$default', connectionId: 'c-1', requestId: 'r-1' };"
        "const body = JSON.stringify({ message: 'recommend something about tennis' });"
        "console.log(JSON.stringify(await handler({ requestContext, body })));"
    )
    url = str(service.base_url)
    answer = output_of(["node", "--input-type=module", "--eval", script], folder, CHAT_URL=url)
    reply = json.loads(str(answer["body"]))
    assert (reply["type"], reply["session_id"], reply["titles"]) == ("reply", "c-1", ["first-serve"])
