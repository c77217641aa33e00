import pytest

from src.guardrails.rules import Direction
from src.intents import Intent
from src.rag.retrieval import find
from src.services import BUILT_IN, GuardrailsUnavailable, Services, services_of
from tests.stub import Stub


def all_at(url: str) -> Services:
    return services_of({"CLASSIFIER_URL": url, "RAG_URL": url, "GUARDRAILS_URL": url})


def test_what_no_variable_names_is_built_in() -> None:
    assert services_of({"RAG_URL": ""}) == BUILT_IN


def test_a_url_that_cannot_be_asked_stops_the_start() -> None:
    with pytest.raises(ValueError, match="guardrails"):
        services_of({"GUARDRAILS_URL": "guardrails:8080"})


def test_the_classifier_is_asked(stub: Stub) -> None:
    stub.answer = {"intent": "shipping", "confidence": 0.9, "matched": ["norway"], "source": "model"}
    found = all_at(stub.url).classify("Norway?")
    assert (found.intent, found.confidence, found.matched) == (Intent.SHIPPING, 0.9, ("norway",))
    assert stub.asked[0][0] == "/internal/classifier/classify"
    assert stub.asked[0][2] == {"message": "Norway?"}


@pytest.mark.parametrize("answer", [None, {}, {"intent": "weather", "confidence": 1, "matched": []}, [1]])
def test_rules_classify_where_the_classifier_makes_no_sense(
    stub: Stub, answer: object, caplog: pytest.LogCaptureFixture
) -> None:
    stub.answer = answer
    assert all_at(stub.url).classify("I want a refund").intent == Intent.ORDER_RETURN
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_the_rag_service_is_asked(stub: Stub) -> None:
    best = find("tennis", 1)
    stub.answer = {"titles": best}
    assert all_at(stub.url).find("something", 3, or_best=True) == best
    assert stub.asked[0][0] == "/internal/rag/search"
    assert stub.asked[0][2] == {"question": "something", "count": 3, "or_best": True}


@pytest.mark.parametrize("answer", [{}, {"titles": [{"id": "x"}]}, {"titles": 5}, {"titles": [5]}])
def test_the_built_in_index_answers_where_the_rag_service_makes_no_sense(stub: Stub, answer: object) -> None:
    stub.answer = answer
    assert all_at(stub.url).find("tennis", 1)[0]["id"] == "first-serve"


def test_the_guardrails_are_asked(stub: Stub) -> None:
    stub.answer = {"allowed": False, "text": "", "reasons": ["new_rule"]}
    verdict = all_at(stub.url).check("hello", Direction.IN)
    assert (verdict.allowed, verdict.reasons) == (False, ("new_rule",))
    assert stub.asked[0][0] == "/internal/guardrails/check"
    assert stub.asked[0][2] == {"text": "hello", "direction": "in"}


@pytest.mark.parametrize("answer", [None, {"allowed": True}, [True]])
def test_nothing_stands_in_for_the_guardrails(stub: Stub, answer: object) -> None:
    stub.answer = answer
    with pytest.raises(GuardrailsUnavailable):
        all_at(stub.url).check("hello", Direction.IN)


def test_only_a_plain_true_allows(stub: Stub) -> None:
    stub.answer = {"allowed": "true", "text": "hello", "reasons": []}
    assert not all_at(stub.url).check("hello", Direction.IN).allowed
