import pytest

from src.catalogue import load_catalogue
from src.rag.retrieval import Index, shared_index, words


def test_words_drop_stop_words_case_and_plural() -> None:
    assert words("Recommend me something with Robots and glass, please") == ["robot", "glass"]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("something about a lighthouse school", "class-of-the-lighthouse"),
        ("samurai swords", "second-hand-samurai"),
        ("the one with the tennis pair", "first-serve"),
        ("paper fox", "paper-fox"),
    ],
)
def test_the_title_that_the_words_describe_comes_first(question: str, best: str) -> None:
    assert shared_index().search(question, 3)[0]["id"] == best


def test_a_rare_word_outweighs_a_common_one() -> None:
    found = shared_index().search("fantasy alchemist", 5)
    assert found[0]["id"] == "the-bread-alchemist"
    assert all("fantasy" in title["genres"] for title in found[1:])


def test_nothing_is_found_for_words_that_no_title_has() -> None:
    assert shared_index().search("quantum spreadsheet", 5) == []


def test_search_gives_at_most_what_was_asked_for() -> None:
    assert len(shared_index().search("drama", 4)) == 4


def test_a_score_grows_with_the_words_that_match() -> None:
    index = Index(load_catalogue())
    position = next(i for i, title in enumerate(index.titles) if title["id"] == "ghosts-pay-rent")
    assert index.score(position, ["ghost", "landlady"]) > index.score(position, ["ghost"]) > 0
