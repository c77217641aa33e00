import asyncio
import json
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

import src.catalogue
from src.api import create_app
from src.marking import VersionMarking
from src.version import VERSION


def ask(app: ASGIApp, method: str, path: str, body: object = None) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(VersionMarking(app), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, json=body)

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("path", "status"), [("/health", 200), ("/nowhere", 404), ("/api/v1/chat", 405), ("/broken", 500)]
)
def test_every_answer_carries_the_version(path: str, status: int) -> None:
    app = create_app()

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("on purpose")

    response = ask(app, "GET", path)
    assert response.status_code == status
    assert response.headers["x-app"] == VERSION


def test_it_is_not_healthy_without_its_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(src.catalogue, "CATALOGUE", tmp_path / "absent.json")
    src.catalogue.load_catalogue.cache_clear()
    try:
        assert ask(create_app(), "GET", "/health").status_code == 503
    finally:
        src.catalogue.load_catalogue.cache_clear()


def test_classify_gives_intent_confidence_and_words() -> None:
    response = ask(create_app(), "POST", "/api/v1/classify", {"message": "I want to return my order"})
    assert response.json() == {"intent": "order_return", "confidence": 0.658, "matched": ["return"]}


def test_chat_counts_the_turns_of_a_session() -> None:
    app = create_app()
    first = ask(app, "POST", "/api/v1/chat", {"message": "hello"}).json()
    second = ask(app, "POST", "/api/v1/chat", {"message": "hello", "session_id": first["session_id"]}).json()
    assert (first["turn"], second["turn"]) == (1, 2)


def test_what_a_customer_writes_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    ask(create_app(), "POST", "/api/v1/chat", {"message": "my card is 4111"})
    logged = [vars(record) for record in caplog.records if record.name == "mangaassist"]
    assert logged
    assert logged[0]["status"] == 200
    assert "4111" not in json.dumps(logged, default=str)
