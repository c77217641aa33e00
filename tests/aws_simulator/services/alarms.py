"""Metric alarms that are evaluated: M of N datapoints, missing data, and INSUFFICIENT_DATA to begin with.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html (alarm states, evaluating an alarm)
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html (the window slides)
"""
import copy
import json
import math
import operator

from ..problems import AwsError

COMPARISONS = {"GreaterThanThreshold": operator.gt, "GreaterThanOrEqualToThreshold": operator.ge,
               "LessThanThreshold": operator.lt, "LessThanOrEqualToThreshold": operator.le}
# The service looks at some more periods than N, and takes the newest datapoints among them (second page above).
EXTRA_PERIODS = 2


class Alarm:
    """One metric alarm. `before` is the alarm of the same name that this one replaces, whose state it keeps."""

    def __init__(self, cloudwatch, arn: str, i: dict, before: "Alarm | None"):
        self.cloudwatch, self.place, self.arn = cloudwatch, cloudwatch.place, arn
        self.given = copy.deepcopy({k: v for k, v in i.items() if k != "Tags"})
        self.name = i["AlarmName"]
        self._check()
        self.state = before.state if before else "INSUFFICIENT_DATA"
        self.reason = before.reason if before else "Unchecked: Initial alarm creation"
        self.reason_data = before.reason_data if before else None
        self.changed_at = before.changed_at if before else self.place.now
        self.updated_at = self.place.now
        self.history: list[dict] = before.history if before else []
        self._evaluated_at = float("-inf")

    def _check(self) -> None:
        given = self.given
        if given.get("ComparisonOperator") not in COMPARISONS:
            raise AwsError("ValidationError", "Only comparisons with a threshold are simulated", 400)
        if "Threshold" not in given:
            raise AwsError("ValidationError", "Threshold is required", 400)
        if ("Metrics" in given) == ("MetricName" in given):
            raise AwsError("InvalidParameterCombination", "Either Metrics or MetricName is needed", 400)
        if "MetricName" in given and ("Statistic" in given) == ("ExtendedStatistic" in given):
            raise AwsError("ValidationError", "Exactly one of Statistic and ExtendedStatistic is needed", 400)
        if given.get("DatapointsToAlarm", 1) > given["EvaluationPeriods"]:
            raise AwsError("ValidationError", "DatapointsToAlarm must be at most EvaluationPeriods", 400)
        if given.get("TreatMissingData", "missing") not in ("breaching", "notBreaching", "ignore", "missing"):
            raise AwsError("ValidationError", "TreatMissingData is none of breaching, notBreaching, ignore, missing", 400)
        if self.period * given["EvaluationPeriods"] > 604800:
            raise AwsError("ValidationError", "Period times EvaluationPeriods is over seven days", 400)

    @property
    def period(self) -> int:
        if "Period" in self.given:
            return self.given["Period"]
        metrics = self.given.get("Metrics", [])
        return max([q["MetricStat"]["Period"] for q in metrics if "MetricStat" in q]
                   + [q["Period"] for q in metrics if "Period" in q], default=60)

    @property
    def _grain(self) -> int:
        """What the window slides by: a minute; an hour where it is longer than a day (multi-day alarms)."""
        if self.period * self.given["EvaluationPeriods"] > 86400:
            return min(self.period, 3600)
        return min(self.period, 60)

    def _values(self, start: float, end: float) -> dict[int, float]:
        if "MetricName" in self.given:
            metric = {k: self.given[k] for k in ("Namespace", "MetricName", "Dimensions") if k in self.given}
            stat = self.given.get("Statistic") or self.given["ExtendedStatistic"]
            return self.cloudwatch.values(metric, self.period, stat, start, end, begins=start)
        queries = self.given["Metrics"]
        shown = next(q["Id"] for q in queries if q.get("ReturnData", True))
        return self.cloudwatch.evaluated(queries, start, end, begins=start)[shown]

    def evaluate(self) -> None:
        """Looks at the newest periods and takes the state that follows from them."""
        every = min(self.period, self.place.delays.standard_period)
        if self.place.now < self._evaluated_at + every - 0.001:
            return
        self._evaluated_at = self.place.now
        count = self.given["EvaluationPeriods"]
        end = math.floor(self.place.now / self._grain) * self._grain
        start = end - (count + EXTRA_PERIODS) * self.period
        values = self._values(start, end)
        moments = [int(start + k * self.period) for k in range(count + EXTRA_PERIODS)]
        state, used = self._judged(moments, values)
        if state is not None and state != self.state:
            shown = ", ".join(f"{value:g}" for value in used) or "no datapoints"
            self.set_state(state, f"Threshold Crossed: {len(used)} datapoints [{shown}] against the threshold "
                           f"({self.given['Threshold']:g})." if used else f"{state}: {shown} were received")

    def _judged(self, moments: list[float], values: dict[int, float]) -> tuple[str | None, list[float]]:
        """The state for these periods (None: keep the present one) and the values that it rests on."""
        count = self.given["EvaluationPeriods"]
        needed = self.given.get("DatapointsToAlarm", count)
        treat = self.given.get("TreatMissingData", "missing")
        real = [values[m] for m in moments if m in values][-count:]
        breaches = [COMPARISONS[self.given["ComparisonOperator"]](v, self.given["Threshold"]) for v in real]
        missing = count - len(real)
        if missing == 0 or breaches.count(True) >= needed:
            return ("ALARM" if breaches.count(True) >= needed else "OK"), real
        if treat == "breaching":
            return ("ALARM" if breaches.count(True) + missing >= needed else "OK"), real
        if treat == "notBreaching":
            return "OK", real
        if treat == "ignore":
            return (None if not real else "OK" if breaches.count(True) + missing < needed else None), real
        return ("INSUFFICIENT_DATA" if not real else "OK" if not breaches[-1] else None), real

    def set_state(self, state: str, reason: str) -> None:
        """The alarm's state from now on; its history and its actions follow."""
        before, self.state, self.reason = self.state, state, reason
        if before == state:
            return
        self.changed_at = self.updated_at = self.place.now
        self.history.append({"AlarmName": self.name, "AlarmType": "MetricAlarm", "Timestamp": self.place.now,
                             "HistoryItemType": "StateUpdate", "HistorySummary": f"Alarm updated from {before} to {state}",
                             "HistoryData": json.dumps({"oldState": before, "newState": state, "reason": reason})})

    def described(self) -> dict:
        actions = {name: self.given.get(name, []) for name in ("OKActions", "AlarmActions", "InsufficientDataActions")}
        return {"ActionsEnabled": True, **self.given, **actions, "AlarmArn": self.arn, "StateValue": self.state,
                "StateReason": self.reason, "StateUpdatedTimestamp": self.changed_at,
                "StateTransitionedTimestamp": self.changed_at, "AlarmConfigurationUpdatedTimestamp": self.updated_at}
