"""The intent classifier proxy's HTTP interface."""

import logging

from fastapi import FastAPI
from pydantic import BaseModel, Field

from src.assistant import MESSAGE_CHARACTERS
from src.classifier.proxy import Proxy
from src.service import create_service

_log = logging.getLogger("mangaassist.classifier")


class ClassifyRequest(BaseModel):
    """A message to classify."""

    message: str = Field(min_length=1, max_length=MESSAGE_CHARACTERS)


class ClassifyResponse(BaseModel):
    """The intent of a message, how sure that is (0 to 1), the words that decided, and who said so (model, rules)."""

    intent: str
    confidence: float
    matched: list[str]
    source: str


def create_app(proxy: Proxy) -> FastAPI:
    """The application in front of a model, or of the rules alone."""
    app = create_service("MangaAssist classifier", _log, lambda: {"model": proxy.model is not None})

    @app.post("/internal/classifier/classify")
    def classify(request: ClassifyRequest) -> ClassifyResponse:
        """Says what a message is about. A plain function: FastAPI runs it in a thread, where it may wait."""
        opinion = proxy.classify(request.message)
        found = opinion.classification
        return ClassifyResponse(
            intent=found.intent, confidence=found.confidence, matched=list(found.matched), source=opinion.source
        )

    return app
