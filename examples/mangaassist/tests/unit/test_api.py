import json
from pathlib import Path

import pytest

import src.catalogue
from src.api import create_app
from src.guardrails.rules import Direction, Verdict
from src.services import GuardrailsUnavailable, Services
from src.version import VERSION
from tests.ask import ask


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
    assert "my card" not in json.dumps(logged, default=str)


def test_a_request_without_an_id_is_given_one(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    app = create_app()
    ask(app, "POST", "/api/v1/chat", {"message": "hello"})
    ask(app, "POST", "/api/v1/chat", {"message": "hello"}, {"x-request-id": "given"})
    ids = [vars(record)["request_id"] for record in caplog.records if record.message == "request"]
    assert len(ids[0]) == 32
    assert ids[1] == "given"


def test_without_its_guardrails_it_refuses(caplog: pytest.LogCaptureFixture) -> None:
    def unreachable(text: str, direction: Direction) -> Verdict:
        raise GuardrailsUnavailable("the guardrails did not answer")

    response = ask(create_app(Services(check=unreachable)), "POST", "/api/v1/chat", {"message": "hello"})
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    assert "guardrails" not in response.text
    assert "ERROR" in [record.levelname for record in caplog.records]
