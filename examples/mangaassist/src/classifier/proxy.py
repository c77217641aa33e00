"""Asks a model for the intent of a message, and the rules where there is none or it does not know.

The model speaks what text classification servers commonly do: `{"inputs": text}` is answered with a list of
`{"label": intent, "score": 0 to 1}`.
"""

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from src import intents, request_id
from src.intents import Classification, Intent
from src.remote import Remote, Unavailable

MODEL_SECONDS = 0.25  # less than the orchestrator waits for this proxy, so that the rules can still answer in time
LEAST_SCORE = 0.5
MOST_KEPT = 1000
_log = logging.getLogger("mangaassist.classifier")


class Source(StrEnum):
    """Who said what a message is about."""

    MODEL = "model"
    RULES = "rules"


@dataclass(frozen=True)
class Opinion:
    """A classification, and whose it is."""

    classification: Classification
    source: Source


class Proxy:
    """The model, with its newest answers kept; the rules where it gives none. May be used by several threads."""

    def __init__(self, model: Remote | None = None, most_kept: int = MOST_KEPT) -> None:
        self.model = model
        self.most_kept = most_kept
        self._kept: OrderedDict[str, Classification] = OrderedDict()
        self._lock = threading.Lock()

    def classify(self, message: str) -> Opinion:
        """What a message is about."""
        found = self._ask(self.model, message) if self.model else None
        return Opinion(found, Source.MODEL) if found else Opinion(intents.classify(message), Source.RULES)

    def _ask(self, model: Remote, message: str) -> Classification | None:
        with self._lock:
            if message in self._kept:
                self._kept.move_to_end(message)
                return self._kept[message]
        try:
            found = read_labels(model.ask("", {"inputs": message}))
        except Unavailable as error:
            _log.warning(
                "rules instead of the model", extra={"cause": str(error), "request_id": request_id.current.get()}
            )
            return None
        if found.confidence < LEAST_SCORE:
            return None
        with self._lock:
            self._kept[message] = found
            while len(self._kept) > self.most_kept:
                self._kept.popitem(last=False)
        return found


def read_labels(answer: Any) -> Classification:  # noqa: ANN401 (JSON of the model)
    """The label with the highest score. Raises Unavailable when it is no intent, or the answer of another shape."""
    try:
        best = max(answer, key=lambda label: float(label["score"]))
        intent, score = Intent(best["label"]), float(best["score"])
    except (LookupError, TypeError, ValueError) as error:
        raise Unavailable(f"the model's answer cannot be read: {error!r}") from error
    if intent == Intent.REFUSED or not 0 <= score <= 1:
        raise Unavailable(f"the model answered {intent} with {score}")
    return Classification(intent, round(score, 3), ())
