"""The id of the request that is being answered: it goes into the log, and along to every service that is asked."""

import secrets
from contextvars import ContextVar

HEADER = "x-request-id"
MOST_CHARACTERS = 128

current: ContextVar[str] = ContextVar("request_id", default="")


def begin(given: str) -> str:
    """Makes `given` the id of this request, or a new one when none was given. Gives the id."""
    request_id = given[:MOST_CHARACTERS] or secrets.token_hex(16)
    current.set(request_id)
    return request_id
