from pathlib import Path

import pytest

import src.catalogue
from src.rag.api import create_app
from src.rag.retrieval import find
from tests.ask import ask


def test_titles_come_as_the_catalogue_has_them() -> None:
    response = ask(create_app(), "POST", "/internal/rag/search", {"question": "paper fox", "count": 1})
    assert response.json() == {"titles": find("paper fox", 1)}
    assert "volumes" not in response.json()["titles"][0]  # a one-shot


def test_the_best_rated_stand_in_only_when_asked_for() -> None:
    body = {"question": "What manga do you recommend?", "count": 3}
    assert ask(create_app(), "POST", "/internal/rag/search", body).json()["titles"] == []
    titles = ask(create_app(), "POST", "/internal/rag/search", body | {"or_best": True}).json()["titles"]
    assert [title["rating"] for title in titles] == [4.9, 4.8, 4.8]


@pytest.mark.parametrize(
    "body", [{}, {"question": "x" * 2001}, {"question": "x", "count": 0}, {"question": "x", "count": 21}]
)
def test_a_search_that_is_not_valid_is_refused(body: object) -> None:
    assert ask(create_app(), "POST", "/internal/rag/search", body).status_code == 422


def test_it_is_healthy_with_its_catalogue_and_not_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(create_app(), "GET", "/health").json()["titles"] == 40
    monkeypatch.setattr(src.catalogue, "CATALOGUE", tmp_path / "absent.json")
    src.catalogue.load_catalogue.cache_clear()
    try:
        assert ask(create_app(), "GET", "/health").status_code == 503
    finally:
        src.catalogue.load_catalogue.cache_clear()
