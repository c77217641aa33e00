"""A conversation from message to reply, guarded both ways: what the orchestrator and the overflow handler both do."""

import logging
from dataclasses import dataclass

from src import request_id
from src.answers import Answer, answer
from src.features import with_features
from src.flags import DEFAULTS, Flags
from src.guardrails.rules import Direction, Verdict
from src.intents import Intent
from src.remote import REST_SECONDS
from src.services import BUILT_IN, Services
from src.sessions import Sessions

MESSAGE_CHARACTERS = 2000
SESSION_ID_CHARACTERS = 100
_log = logging.getLogger("mangaassist.assistant")

_REFUSED = Answer(Intent.REFUSED, "I cannot help with that. I can recommend manga, or help with an order.")


# What is said when the guardrails do not answer, and after how long to ask again.
BUSY = "the assistant cannot answer at the moment"
RETRY_AFTER_SECONDS = round(REST_SECONDS)


@dataclass(frozen=True)
class Reply:
    """An answer and its place in a conversation."""

    session_id: str
    turn: int
    answer: Answer

    def body(self) -> dict[str, object]:
        """What the customer's client is given, for JSON."""
        return {
            "session_id": self.session_id,
            "turn": self.turn,
            "intent": self.answer.intent,
            "reply": self.answer.reply,
            "titles": list(self.answer.titles),
        }


class Assistant:
    """Answers messages; may be used by several threads.

    Messages of one conversation that come at the same time may each be answered as if the other had not been sent.
    """

    def __init__(self, services: Services = BUILT_IN, flags: Flags = lambda: DEFAULTS) -> None:
        self.services = services
        self.flags = flags
        self.sessions = Sessions()

    def chat(self, message: str, session_id: str | None) -> Reply:
        """The reply to a message. Raises GuardrailsUnavailable when nobody can say whether it is safe."""
        verdict = self.services.check(message, Direction.IN)
        session = self.sessions.open(session_id)
        if verdict.allowed:
            given = answer(verdict.text, session, self.services)
            result = self._guarded(with_features(given, verdict.text, self.flags(), self.services.find))
        else:
            session.turns += 1
            result = _REFUSED
            _log.info("a message was refused", extra=_fields(verdict))
        return Reply(session.id, session.turns, result)

    def _guarded(self, given: Answer) -> Answer:
        verdict = self.services.check(given.reply, Direction.OUT)
        if not verdict.allowed:
            # Our own words: somebody has to look at who wrote them.
            _log.error("a reply was held back", extra=_fields(verdict) | {"intent": given.intent})
            return _REFUSED
        return Answer(given.intent, verdict.text, given.titles)


def _fields(verdict: Verdict) -> dict[str, object]:
    return {"reasons": list(verdict.reasons), "request_id": request_id.current.get()}
