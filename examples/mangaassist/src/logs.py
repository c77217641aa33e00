"""Logs as one JSON object a line on standard output."""

import json
import logging
import os
import sys
from datetime import UTC, datetime

# What logging itself puts on a record; everything else came in by `extra` and is a field of the line.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON: time (RFC 3339, UTC), level, logger, message, the fields of `extra`, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def level_of_environment() -> str:
    """The level that `LOG_LEVEL` asks for."""
    return os.environ.get("LOG_LEVEL", "info")


def configure_logging(level: str) -> None:
    """Sends every logger's lines from `level` (debug, info, warning, error; any case) on to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
