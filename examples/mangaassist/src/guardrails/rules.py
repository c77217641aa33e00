"""What must not come in and what must not go out, by rules.

A text is refused, or allowed with personal data masked. The same rules serve the guardrails service and an
orchestrator that has none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

MOST_CHARACTERS_OUT = 1000


class Direction(StrEnum):
    """Which way a text goes: in from a customer, or out to one."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True)
class Verdict:
    """Whether a text may pass, the text to pass on, and the names of the rules that applied."""

    allowed: bool
    text: str
    reasons: tuple[str, ...] = ()


def check(text: str, direction: Direction) -> Verdict:
    """The verdict on a text. Of a refused one nothing is passed on."""
    refused = tuple(rule.name for rule in _REFUSALS if rule.direction == direction and rule.applies(text))
    if refused:
        return Verdict(False, "", refused)
    masked = text
    reasons: list[str] = []
    for name, mask in _MASKS:
        after = mask(masked)
        if after != masked:
            masked = after
            reasons.append(name)
    return Verdict(True, masked, tuple(reasons))


@dataclass(frozen=True)
class _Refusal:
    name: str
    direction: Direction
    applies: Callable[[str], object]


def _says(pattern: str) -> Callable[[str], object]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE).search


_REFUSALS = (
    _Refusal(
        "instructions",
        Direction.IN,
        _says(
            r"(?:ignore|forget|disregard) (?:all |any )?(?:of )?(?:your |the |my )?(?:previous |prior |above )?"
            r"(?:instructions?|rules?|guidelines?)|system prompt|you are now (?:a|an|in)|jailbreak"
        ),
    ),
    _Refusal("piracy", Direction.IN, _says(r"pirated?|torrents?|scanlations?|illegal (?:copy|copies|downloads?)")),
    _Refusal("promise", Direction.OUT, _says(r"(?:we|i) (?:guarantee|promise)|has been refunded")),
    _Refusal("too_long", Direction.OUT, lambda text: len(text) > MOST_CHARACTERS_OUT),
)

_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DOUBLE_DIGIT = 9


def _mask_cards(text: str) -> str:
    return _CARD.sub(lambda found: "[card number]" if is_card_number(found.group()) else found.group(), text)


def _mask_emails(text: str) -> str:
    return _EMAIL.sub("[e-mail address]", text)


def is_card_number(text: str) -> bool:
    """Whether the digits of a text pass Luhn's check (ISO/IEC 7812-1, annex B), as those of payment cards do."""
    total = 0
    for place, digit in enumerate(int(character) for character in reversed(text) if character.isdecimal()):
        value = digit * 2 if place % 2 else digit
        total += value - 9 if value > _DOUBLE_DIGIT else value
    return total % 10 == 0


_MASKS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("payment_card", _mask_cards),
    ("email_address", _mask_emails),
)
