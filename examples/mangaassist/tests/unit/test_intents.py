import pytest

from src.intents import Intent, classify


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("I want to return my order", Intent.ORDER_RETURN),
        ("The book came damaged, can I get my money back?", Intent.ORDER_RETURN),
        ("Where is my order #12345?", Intent.ORDER_STATUS),
        ("My parcel has not arrived", Intent.ORDER_STATUS),
        ("What manga do you recommend?", Intent.RECOMMENDATION),
        ("hello, I am looking for something like Iron Garden", Intent.RECOMMENDATION),
        ("Is Salt and Starlight in stock?", Intent.AVAILABILITY),
        ("how much is Bento Wars", Intent.AVAILABILITY),
        ("Do you ship to Norway?", Intent.SHIPPING),
        ("let me speak to a human", Intent.PERSON),
        ("good evening", Intent.GREETING),
        ("asdf", Intent.UNKNOWN),
    ],
)
def test_a_message_has_the_intent_of_its_heaviest_rules(message: str, intent: Intent) -> None:
    assert classify(message).intent == intent


def test_confidence_falls_when_rules_disagree() -> None:
    alone = classify("I want a refund")
    disputed = classify("Where is my order, I want a refund")
    assert 0 < disputed.confidence < alone.confidence < 1


def test_the_words_that_decided_are_named() -> None:
    assert classify("Please REFUND the wrong volume").matched == ("refund", "wrong volume")


def test_a_word_inside_another_does_not_count() -> None:
    assert classify("this thing").intent == Intent.UNKNOWN
