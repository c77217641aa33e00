"""The HTTP interface."""

import logging
import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from src.answers import answer
from src.catalogue import load_catalogue
from src.intents import classify
from src.sessions import Sessions
from src.version import VERSION

_log = logging.getLogger("mangaassist")


class ChatRequest(BaseModel):
    """A message of a customer; without a session id a conversation starts."""

    message: str = Field(min_length=1, max_length=2000)
    session_id: str | None = Field(default=None, min_length=1, max_length=100)


class ChatResponse(BaseModel):
    """The reply, with the session id to send with the next message."""

    session_id: str
    turn: int
    intent: str
    reply: str
    titles: list[str]


class ClassifyRequest(BaseModel):
    """A message to classify."""

    message: str = Field(min_length=1, max_length=2000)


class ClassifyResponse(BaseModel):
    """The intent of a message, how sure the rules are (0 to 1), and the words that decided."""

    intent: str
    confidence: float
    matched: list[str]


def create_app() -> FastAPI:
    """The application with its own sessions."""
    app = FastAPI(title="MangaAssist", version=VERSION)
    sessions = Sessions()

    @app.middleware("http")
    async def log_request(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        started = time.perf_counter()
        fields = {
            "method": request.method,
            "path": request.url.path,
            "request_id": request.headers.get("x-request-id", ""),
            "version": VERSION,
        }
        try:
            response = await call_next(request)
        except Exception:
            _log.exception("request failed", extra=fields | {"status": 500, "ms": _since(started)})
            return JSONResponse({"detail": "internal error"}, status_code=500)
        level = logging.DEBUG if request.url.path == "/health" else logging.INFO
        _log.log(level, "request", extra=fields | {"status": response.status_code, "ms": _since(started)})
        return response

    @app.get("/health")
    async def health() -> Response:
        """200 when the service can answer: its catalogue is readable."""
        try:
            titles = len(load_catalogue())
        except (OSError, ValueError) as error:
            _log.warning("not healthy", extra={"cause": str(error)})
            return JSONResponse({"status": "no catalogue", "version": VERSION}, status_code=503)
        return JSONResponse({"status": "ok", "version": VERSION, "titles": titles})

    @app.post("/api/v1/chat")
    async def chat(request: ChatRequest) -> ChatResponse:
        """Answers a message."""
        session = sessions.open(request.session_id)
        result = answer(request.message, session)
        return ChatResponse(
            session_id=session.id,
            turn=session.turns,
            intent=result.intent,
            reply=result.reply,
            titles=list(result.titles),
        )

    @app.post("/api/v1/classify")
    async def classify_message(request: ClassifyRequest) -> ClassifyResponse:
        """Says what a message is about."""
        found = classify(request.message)
        return ClassifyResponse(intent=found.intent, confidence=found.confidence, matched=list(found.matched))

    return app


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
