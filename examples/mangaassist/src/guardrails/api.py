"""The guardrails service's HTTP interface."""

import logging

from fastapi import FastAPI
from pydantic import BaseModel, Field

from src import request_id
from src.guardrails.rules import Direction, check
from src.service import create_service

MOST_CHARACTERS = 10_000
_log = logging.getLogger("mangaassist.guardrails")


class CheckRequest(BaseModel):
    """A text, and which way it goes."""

    text: str = Field(max_length=MOST_CHARACTERS)
    direction: Direction


class CheckResponse(BaseModel):
    """Whether it may pass, the text to pass on, and the names of the rules that applied."""

    allowed: bool
    text: str
    reasons: list[str]


def create_app() -> FastAPI:
    """The application."""
    app = create_service("MangaAssist guardrails", _log, dict)

    @app.post("/internal/guardrails/check")
    async def check_text(request: CheckRequest) -> CheckResponse:
        """Says whether a text may pass. What it says is logged, the text is not."""
        verdict = check(request.text, request.direction)
        if verdict.reasons:
            fields = {"direction": request.direction, "allowed": verdict.allowed, "reasons": list(verdict.reasons)}
            _log.info("rules applied", extra=fields | {"request_id": request_id.current.get()})
        return CheckResponse(allowed=verdict.allowed, text=verdict.text, reasons=list(verdict.reasons))

    return app
