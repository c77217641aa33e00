import json
import logging

import pytest

from src.logs import JsonFormatter, configure_logging


def test_a_line_is_one_json_object_with_the_extra_fields() -> None:
    record = logging.makeLogRecord(
        {"levelno": logging.INFO, "levelname": "INFO", "msg": "hello %s", "args": ("you",), "status": 200}
    )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    fields = json.loads(line)
    assert fields["message"] == "hello you"
    assert fields["level"] == "info"
    assert fields["status"] == 200
    assert fields["time"].endswith("+00:00")


def test_a_traceback_stays_on_the_line() -> None:
    try:
        raise KeyError("volumes")
    except KeyError as error:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": (KeyError, error, error.__traceback__)})
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "KeyError: 'volumes'" in json.loads(line)["traceback"]


def test_the_level_holds_for_every_logger(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers, logging.getLogger().level
    try:
        configure_logging("WARNING")
        logging.getLogger("uvicorn.error").info("not this")
        logging.getLogger("uvicorn.error").warning("but this")
    finally:
        logging.getLogger().handlers, logging.getLogger().level = before
    assert [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()] == ["but this"]
