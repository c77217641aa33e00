"""What flags switch on in a reply."""

from dataclasses import replace

from src.answers import CHOICES, Answer
from src.flags import Features
from src.intents import Intent
from src.services import Find


def with_features(given: Answer, message: str, features: Features, find: Find) -> Answer:
    """The answer to a message with what is switched on; unchanged when nothing is that concerns it."""
    if given.intent == Intent.GREETING and features.greeting:
        return replace(given, reply=features.greeting)
    if given.intent == Intent.RECOMMENDATION and features.also_like:
        return _with_more_titles(given, message, features.also_like, find)
    return given


def _with_more_titles(given: Answer, message: str, count: int, find: Find) -> Answer:
    others = [title for title in find(message, CHOICES, or_best=True) if title["id"] not in given.titles][:count]
    if not others:
        return given
    names = " and ".join(title["title"] for title in others)
    return replace(
        given,
        reply=f"{given.reply} You may also like {names}.",
        titles=(*given.titles, *(title["id"] for title in others)),
    )
