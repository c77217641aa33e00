"""The simulator's time: a clock that may run faster than the real one or be set by hand, and what is due at which moment.

Nothing here runs by itself. Before each request is answered, everything that has become due is carried out in its order
and at its own moment, so a test sees the same world whether it asks often or seldom.
"""
import heapq
import itertools
import time


class Timeline:
    """Simulated time in epoch seconds."""

    def __init__(self, scale: float = 1.0, start: float | None = None):
        self._scale = scale
        self._base = time.time() if start is None else start
        self._real_base = time.monotonic()
        self._due: list = []
        self._order = itertools.count()
        self._running: float | None = None  # the moment of the event that is being carried out
        self.between = []  # functions (from, to) that fill the time between events, such as users' requests
        self._filled = self._base

    @property
    def scale(self) -> float:
        return self._scale

    def now(self) -> float:
        """The moment; while an event is carried out, that event's."""
        if self._running is not None:
            return self._running
        return self._base + (time.monotonic() - self._real_base) * self._scale

    def set_scale(self, scale: float) -> None:
        """From now on a real second is `scale` simulated ones; 0 stops the clock."""
        self._base, self._real_base = self.now(), time.monotonic()
        self._scale = scale

    def jump(self, seconds: float) -> None:
        """The clock goes on by `seconds` at once; what is due in them is carried out by `catch_up`."""
        self._base += seconds

    def after(self, seconds: float, action) -> None:
        """Carries out `action` `seconds` from now."""
        heapq.heappush(self._due, (self.now() + seconds, next(self._order), action))

    def catch_up(self) -> None:
        """Carries out all that has become due, in its order."""
        if self._running is not None:
            return
        now = self.now()
        while self._due and self._due[0][0] <= now:
            moment, _, action = heapq.heappop(self._due)
            moment = max(moment, self._filled)
            self._fill(moment)
            self._running = moment
            try:
                action()
            finally:
                self._running = None
        self._fill(now)

    def _fill(self, until: float) -> None:
        if until > self._filled:
            start, self._filled = self._filled, until
            self._running = start
            try:
                for function in self.between:
                    function(start, until)
            finally:
                self._running = None

    def stand_at(self, moment: float) -> None:
        """For a function of `between`: `now` answers with this moment until it has returned."""
        self._running = moment
