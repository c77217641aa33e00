"""Feature flags: what is switched on for customers, apart from what is deployed.

`FLAGS_URL` names the flags as the AppConfig agent gives them, which runs beside the service:
`http://localhost:2772/applications/APP/environments/ENV/configurations/PROFILE`. Without it the defaults hold. An
answer is used for POLL_SECONDS; when none comes, the one before is used on, or the defaults where there never was one,
and the log says so. `flags.yaml` defines the flags; sluice deploys it.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from src import request_id
from src.remote import Remote, Unavailable

POLL_SECONDS = 15.0
AGENT_SECONDS = 0.2  # the agent is in the same task, and answers from its memory
MOST_LIKE = 3
_log = logging.getLogger("mangaassist.flags")
T = TypeVar("T")


@dataclass(frozen=True)
class Features:
    """What is switched on. The defaults are what customers get as long as no flags can be read."""

    greeting: str = ""  # said in place of the usual one, where there is one
    also_like: int = 0  # so many more titles a recommendation names


DEFAULTS = Features()
Flags = Callable[[], Features]


def flags_of(environment: Mapping[str, str]) -> Flags:
    """The flags that the environment's variables name. Raises ValueError for a URL that cannot be asked."""
    url = environment.get("FLAGS_URL")
    return AgentFlags(Remote("AppConfig agent", url, AGENT_SECONDS)) if url else lambda: DEFAULTS


class AgentFlags:
    """The flags of the AppConfig agent. May be used by several threads: one asks, the others go on meanwhile."""

    def __init__(self, agent: Remote, clock: Callable[[], float] = time.monotonic) -> None:
        self.agent = agent
        self.clock = clock
        self._asking = threading.Lock()
        self._ask_at = clock()
        self._features = DEFAULTS

    def __call__(self) -> Features:
        """What is switched on now, or was when the agent answered last."""
        if self.clock() >= self._ask_at and self._asking.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._asking.release()
        return self._features

    def _ask(self) -> None:
        self._ask_at = self.clock() + POLL_SECONDS
        try:
            self._features = read_features(self.agent.ask("", None))
        except Unavailable as error:
            fields = {"cause": str(error), "request_id": request_id.current.get()}
            _log.warning("the flags are those that were read last", extra=fields)


def read_features(answer: Any) -> Features:  # noqa: ANN401 (JSON of another service)
    """What the agent answered. Raises Unavailable when it is of another shape.

    A flag that it does not name is off: `flags.yaml` may be older than this version, or newer.
    """
    if not isinstance(answer, dict):
        raise Unavailable("the AppConfig agent's answer is no object")
    return Features(
        greeting=_attribute(answer, "new_greeting", "text", str, DEFAULTS.greeting),
        also_like=max(0, min(MOST_LIKE, _attribute(answer, "also_like", "count", int, DEFAULTS.also_like))),
    )


def _attribute(answer: dict[str, Any], flag: str, name: str, kind: type[T], off: T) -> T:
    value = answer.get(flag, {"enabled": False})
    if not isinstance(value, dict) or not isinstance(value.get("enabled"), bool):
        raise Unavailable(f"the flag {flag} says not whether it is enabled")
    if not value["enabled"]:
        return off
    attribute = value.get(name)
    if not isinstance(attribute, kind) or isinstance(attribute, bool):
        raise Unavailable(f"the flag {flag} has no attribute {name} of the kind {kind.__name__}")
    return attribute
