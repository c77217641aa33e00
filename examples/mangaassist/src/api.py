"""The orchestrator's HTTP interface."""

import logging

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from src import request_id
from src.assistant import BUSY, MESSAGE_CHARACTERS, RETRY_AFTER_SECONDS, SESSION_ID_CHARACTERS, Assistant
from src.catalogue import load_catalogue
from src.flags import DEFAULTS, Flags
from src.service import create_service
from src.services import BUILT_IN, GuardrailsUnavailable, Services

_log = logging.getLogger("mangaassist")


class ChatRequest(BaseModel):
    """A message of a customer; without a session id a conversation starts."""

    message: str = Field(min_length=1, max_length=MESSAGE_CHARACTERS)
    session_id: str | None = Field(default=None, min_length=1, max_length=SESSION_ID_CHARACTERS)


class ChatResponse(BaseModel):
    """The reply, with the session id to send with the next message."""

    session_id: str
    turn: int
    intent: str
    reply: str
    titles: list[str]


class ClassifyRequest(BaseModel):
    """A message to classify."""

    message: str = Field(min_length=1, max_length=MESSAGE_CHARACTERS)


class ClassifyResponse(BaseModel):
    """The intent of a message, how sure that is (0 to 1), and the words that decided."""

    intent: str
    confidence: float
    matched: list[str]


def create_app(services: Services = BUILT_IN, flags: Flags = lambda: DEFAULTS) -> FastAPI:
    """The application with its own sessions."""
    app = create_service("MangaAssist", _log, lambda: {"titles": len(load_catalogue())})
    assistant = Assistant(services, flags)

    @app.exception_handler(GuardrailsUnavailable)
    async def refuse(_request: Request, error: GuardrailsUnavailable) -> Response:
        """503: nobody can say whether the answer would be safe."""
        _log.error("refused", extra={"cause": str(error), "request_id": request_id.current.get()})
        headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
        return JSONResponse({"detail": BUSY}, status_code=503, headers=headers)

    # Plain functions: FastAPI runs them in threads, where they may wait for other services.

    @app.post("/api/v1/chat")
    def chat(request: ChatRequest) -> ChatResponse:
        """Answers a message."""
        reply = assistant.chat(request.message, request.session_id)
        return ChatResponse.model_validate(reply.body())

    @app.post("/api/v1/classify")
    def classify_message(request: ClassifyRequest) -> ClassifyResponse:
        """Says what a message is about."""
        found = services.classify(request.message)
        return ClassifyResponse(intent=found.intent, confidence=found.confidence, matched=list(found.matched))

    return app
