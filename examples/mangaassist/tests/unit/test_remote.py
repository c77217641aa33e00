import threading

import pytest

from src import request_id
from src.remote import FAILURES_IN_A_ROW, MOST_BYTES, REST_SECONDS, Remote, Unavailable
from tests.stub import Stub


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_posts_json_with_the_request_id_and_gives_the_answer(stub: Stub) -> None:
    stub.answer = {"titles": []}
    request_id.begin("request-7")
    assert Remote("rag", f"{stub.url}/base/", 5).ask("/search", {"count": 1}) == {"titles": []}
    path, headers, body = stub.asked[0]
    assert path == "/base/search"
    assert headers["x-request-id"] == "request-7"
    assert headers["content-type"] == "application/json"
    assert body == {"count": 1}


@pytest.mark.parametrize(
    ("status", "raw", "cause"),
    [
        (503, b"{}", "status 503"),
        (200, b"not JSON", "Expecting value"),
        (200, b" " * (MOST_BYTES + 1), "more than 1000000 bytes"),
    ],
)
def test_an_answer_that_cannot_be_used_is_no_answer(stub: Stub, status: int, raw: bytes, cause: str) -> None:
    stub.status, stub.raw = status, raw
    with pytest.raises(Unavailable, match=f"the rag did not answer: {cause}"):
        Remote("rag", stub.url, 5).ask("/", {})


def test_a_service_that_is_silent_is_not_waited_for(stub: Stub) -> None:
    stub.silent = threading.Event()
    with pytest.raises(Unavailable, match="timed out"):
        Remote("rag", stub.url, 0.05).ask("/", {})


def test_a_service_that_failed_in_a_row_is_left_alone_for_a_while(stub: Stub) -> None:
    clock = Clock()
    remote = Remote("rag", stub.url, 5, clock)
    stub.status = 500
    for _ in range(FAILURES_IN_A_ROW + 2):
        with pytest.raises(Unavailable):
            remote.ask("/", {})
    assert len(stub.asked) == FAILURES_IN_A_ROW

    stub.status = 200
    clock.now = REST_SECONDS
    remote.ask("/", {})
    remote.ask("/", {})
    assert len(stub.asked) == FAILURES_IN_A_ROW + 2


def test_one_failure_among_successes_does_not_count(stub: Stub) -> None:
    remote = Remote("rag", stub.url, 5, Clock())
    for status in (500, 500, 200, 500, 500):
        stub.status = status
        if status == 200:
            remote.ask("/", {})
        else:
            with pytest.raises(Unavailable, match="status 500"):
                remote.ask("/", {})


@pytest.mark.parametrize("url", ["rag:8080", "ftp://rag", "http://", "/internal"])
def test_a_url_that_cannot_be_asked_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="the URL of the rag must be"):
        Remote("rag", url, 1)
