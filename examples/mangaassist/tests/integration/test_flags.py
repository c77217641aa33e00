"""The orchestrator beside an AppConfig agent: a stub that answers as the agent does."""

from pathlib import Path

import httpx

from tests.integration.conftest import started
from tests.stub import stub_server

PATH = "/applications/mangaassist/environments/production/configurations/flags"


def greeting(client: httpx.Client) -> str:
    reply: str = client.post("/api/v1/chat", json={"message": "hello"}).json()["reply"]
    return reply


def test_it_says_what_the_flags_say(tmp_path: Path) -> None:
    with stub_server() as agent:
        agent.answer = {"new_greeting": {"enabled": True, "text": "Welcome back!"}, "also_like": {"enabled": False}}
        with (
            started("src.main:app", tmp_path / "log", FLAGS_URL=agent.url + PATH) as running,
            httpx.Client(base_url=running.url(), timeout=10) as client,
        ):
            assert greeting(client) == "Welcome back!"
            assert greeting(client) == "Welcome back!"
        assert [path for path, _, _ in agent.asked] == [PATH]


def test_without_the_agent_it_answers_as_usual_and_says_so_in_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        started("src.main:app", log, FLAGS_URL=f"http://127.0.0.1:1{PATH}") as running,
        httpx.Client(base_url=running.url(), timeout=10) as client,
    ):
        assert greeting(client).startswith("Hello!")
        assert client.get("/health").status_code == 200
    assert "the flags are those that were read last" in log.read_text()
