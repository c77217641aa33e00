"""Faults on purpose: which request fails, is throttled, denied, answered late, stale or not at all."""
import dataclasses
import fnmatch
import random

from .problems import AwsError

# fail, unavailable, throttle, denied, refused: before the effect; answer: likewise, with `code`, `message` and `status`. expire: the
# temporary keys of the request have ended. lost: after it, no answer. stale: an earlier answer of the same read.
# pause_before, pause_after: until the test says so. slow: `seconds` late.
KINDS = ("fail", "unavailable", "throttle", "denied", "refused", "answer", "expire", "lost", "stale", "pause_before",
         "pause_after", "slow")
READS = ("Describe", "Get", "List", "BatchGet", "Head", "Lookup", "Test", "Validate", "Filter", "Simulate",
         "Query")


def is_read(operation: str) -> bool:
    return operation.startswith(READS)


@dataclasses.dataclass
class FaultRule:
    """One kind of fault for the requests that match. `service`, `operation`, `region` are patterns as in a shell.

    `who` is the key pair's owner; None means everybody's. Of the matching requests the first `skip` are spared, and at
    most `times` are hit, each with `probability`. `writes` limits the rule to calls that change something (True) or
    that do not (False). `seconds` (real ones) is for `slow`, a range from 0 to it. `begins_after` is an operation and
    how many requests of it must have come first, so many simulated seconds (`waits`) ago; `lasts` is in simulated seconds
    from then, or from the first that it hit.
    """
    kind: str
    probability: float = 1.0
    service: str = "*"
    operation: str = "*"
    region: str = "*"
    who: str | None = "sluice"
    skip: int = 0
    times: int | None = None
    writes: bool | None = None
    seconds: float = 0.0
    code: str = ""
    message: str = ""
    status: int = 400
    begins_after: tuple[str, int] | None = None
    waits: float = 0.0
    lasts: float | None = None
    came: int = 0
    began: float | None = None
    seen: int = 0
    hits: int = 0

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"no fault of the kind {self.kind!r}; there are {', '.join(KINDS)}")

    def matches(self, service: str, operation: str, region: str, who: str) -> bool:
        return (fnmatch.fnmatchcase(service, self.service) and fnmatch.fnmatchcase(operation, self.operation)
                and fnmatch.fnmatchcase(region, self.region) and self.who in (None, who)
                and (self.writes is None or self.writes != is_read(operation))
                and (self.kind != "stale" or is_read(operation)))


    def is_in_force(self, operation: str, who: str, now: float) -> bool:
        """Counts what must have come first, too."""
        if self.began is None and self.begins_after is not None:
            first, count = self.begins_after
            self.came += fnmatch.fnmatchcase(operation, first) and self.who in (None, who)
            if self.came >= count:
                self.began = now + self.waits
            return False
        if self.began is None:
            return True
        return self.began <= now and (self.lasts is None or now < self.began + self.lasts)


class Faults:
    """The rules in force, with one source of chance."""

    def __init__(self):
        self.rules: list[FaultRule] = []
        self._chance = random.Random(1)

    def set(self, rules: list[dict], seed: int) -> None:
        self.rules = [FaultRule(**rule) for rule in rules]
        self._chance = random.Random(seed)

    def hit(self, service: str, operation: str, region: str, who: str, now: float) -> list[FaultRule]:
        """The rules that hit this request, at most one of those that decide its answer."""
        found, decided = [], False
        for rule in self.rules:
            if not rule.is_in_force(operation, who, now) or not rule.matches(service, operation, region, who):
                continue
            rule.seen += 1
            drawn = self._chance.random() < rule.probability
            spent = rule.times is not None and rule.hits >= rule.times
            beside = rule.kind in ("slow", "pause_before", "pause_after")
            if rule.seen <= rule.skip or spent or not drawn or (decided and not beside):
                continue
            rule.hits += 1
            rule.began = now if rule.began is None else rule.began
            decided = decided or not beside
            found.append(rule)
        return found

    def late_by(self, rule: FaultRule) -> float:
        return self._chance.uniform(0, rule.seconds)


def refusal(rule: FaultRule, service: str, operation: str, arn: str) -> AwsError | None:
    """The error that a rule answers instead of the effect; None for the kinds that let the effect happen."""
    if rule.kind == "fail":
        return AwsError("InternalFailure", "We encountered an internal error. Please try again.", 500)
    if rule.kind == "unavailable":
        return AwsError("ServiceUnavailable", "The service is unavailable. Please try again.", 503)
    if rule.kind == "throttle":
        return AwsError("Throttling", "Rate exceeded", 400)
    if rule.kind == "denied":
        return AwsError("AccessDenied", f"User: {arn} is not authorized to perform: {service}:{operation} on resource: * "
                        "because no identity-based policy allows it", 403)
    if rule.kind == "answer":
        return AwsError(rule.code, rule.message, rule.status)
    return None
