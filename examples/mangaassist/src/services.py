"""What the assistant asks for help: an intent classifier, the retrieval and the guardrails.

Each is built in, or a service of its own where its URL is configured:

- `CLASSIFIER_URL` and `RAG_URL`: without an answer in time, what is built in answers instead, and the log says so.
- `GUARDRAILS_URL`: without an answer in time the request is refused. The rules that are built in may be older than
  those of the service, and what is not known to be safe is not said.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from src import intents, request_id
from src.catalogue import Title
from src.guardrails import rules
from src.guardrails.rules import Direction, Verdict
from src.intents import Classification, Intent
from src.rag import retrieval
from src.remote import Remote, Unavailable

# A whole chat waits for two checks, a classification and two searches at most: under 3 s, the smoke test's limit.
CLASSIFIER_SECONDS = 0.4
RAG_SECONDS = 0.5
GUARDRAILS_SECONDS = 0.5
_log = logging.getLogger("mangaassist.services")


class GuardrailsUnavailable(Exception):  # noqa: N818 (a state, which the interface turns into an answer)
    """The guardrails did not answer, so neither do we."""


class Classify(Protocol):
    """Says what a message is about."""

    def __call__(self, message: str) -> Classification:
        """The intent of a message."""


class Find(Protocol):
    """Finds titles by words."""

    def __call__(self, question: str, count: int, *, or_best: bool = False) -> list[Title]:
        """At most `count` titles, best first; with `or_best` the best rated ones when none fits."""


class Check(Protocol):
    """Says whether a text may come in or go out. Raises GuardrailsUnavailable."""

    def __call__(self, text: str, direction: Direction) -> Verdict:
        """The verdict on a text."""


@dataclass(frozen=True)
class Services:
    """Whom the assistant asks."""

    classify: Classify = intents.classify
    find: Find = retrieval.find
    check: Check = rules.check


BUILT_IN = Services()


def services_of(environment: Mapping[str, str]) -> Services:
    """The services that the environment's variables name; those that they do not are built in. Raises ValueError."""

    def remote(name: str, timeout_seconds: float) -> Remote | None:
        url = environment.get(f"{name.upper()}_URL")
        return Remote(name, url, timeout_seconds) if url else None

    classifier = remote("classifier", CLASSIFIER_SECONDS)
    rag = remote("rag", RAG_SECONDS)
    guardrails = remote("guardrails", GUARDRAILS_SECONDS)
    return Services(
        classify=RemoteClassifier(classifier) if classifier else intents.classify,
        find=RemoteRetrieval(rag) if rag else retrieval.find,
        check=RemoteGuardrails(guardrails) if guardrails else rules.check,
    )


@dataclass(frozen=True)
class RemoteClassifier:
    """The classifier service; the built-in rules where it does not answer."""

    remote: Remote

    def __call__(self, message: str) -> Classification:
        """The intent of a message."""
        try:
            return read_classification(self.remote.ask("/internal/classifier/classify", {"message": message}))
        except Unavailable as error:
            _log_fallback(error)
            return intents.classify(message)


@dataclass(frozen=True)
class RemoteRetrieval:
    """The rag service; the built-in index where it does not answer."""

    remote: Remote

    def __call__(self, question: str, count: int, *, or_best: bool = False) -> list[Title]:
        """At most `count` titles, best first."""
        body = {"question": question, "count": count, "or_best": or_best}
        try:
            return read_titles(self.remote.ask("/internal/rag/search", body))
        except Unavailable as error:
            _log_fallback(error)
            return retrieval.find(question, count, or_best=or_best)


@dataclass(frozen=True)
class RemoteGuardrails:
    """The guardrails service, which nothing replaces."""

    remote: Remote

    def __call__(self, text: str, direction: Direction) -> Verdict:
        """The verdict on a text. Raises GuardrailsUnavailable."""
        try:
            return read_verdict(self.remote.ask("/internal/guardrails/check", {"text": text, "direction": direction}))
        except Unavailable as error:
            raise GuardrailsUnavailable(str(error)) from error


def read_classification(answer: Any) -> Classification:  # noqa: ANN401 (JSON of another service)
    """What the classifier answered. Raises Unavailable when it is of another shape."""
    try:
        return Classification(Intent(answer["intent"]), float(answer["confidence"]), tuple(answer["matched"]))
    except (LookupError, TypeError, ValueError) as error:
        raise Unavailable(f"the classifier's answer cannot be read: {error!r}") from error


def read_titles(answer: Any) -> list[Title]:  # noqa: ANN401 (JSON of another service)
    """What the rag service found. Raises Unavailable when it is of another shape."""
    try:
        titles: list[Title] = answer["titles"]
        absent = {key for title in titles for key in Title.__required_keys__ if key not in title}
    except (LookupError, TypeError) as error:
        raise Unavailable(f"the rag service's answer cannot be read: {error!r}") from error
    if absent:
        raise Unavailable(f"titles of the rag service lack {', '.join(sorted(absent))}")
    return titles


def read_verdict(answer: Any) -> Verdict:  # noqa: ANN401 (JSON of another service)
    """What the guardrails said. Raises Unavailable when it is of another shape: only a plain `true` allows."""
    try:
        return Verdict(answer["allowed"] is True, str(answer["text"]), tuple(answer["reasons"]))
    except (LookupError, TypeError) as error:
        raise Unavailable(f"the guardrails' answer cannot be read: {error!r}") from error


def _log_fallback(error: Unavailable) -> None:
    _log.warning("answered by what is built in", extra={"cause": str(error), "request_id": request_id.current.get()})
