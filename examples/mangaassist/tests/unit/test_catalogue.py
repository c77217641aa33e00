from pathlib import Path

import pytest

from src.catalogue import best_rated, load_catalogue


def test_ids_are_unique_and_every_title_is_complete() -> None:
    titles = load_catalogue()
    assert len(titles) == len({title["id"] for title in titles}) == 40
    for title in titles:
        assert title["title"]
        assert title["author"]
        assert title["summary"].endswith(".")
        assert title["genres"]
        assert 0 <= title["rating"] <= 5
        assert title["price_cents"] > 0


def test_best_rated_come_best_first() -> None:
    ratings = [title["rating"] for title in best_rated(load_catalogue(), 10)]
    assert len(ratings) == 10
    assert ratings == sorted(ratings, reverse=True)


def test_an_empty_catalogue_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    path.write_text("[]")
    with pytest.raises(ValueError, match="empty"):
        load_catalogue(path)


def test_an_absent_catalogue_is_an_error_each_time(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(OSError, match="No such file"):
            load_catalogue(tmp_path / "absent.json")
