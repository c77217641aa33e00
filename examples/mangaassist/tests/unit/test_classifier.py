import pytest

from src.classifier.api import create_app
from src.classifier.proxy import Proxy, Source
from src.intents import Intent
from src.remote import Remote
from tests.ask import ask
from tests.stub import Stub


def proxy(stub: Stub, most_kept: int = 10) -> Proxy:
    return Proxy(Remote("model", stub.url, 5), most_kept)


def labels(**scores: float) -> list[dict[str, object]]:
    return [{"label": label, "score": score} for label, score in scores.items()]


def test_rules_decide_without_a_model() -> None:
    opinion = Proxy().classify("I want a refund")
    assert (opinion.classification.intent, opinion.source) == (Intent.ORDER_RETURN, Source.RULES)


def test_the_models_best_label_wins(stub: Stub) -> None:
    stub.answer = labels(greeting=0.1, shipping=0.8, person=0.1)
    opinion = proxy(stub).classify("will you bring it to my door?")
    assert (opinion.classification.intent, opinion.source) == (Intent.SHIPPING, Source.MODEL)
    assert opinion.classification.confidence == 0.8
    assert stub.asked[0][2] == {"inputs": "will you bring it to my door?"}


def test_a_model_in_doubt_leaves_it_to_the_rules(stub: Stub) -> None:
    stub.answer = labels(greeting=0.4, shipping=0.35)
    opinion = proxy(stub).classify("I want a refund")
    assert (opinion.classification.intent, opinion.source) == (Intent.ORDER_RETURN, Source.RULES)


@pytest.mark.parametrize(
    "answer",
    [None, {}, [], [{"label": "greeting"}], labels(weather=1), labels(refused=1), labels(greeting=1.5), [7]],
)
def test_rules_stand_in_for_a_model_that_makes_no_sense(
    stub: Stub, answer: object, caplog: pytest.LogCaptureFixture
) -> None:
    stub.answer = answer
    opinion = proxy(stub).classify("I want a refund")
    assert (opinion.classification.intent, opinion.source) == (Intent.ORDER_RETURN, Source.RULES)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_the_newest_answers_of_the_model_are_kept(stub: Stub) -> None:
    stub.answer = labels(greeting=1)
    kept = proxy(stub, most_kept=2)
    for message in ("a", "b", "a", "c", "a", "b"):
        kept.classify(message)
    assert [body for _, _, body in stub.asked] == [{"inputs": message} for message in ("a", "b", "c", "b")]


def test_the_service_says_whose_opinion_it_is(stub: Stub) -> None:
    body = {"message": "I want to return my order"}
    answer = ask(create_app(Proxy()), "POST", "/internal/classifier/classify", body).json()
    assert answer == {"intent": "order_return", "confidence": 0.658, "matched": ["return"], "source": "rules"}
    stub.answer = labels(order_return=0.97)
    answer = ask(create_app(proxy(stub)), "POST", "/internal/classifier/classify", body).json()
    assert answer == {"intent": "order_return", "confidence": 0.97, "matched": [], "source": "model"}
    assert ask(create_app(proxy(stub)), "GET", "/health").json()["model"] is True
