"""Instant queries of Prometheus, as far as counters as they stand need them: a selector, or the sum of one, and numbers.

https://prometheus.io/docs/prometheus/latest/querying/basics/ (selectors), .../querying/operators/ (sum, by)
"""
import dataclasses
import re

NUMBER = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|Inf)|NaN")
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r"[a-zA-Z_][a-zA-Z0-9_]*"
TEXT = r'"(?:[^"\\]|\\.)*"'
MATCHER = re.compile(rf"\s*({LABEL})\s*(=~|!~|!=|=)\s*({TEXT})\s*")
SELECTOR = re.compile(rf"\s*({NAME})\s*(?:\{{((?:[^\"}}]|{TEXT})*)\}})?\s*")
SUM = re.compile(r"\s*sum\s*(?:by\s*\(([^()]*)\)\s*)?\((.*)\)\s*", re.DOTALL)


class BadQuery(Exception):
    """Prometheus cannot read it."""


class UnknownQuery(Exception):
    """Prometheus might read it; this cannot."""


@dataclasses.dataclass
class Selector:
    name: str
    matchers: list[tuple[str, str, str]]

    def takes(self, name: str, labels: dict[str, str]) -> bool:
        # A label that is absent is empty; regular expressions are anchored.
        test = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, "=~": lambda a, b: re.fullmatch(b, a) is not None,
                "!~": lambda a, b: re.fullmatch(b, a) is None}
        return name == self.name and all(test[sign](labels.get(label, ""), text) for label, sign, text in self.matchers)


@dataclasses.dataclass
class Query:
    """`number` alone, or a selector whose series are as they are (`by` None) or added up."""
    number: str | None = None
    selector: Selector | None = None
    is_sum: bool = False
    by: tuple[str, ...] = ()


def parse(text: str) -> Query:
    """Raises BadQuery and UnknownQuery."""
    _check_brackets(text)
    if NUMBER.fullmatch(text.strip()):
        return Query(number=text.strip())
    if found := SUM.fullmatch(text):
        by = tuple(name.strip() for name in (found[1] or "").split(",") if name.strip())
        return Query(selector=_selector(found[2]), is_sum=True, by=by)
    return Query(selector=_selector(text))


def _check_brackets(text: str) -> None:
    bare = re.sub(TEXT, "", text)
    open_ones = []
    for c in bare:
        if c in "([{":
            open_ones.append(c)
        elif c in ")]}" and (not open_ones or "([{".index(open_ones.pop()) != ")]}".index(c)):
            raise BadQuery(f"parse error: unexpected {c!r}")
    if open_ones or '"' in bare or not bare.strip():
        raise BadQuery("parse error: unexpected end of input")


def _selector(text: str) -> Selector:
    found = SELECTOR.fullmatch(text)
    if not found:
        raise UnknownQuery(f"of queries like {text!r} nothing is known here")
    matchers, inside = [], (found[2] or "").strip()
    while inside:
        matcher = MATCHER.match(inside)
        if not matcher:
            raise BadQuery(f"parse error: unexpected {inside!r} in label matching")
        matchers.append((matcher[1], matcher[2], re.sub(r"\\(.)", r"\1", matcher[3][1:-1])))
        inside = inside[matcher.end():].removeprefix(",")
    return Selector(found[1], matchers)
