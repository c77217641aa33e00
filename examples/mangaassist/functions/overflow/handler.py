"""The burst overflow handler: answers chats that the orchestrator has no room for, with the orchestrator's own logic.

What Lambda calls is `functions.overflow.handler.handle`, with Python 3.11 and nothing but the standard library, behind
a REST API of API Gateway (proxy integration). The variables are those of the orchestrator.

A conversation is remembered by one copy of the function only: one that overflows may begin anew.
"""

import base64
import json
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from src import request_id
from src.assistant import BUSY, MESSAGE_CHARACTERS, RETRY_AFTER_SECONDS, SESSION_ID_CHARACTERS, Assistant
from src.flags import flags_of
from src.logs import configure_logging, level_of_environment
from src.measures import measures_of
from src.services import GuardrailsUnavailable, services_of
from src.version import VERSION

CHAT_PATH = "/api/v1/chat"
_log = logging.getLogger("mangaassist.overflow")

configure_logging(level_of_environment())
_assistant = Assistant(services_of(os.environ), flags_of(os.environ))
_measures = measures_of(os.environ)


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 (an answer, not a fault of ours)
    """A request that is answered with a status from 400 on."""

    status: int
    detail: object
    headers: tuple[tuple[str, str], ...] = ()


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answers one request of API Gateway. Never raises: a failure is logged and answered with 500."""
    started = time.perf_counter()
    fields: dict[str, object] = {
        "method": event.get("httpMethod", ""),
        "path": event.get("path", ""),
        "request_id": request_id.begin(_request_id(event)),
        "version": VERSION,
    }
    try:
        answer = _answer(200, _chat(event))
    except Refusal as refusal:
        answer = _answer(refusal.status, {"detail": refusal.detail}, dict(refusal.headers))
    except Exception:
        _log.exception("request failed", extra=fields)
        answer = _answer(500, {"detail": "internal error"})
    milliseconds = round((time.perf_counter() - started) * 1000, 2)
    fields |= {"status": answer["statusCode"], "ms": milliseconds}
    _log.info("request", extra=fields | _measures(answer["statusCode"], milliseconds))
    return answer


def _request_id(event: Mapping[str, Any]) -> str:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    context = event.get("requestContext") or {}
    return headers.get(request_id.HEADER) or context.get("requestId") or ""


def _answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "x-app": VERSION} | dict(headers or {}),
        "body": json.dumps(body, ensure_ascii=False),
        "isBase64Encoded": False,
    }


def _chat(event: Mapping[str, Any]) -> dict[str, object]:
    if not str(event.get("path", "")).endswith(CHAT_PATH):
        raise Refusal(404, "Not Found")
    if event.get("httpMethod") != "POST":
        raise Refusal(405, "Method Not Allowed", (("allow", "POST"),))
    message, session_id = _read_request(_body(event))
    try:
        return _assistant.chat(message, session_id).body()
    except GuardrailsUnavailable as error:
        _log.error("refused", extra={"cause": str(error), "request_id": request_id.current.get()})
        raise Refusal(503, BUSY, (("retry-after", str(RETRY_AFTER_SECONDS)),)) from error


def _body(event: Mapping[str, Any]) -> str:
    body = event.get("body") or ""
    try:
        return base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body
    except ValueError as error:
        raise _invalid("body", "not base64 of UTF-8") from error


def _read_request(body: str) -> tuple[str, str | None]:
    """Message and session id, under the limits of the orchestrator. Raises Refusal."""
    try:
        request = json.loads(body)
    except ValueError as error:
        raise _invalid("body", "not JSON") from error
    if not isinstance(request, dict):
        raise _invalid("body", "not a JSON object")
    message, session_id = request.get("message"), request.get("session_id")
    if not _is_text(message, MESSAGE_CHARACTERS):
        raise _invalid("message", f"a text of 1 to {MESSAGE_CHARACTERS} characters")
    if session_id is not None and not _is_text(session_id, SESSION_ID_CHARACTERS):
        raise _invalid("session_id", f"a text of 1 to {SESSION_ID_CHARACTERS} characters")
    return message, session_id


def _is_text(value: object, most: int) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= most


def _invalid(place: str, expected: str) -> Refusal:
    location = ["body"] if place == "body" else ["body", place]
    return Refusal(422, [{"loc": location, "msg": expected}])
