"""Composite alarms: a rule over the states of other alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html (AlarmRule)
"""
import copy
import re

from ..problems import AwsError

TOKENS = re.compile(r'\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?P<quoted>[^"]+)"|(?P<name>[^\s()",]+))\s*\)'
                    r"|(?P<word>AND|OR|NOT|TRUE|FALSE|[()]))")


class CompositeAlarm:
    """`cloudwatch` has the alarms that the rule names; all must be there."""

    def __init__(self, cloudwatch, arn: str, i: dict, before: "CompositeAlarm | None"):
        self.cloudwatch, self.place, self.arn = cloudwatch, cloudwatch.place, arn
        self.given = copy.deepcopy({k: v for k, v in i.items() if k != "Tags"})
        self.name = i["AlarmName"]
        self.tokens = self._read(i["AlarmRule"])
        self.state = before.state if before else "INSUFFICIENT_DATA"
        self.changed_at = before.changed_at if before else self.place.now
        self.updated_at = self.place.now
        self.history: list[dict] = before.history if before else []
        missing = [name for state, name in (t for t in self.tokens if isinstance(t, tuple)) if self._alarm(name) is None]
        if missing:
            raise AwsError("ValidationError",
                           f"Could not save the composite alarm as alarms [{', '.join(missing)}] do not exist", 400)
        self._holds()  # a rule that cannot be evaluated is refused

    def _alarm(self, name: str):
        return self.cloudwatch.alarms.get(name) or self.cloudwatch.composites.get(name)

    @staticmethod
    def _invalid(what: str) -> AwsError:
        return AwsError("ValidationError", f"AlarmRule must be a valid rule expression: {what}", 400)

    def _read(self, rule: str) -> list[str | tuple[str, str]]:
        found, at = [], 0
        while rule[at:].strip():
            token = TOKENS.match(rule, at)
            if not token:
                raise self._invalid(rule[at:])
            name = token["quoted"] or token["name"]
            found.append((token["state"], name.rpartition(":alarm:")[2]) if token["state"] else token["word"])
            at = token.end()
        return found

    def _holds(self) -> bool:
        tokens = list(self.tokens)
        value = self._any(tokens)
        if tokens:
            raise self._invalid(f"{tokens[0]} is too much")
        return value

    def _any(self, tokens: list) -> bool:
        value = self._all(tokens)
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            value = self._all(tokens) or value
        return value

    def _all(self, tokens: list) -> bool:
        value = self._one(tokens)
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            value = self._one(tokens) and value
        return value

    def _one(self, tokens: list) -> bool:
        if not tokens:
            raise self._invalid("it ends too soon")
        token = tokens.pop(0)
        if isinstance(token, tuple):
            known = self._alarm(token[1])
            return known is not None and known.state == token[0]
        if token == "NOT":
            return not self._one(tokens)
        if token == "(":
            value = self._any(tokens)
            if not tokens or tokens.pop(0) != ")":
                raise self._invalid("a parenthesis is open")
            return value
        if token in ("TRUE", "FALSE"):
            return token == "TRUE"
        raise self._invalid(f"{token} is out of place")

    def evaluate(self) -> None:
        state = "ALARM" if self._holds() else "OK"
        if state != self.state:
            self.history.append({"AlarmName": self.name, "AlarmType": "CompositeAlarm", "Timestamp": self.place.now,
                                 "HistoryItemType": "StateUpdate",
                                 "HistorySummary": f"Alarm updated from {self.state} to {state}"})
            self.state, self.changed_at = state, self.place.now

    def described(self) -> dict:
        actions = {name: self.given.get(name, []) for name in ("OKActions", "AlarmActions", "InsufficientDataActions")}
        return {"ActionsEnabled": True, **self.given, **actions, "AlarmArn": self.arn, "StateValue": self.state,
                "StateReason": f"{self.name} is {self.state} by its rule", "StateUpdatedTimestamp": self.changed_at,
                "StateTransitionedTimestamp": self.changed_at, "AlarmConfigurationUpdatedTimestamp": self.updated_at}
