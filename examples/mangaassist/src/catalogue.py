"""The titles that the shop sells."""

import json
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

CATALOGUE = Path(__file__).parent / "catalogue.json"


class Title(TypedDict):
    """One title. A one-shot has no number of volumes."""

    id: str
    title: str
    author: str
    year: int
    genres: list[str]
    summary: str
    rating: float  # readers' mean, 0 to 5
    price_cents: int  # of one volume
    in_stock: bool
    volumes: NotRequired[int]


@cache
def load_catalogue(path: Path | None = None) -> tuple[Title, ...]:
    """Every title, in the order of the file, read once. Raises OSError or ValueError when the file cannot be used."""
    titles = json.loads((path or CATALOGUE).read_text(encoding="utf-8"))
    if not titles:
        raise ValueError("the catalogue is empty")
    return tuple(titles)


def best_rated(titles: tuple[Title, ...], count: int) -> list[Title]:
    """The `count` best rated titles, best first; of equal ones the first in the file."""
    return sorted(titles, key=lambda title: -title["rating"])[:count]
