"""The rag service's HTTP interface."""

import logging
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from src.assistant import MESSAGE_CHARACTERS
from src.catalogue import load_catalogue
from src.rag.retrieval import find
from src.service import create_service

MOST_TITLES = 20
_log = logging.getLogger("mangaassist.rag")


class SearchRequest(BaseModel):
    """A question in words, or none; how many titles are wanted; whether the best rated ones will do when none fits."""

    question: str = Field(max_length=MESSAGE_CHARACTERS)
    count: int = Field(default=5, ge=1, le=MOST_TITLES)
    or_best: bool = False


class SearchResponse(BaseModel):
    """The titles as the catalogue has them, best first."""

    titles: list[dict[str, Any]]


def create_app() -> FastAPI:
    """The application over the shop's catalogue."""
    app = create_service("MangaAssist rag", _log, lambda: {"titles": len(load_catalogue())})

    @app.post("/internal/rag/search")
    async def search(request: SearchRequest) -> SearchResponse:
        """Finds titles."""
        found = find(request.question, request.count, or_best=request.or_best)
        return SearchResponse(titles=[dict(title) for title in found])

    return app
