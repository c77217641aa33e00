"""Amazon Managed Service for Prometheus: what replicas export is in every workspace of their account, and queries are answered
from it. moto keeps the workspaces.

https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-APIReference-QueryMetrics.html
"""
import bisect
import json
import re

from ..store import UnsupportedByStore
from ..wire_answer import HttpAnswer
from . import prometheus_query
from .service import Service

# The upper edges of the histogram's buckets, in seconds.
EDGES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Exported:
    """Counters of an account's replicas, as they stood at the end of each second in which one rose.

    A series stays as it is when its replica is gone; in a real workspace it ends five minutes after the last scrape.
    """

    def __init__(self):
        self._series: dict[tuple, tuple[list[int], list[float]]] = {}

    def count(self, labels: dict[str, str], second: int, requests: int, errors: int,
              latencies: list[tuple[float, float]]) -> None:
        """`requests` that were answered in a second, of which `errors` failed; latencies in seconds, with how often."""
        self._add("requests_total", labels, second, requests)
        self._add("errors_total", labels, second, errors)
        for edge in EDGES:
            self._add("request_seconds_bucket", {**labels, "le": str(edge)}, second,
                      sum(weight for latency, weight in latencies if latency <= edge))
        self._add("request_seconds_bucket", {**labels, "le": "+Inf"}, second, requests)
        self._add("request_seconds_count", labels, second, requests)
        self._add("request_seconds_sum", labels, second, sum(latency * weight for latency, weight in latencies))

    def _add(self, name: str, labels: dict[str, str], second: int, more: float) -> None:
        moments, values = self._series.setdefault((name, tuple(sorted(labels.items()))), ([], []))
        before = values[-1] if values else 0.0
        if moments and moments[-1] == second + 1:
            values[-1] = before + more
        else:
            moments.append(second + 1)
            values.append(before + more)

    def at(self, moment: float, selector: prometheus_query.Selector) -> list[tuple[dict[str, str], float]]:
        """Labels and value of each series that the selector takes; what was counted later is not there yet."""
        found = []
        for (name, pairs), (moments, values) in sorted(self._series.items()):
            place = bisect.bisect_right(moments, moment)
            if place and selector.takes(name, dict(pairs)):
                found.append(({"__name__": name, **dict(pairs)}, values[place - 1]))
        return found


class Prometheus(Service):
    NAME = "amp"

    def QueryMetrics(self, i: dict) -> HttpAnswer:
        self.place.store("amp", "DescribeWorkspace", workspaceId=i["workspaceId"])  # refuses one that is not there
        try:
            moment = float(i.get("time", self.place.now))
        except ValueError:
            return self._refused(f'invalid parameter "time": cannot parse "{i["time"]}" to a valid timestamp')
        if not re.fullmatch(r"([0-9]+(ms|[smhdwy]))+|[0-9.]+", i.get("timeout", "1s")):
            return self._refused(f'invalid parameter "timeout": cannot parse "{i["timeout"]}" to a valid duration')
        try:
            query = prometheus_query.parse(i["query"])
        except prometheus_query.BadQuery as why:
            return self._refused(f'invalid parameter "query": {why}')
        except prometheus_query.UnknownQuery as why:
            raise UnsupportedByStore(str(why)) from why
        if query.number is not None:
            return self._answer({"resultType": "scalar", "result": [moment, query.number]})
        series = self.world.exported_of(self.place.account).at(moment, query.selector)
        if query.is_sum:
            series = self._summed(series, query.by)
        return self._answer({"resultType": "vector", "result": [
            {"metric": labels, "value": [moment, str(int(value) if value == int(value) else value)]}
            for labels, value in series]})

    @staticmethod
    def _summed(series: list[tuple[dict[str, str], float]], by: tuple[str, ...]) -> list[tuple[dict[str, str], float]]:
        sums: dict[tuple, float] = {}
        for labels, value in series:
            group = tuple((name, labels[name]) for name in by if name in labels)
            sums[group] = sums.get(group, 0.0) + value
        return [(dict(group), value) for group, value in sums.items()]

    # https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview

    def _answer(self, data: dict) -> HttpAnswer:
        return HttpAnswer(200, [("Content-Type", "application/json"), ("x-amzn-RequestId", self.world.uuid())],
                          json.dumps({"status": "success", "data": data}).encode())

    def _refused(self, why: str) -> HttpAnswer:
        return HttpAnswer(400, [("Content-Type", "application/json"), ("x-amzn-RequestId", self.world.uuid())],
                          json.dumps({"status": "error", "errorType": "bad_data", "error": why}).encode())
