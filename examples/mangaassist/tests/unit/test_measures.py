import json
import time

import pytest

from functions.overflow import handler
from src.api import create_app
from src.logs import JsonFormatter
from src.measures import measures_of
from tests.ask import ask

CONTAINER = {"METRICS_NAMESPACE": "MangaAssist", "SLUICE_REVISION": "r1"}
FUNCTION = {
    "METRICS_NAMESPACE": "MangaAssist",
    "AWS_LAMBDA_FUNCTION_NAME": "overflow",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
}


def test_a_container_measures_by_its_revision() -> None:
    before = time.time() * 1000
    line = measures_of(CONTAINER)(200, 12.5)
    told = line.pop("_aws")
    assert line == {"Revision": "r1", "Requests": 1, "Failures": 0, "Milliseconds": 12.5}
    assert before - 1 <= told["Timestamp"] <= time.time() * 1000 + 1
    (directive,) = told["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("MangaAssist", [["Revision"]])
    assert [(m["Name"], m["StorageResolution"]) for m in directive["Metrics"]] == [
        ("Requests", 1),
        ("Failures", 1),
        ("Milliseconds", 1),
    ]


def test_a_function_measures_by_its_version() -> None:
    line = measures_of(FUNCTION)(503, 4000.0)
    assert (line["Function"], line["Version"], line["Failures"]) == ("overflow", "7", 1)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Function", "Version"]]


@pytest.mark.parametrize("missing", CONTAINER)
def test_nothing_is_measured_where_nobody_could_tell_by_whom(missing: str) -> None:
    variables = {name: value for name, value in CONTAINER.items() if name != missing}
    assert measures_of(variables)(200, 1.0) == {}


def test_a_request_is_measured_in_its_line(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    for name, value in CONTAINER.items():
        monkeypatch.setenv(name, value)
    caplog.set_level("DEBUG")
    app = create_app()
    ask(app, "POST", "/api/v1/chat", {"message": "hello"})
    ask(app, "GET", "/health")
    lines = [json.loads(JsonFormatter().format(r)) for r in caplog.records if r.message == "request"]
    assert [("_aws" in line, line["path"]) for line in lines] == [(True, "/api/v1/chat"), (False, "/health")]
    assert (lines[0]["Revision"], lines[0]["Milliseconds"]) == ("r1", lines[0]["ms"])


def test_an_invocation_is_measured_in_its_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(handler, "_measures", measures_of(FUNCTION))
    caplog.set_level("INFO")
    handler.handle({"httpMethod": "POST", "path": "/overflow/api/v1/chat", "body": '{"message": "hello"}'}, None)
    (line,) = [vars(record) for record in caplog.records if record.message == "request"]
    assert (line["Version"], line["Requests"], line["Failures"]) == ("7", 1, 0)
