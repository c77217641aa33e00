import base64
import json

import pytest

from functions.overflow import handler
from functions.overflow.handler import handle
from src.api import create_app
from src.assistant import Assistant
from src.guardrails.rules import Direction, Verdict
from src.services import GuardrailsUnavailable, Services
from src.version import VERSION
from tests.ask import ask


def event(body: object, method: str = "POST", path: str = "/overflow/api/v1/chat") -> dict[str, object]:
    return {
        "httpMethod": method,
        "path": path,
        "headers": {"X-Request-Id": "request-1"},
        "requestContext": {"requestId": "of-the-gateway"},
        "body": body if isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "_assistant", Assistant())


@pytest.mark.parametrize("message", ["recommend something about tennis", "where is my order #12345?", "asdf", "hello"])
def test_it_answers_as_the_orchestrator_does(message: str) -> None:
    body = {"message": message, "session_id": "reader"}
    answer = handle(event(body), None)
    assert answer["statusCode"] == 200
    assert answer["headers"] == {"content-type": "application/json", "x-app": VERSION}
    assert json.loads(str(answer["body"])) == ask(create_app(), "POST", "/api/v1/chat", body).json()


def test_a_conversation_goes_on() -> None:
    turns = [json.loads(str(handle(event({"message": "hi", "session_id": "a"}), None)["body"]))["turn"] for _ in "ab"]
    assert turns == [1, 2]


def test_a_body_in_base64_is_understood() -> None:
    body = base64.b64encode(b'{"message": "hello"}').decode()
    assert handle(event(body) | {"isBase64Encoded": True}, None)["statusCode"] == 200
    assert handle(event("%") | {"isBase64Encoded": True}, None)["statusCode"] == 422


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "[]",
        {},
        {"message": ""},
        {"message": 5},
        {"message": "x" * 2001},
        {"message": "hi", "session_id": ""},
        {"message": "hi", "session_id": "x" * 101},
    ],
)
def test_input_that_is_not_valid_is_refused_with_its_place(body: object) -> None:
    answer = handle(event(body), None)
    assert answer["statusCode"] == 422
    assert json.loads(str(answer["body"]))["detail"][0]["loc"][0] == "body"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/overflow/api/v1/chat", 405), ("POST", "/overflow/health", 404)]
)
def test_it_serves_nothing_but_chats(method: str, path: str, status: int) -> None:
    assert handle(event("", method, path), None)["statusCode"] == status


def test_without_its_guardrails_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(text: str, direction: Direction) -> Verdict:
        raise GuardrailsUnavailable("the guardrails did not answer")

    monkeypatch.setattr(handler, "_assistant", Assistant(Services(check=unreachable)))
    answer = handle(event({"message": "hello"}), None)
    assert answer["statusCode"] == 503
    assert answer["headers"]["retry-after"] == "2"


def test_a_failure_is_logged_and_answered(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(handler, "_assistant", None)
    answer = handle(event({"message": "my card is 4111"}), None)
    assert (answer["statusCode"], answer["body"]) == (500, '{"detail": "internal error"}')
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [vars(record)["request_id"] for record in errors] == ["request-1"]
    assert "my card" not in caplog.text


def test_a_request_has_the_gateways_id_when_its_client_gave_none(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    handle(event({"message": "hello"}) | {"headers": None}, None)
    assert vars(caplog.records[-1])["request_id"] == "of-the-gateway"
