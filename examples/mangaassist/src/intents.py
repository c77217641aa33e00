"""What a customer wants, found by rules: each rule is a pattern with a weight, the heaviest intent wins."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Intent(StrEnum):
    """What a message is about."""

    GREETING = "greeting"
    RECOMMENDATION = "recommendation"
    AVAILABILITY = "availability"
    ORDER_STATUS = "order_status"
    ORDER_RETURN = "order_return"
    SHIPPING = "shipping"
    PERSON = "person"
    UNKNOWN = "unknown"
    REFUSED = "refused"  # by the guardrails, before anybody asked what it is about


@dataclass(frozen=True)
class Classification:
    """An intent, how sure the rules are (0 to 1), and the words that decided it."""

    intent: Intent
    confidence: float
    matched: tuple[str, ...]


@dataclass(frozen=True)
class _Rule:
    intent: Intent
    weight: float
    pattern: re.Pattern[str]


def _rule(intent: Intent, weight: float, pattern: str) -> _Rule:
    return _Rule(intent, weight, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE))


_RULES = (
    _rule(Intent.GREETING, 0.6, r"hi|hello|hey|good (?:morning|afternoon|evening)"),
    _rule(Intent.RECOMMENDATION, 2.0, r"recommend(?:s|ed|ation|ations)?|suggest(?:ion|ions|s)?"),
    _rule(Intent.RECOMMENDATION, 1.5, r"what (?:should|can|could) i read|something (?:like|with|about)|similar to"),
    _rule(Intent.RECOMMENDATION, 1.0, r"looking for|another one|what else|best|favou?rites?"),
    _rule(Intent.AVAILABILITY, 2.0, r"in stock|available|sold out|do you (?:have|sell)"),
    _rule(Intent.AVAILABILITY, 1.0, r"how much|prices?|costs?"),
    _rule(Intent.ORDER_STATUS, 2.0, r"where(?:'s| is) my (?:order|parcel|package)|track(?:ing)?|order status"),
    _rule(Intent.ORDER_STATUS, 1.2, r"(?:not|never|hasn't|has not) (?:yet )?(?:arrived?|come)|when will .{0,40}arrive"),
    _rule(Intent.ORDER_STATUS, 0.8, r"my order|my parcel|my package"),
    _rule(Intent.ORDER_RETURN, 2.5, r"returns?|returning|refund(?:s|ed)?|send (?:it|them|this) back|money back"),
    _rule(Intent.ORDER_RETURN, 1.0, r"damaged|wrong (?:book|volume|title|item)|exchange"),
    _rule(Intent.SHIPPING, 1.8, r"shipping|deliver(?:y|ies)? (?:cost|time|to)|do you (?:ship|deliver)"),
    _rule(Intent.PERSON, 2.2, r"human|real person|agent|someone from|speak (?:to|with)|complain(?:t)?"),
)


def classify(message: str) -> Classification:
    """The intent of a message. Without any match it is unknown, with confidence 0."""
    weights: dict[Intent, float] = {}
    matched: dict[Intent, list[str]] = {}
    for rule in _RULES:
        found = rule.pattern.search(message)
        if found:
            weights[rule.intent] = weights.get(rule.intent, 0.0) + rule.weight
            matched.setdefault(rule.intent, []).append(found.group(0).lower())
    if not weights:
        return Classification(Intent.UNKNOWN, 0.0, ())
    best = max(weights, key=lambda intent: weights[intent])
    # The share of the winner, lowered when its own evidence is thin.
    confidence = weights[best] / (sum(weights.values()) + 0.5)
    return Classification(best, round(confidence, 3), tuple(matched[best]))
