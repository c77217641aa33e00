"""What is remembered of a conversation, in this process only: a replica that ends takes its sessions with it."""

import secrets
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from src.intents import Intent

MOST_SESSIONS = 10_000
IDLE_SECONDS = 30 * 60.0


@dataclass
class Session:
    """One conversation."""

    id: str
    turns: int = 0
    shown: int = 0  # recommendations given so far
    last_intent: Intent = Intent.UNKNOWN
    last_title: str = ""
    touched: float = field(default=0.0, repr=False)

    def next_choice(self, among: int) -> int:
        """Which of `among` equally good titles to show next.

        It starts at a place that depends on the session, so that not every visitor sees the same title first, and goes
        on in turn, so that nobody is shown a title twice before all were shown.
        """
        choice = (zlib.crc32(self.id.encode()) + self.shown) % among
        self.shown += 1
        return choice


class Sessions:
    """The sessions of this process: at most `most`, each forgotten after `idle_seconds` without a message.

    May be used by several threads.
    """

    def __init__(
        self,
        most: int = MOST_SESSIONS,
        idle_seconds: float = IDLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most = most
        self.idle_seconds = idle_seconds
        self.clock = clock
        self.sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, session_id: str | None) -> Session:
        """The session of that id, or a new one (with a new id when none was given)."""
        with self._lock:
            return self._open(session_id)

    def _open(self, session_id: str | None) -> Session:
        now = self.clock()
        self._forget_until(lambda oldest: now - oldest.touched <= self.idle_seconds)
        session = self.sessions.pop(session_id, None) if session_id else None
        if session is None:
            self._forget_until(lambda _oldest: len(self.sessions) < self.most)
            session = Session(session_id or secrets.token_urlsafe(12))
        session.touched = now
        self.sessions[session.id] = session
        return session

    def _forget_until(self, enough: Callable[[Session], bool]) -> None:
        while self.sessions:
            oldest = next(iter(self.sessions.values()))
            if enough(oldest):
                return
            del self.sessions[oldest.id]
