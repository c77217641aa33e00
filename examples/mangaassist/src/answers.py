"""The reply to a message: one function an intent."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from src.catalogue import Title
from src.intents import Intent
from src.services import BUILT_IN, Find, Services
from src.sessions import Session

CHOICES = 5
OLD_SHOP_DIGITS = 4  # of the order numbers that the warehouse does not know
_ORDER = re.compile(r"(?:#|\border(?: number)?\s+#?)(\d{4,10})\b", re.IGNORECASE)
_log = logging.getLogger("mangaassist.answers")
_Reply = Callable[[str, Session, Find], "Answer"]


@dataclass(frozen=True)
class Answer:
    """A reply, and the ids of the titles that it names."""

    intent: Intent
    reply: str
    titles: tuple[str, ...] = ()


def answer(message: str, session: Session, services: Services = BUILT_IN) -> Answer:
    """Answers a message and keeps in the session what the next one may refer to."""
    intent = services.classify(message).intent
    result = _ANSWERS[intent](message, session, services.find)
    session.turns += 1
    session.last_intent = intent
    return result


def price(title: Title) -> str:
    """The price of one volume, for people."""
    return f"{title['price_cents'] / 100:.2f} EUR"


def _recommendation(message: str, session: Session, find: Find) -> Answer:
    found = find(message, CHOICES, or_best=True)
    title = found[session.next_choice(len(found))]
    session.last_title = title["title"]
    reply = f"Try {title['title']} by {title['author']}: {title['summary']}"
    return Answer(Intent.RECOMMENDATION, reply, (title["id"],))


def _availability(message: str, session: Session, find: Find) -> Answer:
    found = find(message, 1) or find(session.last_title, 1)
    if not found:
        return Answer(Intent.AVAILABILITY, "Which title do you mean?")
    title = found[0]
    state = f"in stock for {price(title)} a volume" if title["in_stock"] else "sold out at the moment"
    return Answer(Intent.AVAILABILITY, f"{title['title']} is {state}.", (title["id"],))


def _order_status(message: str, _session: Session, _find: Find) -> Answer:
    order = _ORDER.search(message)
    if order is None:
        return Answer(Intent.ORDER_STATUS, "Please tell me the order number from your confirmation.")
    if len(order.group(1)) == OLD_SHOP_DIGITS:
        _log.error("an order of the old shop cannot be looked up", extra={"order": order.group(1)})
        return Answer(Intent.ORDER_STATUS, f"Order {order.group(1)} is of our old shop: a colleague will look for it.")
    return Answer(Intent.ORDER_STATUS, f"I have asked the warehouse about order {order.group(1)}.")


def _order_return(message: str, _session: Session, _find: Find) -> Answer:
    order = _ORDER.search(message)
    which = f"order {order.group(1)}" if order else "an order"
    return Answer(
        Intent.ORDER_RETURN,
        f"You can return {which} within 14 days. The label is in your account.",
    )


def _fixed(intent: Intent, reply: str) -> _Reply:
    return lambda _message, _session, _find: Answer(intent, reply)


_ANSWERS: dict[Intent, _Reply] = {
    Intent.RECOMMENDATION: _recommendation,
    Intent.AVAILABILITY: _availability,
    Intent.ORDER_STATUS: _order_status,
    Intent.ORDER_RETURN: _order_return,
    Intent.GREETING: _fixed(Intent.GREETING, "Hello! Ask me for a manga, or about an order."),
    Intent.SHIPPING: _fixed(Intent.SHIPPING, "Delivery takes two to four working days and is free from 30 EUR."),
    Intent.PERSON: _fixed(Intent.PERSON, "I have told a colleague, who will answer here within the hour."),
    Intent.UNKNOWN: _fixed(Intent.UNKNOWN, "I can recommend manga, look for a title, or help with an order."),
}
