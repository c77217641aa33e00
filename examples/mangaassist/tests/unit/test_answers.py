import pytest

from src.answers import answer
from src.intents import Intent
from src.sessions import Session


def test_a_recommendation_names_a_title_that_fits_the_wish() -> None:
    found = answer("recommend something about tennis", Session("reader"))
    assert found.intent == Intent.RECOMMENDATION
    assert found.titles == ("first-serve",)
    assert "First Serve by Shun Hayami" in found.reply


def test_another_recommendation_is_another_title() -> None:
    session = Session("smoke-test")
    first = answer("What manga do you recommend?", session)
    second = answer("what else?", session)
    assert first.titles != second.titles


def test_availability_of_the_title_that_was_just_recommended() -> None:
    session = Session("reader")
    answer("recommend something about tennis", session)
    assert answer("is it in stock?", session).reply == "First Serve is in stock for 6.99 EUR a volume."


def test_availability_without_a_title_asks_back() -> None:
    assert answer("is it available?", Session("reader")).reply == "Which title do you mean?"


def test_a_sold_out_title_is_said_to_be_so() -> None:
    assert answer("do you have Iron Garden?", Session("reader")).reply == "Iron Garden is sold out at the moment."


def test_an_order_number_is_understood() -> None:
    session = Session("reader")
    assert "order 12345" in answer("where is my order #12345?", session).reply
    assert "order 777888" in answer("refund order 777888", session).reply
    assert "order number" in answer("where is my parcel?", session).reply


def test_an_order_of_the_old_shop_is_an_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    assert "old shop" in answer("where is my order 1234?", Session("reader")).reply
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_turns_are_counted_and_the_intent_is_remembered() -> None:
    session = Session("reader")
    answer("hello", session)
    answer("do you ship to Norway?", session)
    assert session.turns == 2
    assert session.last_intent == Intent.SHIPPING
