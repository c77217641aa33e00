from pathlib import Path

import pytest
import yaml

from src.flags import DEFAULTS, MOST_LIKE, POLL_SECONDS, AgentFlags, Features, flags_of, read_features
from src.remote import Remote, Unavailable
from tests.stub import Stub

GREETING = {"new_greeting": {"enabled": True, "text": "Welcome!"}}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def agent_flags(stub: Stub, clock: Clock) -> AgentFlags:
    return AgentFlags(Remote("AppConfig agent", f"{stub.url}/applications/chat", 5), clock)


def test_without_a_url_the_defaults_hold() -> None:
    assert flags_of({})() == DEFAULTS
    assert flags_of({"FLAGS_URL": ""})() == DEFAULTS


def test_a_url_that_cannot_be_asked_stops_the_start() -> None:
    with pytest.raises(ValueError, match="AppConfig agent"):
        flags_of({"FLAGS_URL": "localhost:2772"})


def test_the_agent_is_asked_at_most_every_so_often(stub: Stub) -> None:
    clock = Clock()
    flags = agent_flags(stub, clock)
    stub.answer = GREETING
    assert [flags().greeting for _ in range(3)] == ["Welcome!"] * 3
    stub.answer = {}
    clock.now = POLL_SECONDS - 0.1
    assert flags().greeting == "Welcome!"
    clock.now = POLL_SECONDS
    assert flags() == DEFAULTS
    assert [(path, body) for path, _, body in stub.asked] == [("/applications/chat", None)] * 2


def test_without_an_answer_what_was_read_last_holds_and_the_log_says_so(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    flags = agent_flags(stub, clock)
    stub.status = 404
    assert flags() == DEFAULTS
    assert ["status 404" in record.__dict__["cause"] for record in caplog.records] == [True]
    for status, answer in ((200, GREETING), (500, None), (200, [])):
        clock.now += POLL_SECONDS
        stub.status, stub.answer = status, answer
        assert flags().greeting == "Welcome!"
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3


def test_while_one_asks_the_others_go_on(stub: Stub) -> None:
    flags = agent_flags(stub, Clock())
    with flags._asking:
        assert flags() == DEFAULTS
    assert not stub.asked


@pytest.mark.parametrize(
    ("answer", "features"),
    [
        ({}, DEFAULTS),
        ({"another": {"enabled": True}}, DEFAULTS),
        ({"also_like": {"enabled": False, "count": 2}}, DEFAULTS),
        ({"also_like": {"enabled": True, "count": 2}}, Features(also_like=2)),
        ({"also_like": {"enabled": True, "count": 99}}, Features(also_like=MOST_LIKE)),
        (GREETING, Features(greeting="Welcome!")),
    ],
)
def test_an_answer_says_what_is_on(answer: object, features: Features) -> None:
    assert read_features(answer) == features


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {"new_greeting": True},
        {"new_greeting": {"text": "hi"}},
        {"new_greeting": {"enabled": True}},
        {"also_like": {"enabled": True, "count": "2"}},
        {"also_like": {"enabled": True, "count": True}},
    ],
)
def test_an_answer_that_makes_no_sense_is_none(answer: object) -> None:
    with pytest.raises(Unavailable):
        read_features(answer)


def test_the_definitions_are_what_the_service_reads() -> None:
    """What AppConfig gives is the part `values` of the definitions."""
    definitions = yaml.safe_load((Path(__file__).parents[2] / "flags.yaml").read_text())
    assert read_features(definitions["values"]) == DEFAULTS
    on = {name: value | {"enabled": True} for name, value in definitions["values"].items()}
    features = read_features(on)
    assert features.greeting
    assert features.also_like == on["also_like"]["count"]
