"""Finds titles by words: BM25 over title, author, genres and summary.

The formula is Okapi BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
(2009), with k1 = 1.2 and b = 0.75, and with the inverse document frequency kept above zero by the added 1.
"""

import math
import re
from collections import Counter
from functools import cache

from src.catalogue import Title, best_rated, load_catalogue

_K1 = 1.2
_B = 0.75
_WORD = re.compile(r"[a-z0-9]+")
_PLURAL = re.compile(r"(?<=\w\w[^s])s$")
# Words of a question that say nothing about the title that is wanted.
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a about an and any are as at be by can could do does for from good have i in is it like looking manga me my of"
        " on or please read recommend something tell that the there to want what which with would you your",
    )
)


def words(text: str) -> list[str]:
    """The words of a text that can tell titles apart: lower case, without stop words, the plural's s cut off."""
    found = (word for word in _WORD.findall(text.lower()) if word not in _STOP)
    return [_PLURAL.sub("", word) for word in found]


class Index:
    """An index over a fixed list of titles."""

    def __init__(self, titles: tuple[Title, ...]) -> None:
        self.titles = titles
        self.counts = [Counter(words(self._text(title))) for title in titles]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.mean_length = sum(self.lengths) / len(self.lengths)
        frequency = Counter(word for count in self.counts for word in count)
        self.idf = {
            word: math.log(1 + (len(titles) - in_titles + 0.5) / (in_titles + 0.5))
            for word, in_titles in frequency.items()
        }

    @staticmethod
    def _text(title: Title) -> str:
        # A word of the title or a genre says more than a word of the summary, and counts twice.
        named = " ".join([title["title"], *title["genres"]])
        return f"{named} {named} {title['author']} {title['summary']}"

    def score(self, position: int, query: list[str]) -> float:
        """How well the title at `position` answers the words; 0 when it has none of them."""
        length = 1 - _B + _B * self.lengths[position] / self.mean_length
        total = 0.0
        for word in query:
            count = self.counts[position][word]
            if count:
                total += self.idf[word] * count * (_K1 + 1) / (count + _K1 * length)
        return total

    def search(self, question: str, count: int) -> list[Title]:
        """At most `count` titles with a score above 0, best first."""
        query = words(question)
        scored = [(self.score(position, query), position) for position in range(len(self.titles))]
        best = sorted((-score, position) for score, position in scored if score > 0)[:count]
        return [self.titles[position] for _, position in best]


@cache
def shared_index() -> Index:
    """The index over the shop's catalogue, built once."""
    return Index(load_catalogue())


def find(question: str, count: int, *, or_best: bool = False) -> list[Title]:
    """At most `count` titles of the shop that fit, best first; with `or_best` the best rated ones when none fits."""
    found = shared_index().search(question, count)
    return found or (best_rated(load_catalogue(), count) if or_best else [])
