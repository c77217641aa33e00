"""Metric data: what was measured when, and statistics of it over periods.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html (resolution, periods, statistics)
"""
import bisect
import dataclasses
import math
import re

from ..problems import AwsError


@dataclasses.dataclass
class Summary:
    """Values of one second: each distinct one with how often it came."""
    counts: dict[float, float] = dataclasses.field(default_factory=dict)

    def add(self, value: float, count: float = 1) -> None:
        self.counts[value] = self.counts.get(value, 0) + count

    def merge(self, other: "Summary") -> None:
        for value, count in other.counts.items():
            self.add(value, count)

    def statistic(self, name: str) -> float | None:
        """One of SampleCount, Sum, Average, Minimum, Maximum, pNN.N or tmNN; None of nothing."""
        if not self.counts:
            return None
        count = sum(self.counts.values())
        total = sum(v * n for v, n in self.counts.items())
        plain = {"SampleCount": count, "Sum": total, "Average": total / count, "Minimum": min(self.counts),
                 "Maximum": max(self.counts)}
        if name in plain:
            return plain[name]
        percentile = re.fullmatch(r"(p|tm)(\d{1,2}(?:\.\d{1,10})?|100)", name)
        if not percentile:
            raise AwsError("InvalidParameterValue", f"The value {name} for parameter Stat is not supported.", 400)
        return self._quantile(float(percentile[2]) / 100, count, trimmed=percentile[1] == "tm")

    def _quantile(self, share: float, count: float, trimmed: bool) -> float:
        reached, total = 0.0, 0.0
        wanted = share * count
        for value in sorted(self.counts):
            step = min(self.counts[value], max(0.0, wanted - reached))
            total += value * step
            reached += self.counts[value]
            if reached >= wanted - 1e-9:
                return total / wanted if trimmed and wanted else value
        return max(self.counts)


class Series:
    """The data of one metric with its dimensions, a Summary for each second.

    A datum becomes visible `delay` after the end of its standard period.
    """

    def __init__(self, place, own: bool, resolution: int = 60):
        self._place, self._own, self._resolution = place, own, resolution
        self._seconds: list[int] = []
        self._data: dict[int, Summary] = {}

    @property
    def standard(self) -> float:
        """The period below which nothing is told apart: 60 s, or 1 s for high resolution."""
        return self._place.delays.standard_period if self._resolution == 60 else 1

    @property
    def delay(self) -> float:
        return self._place.delays.publication if self._own else self._place.delays.custom_publication

    def at(self, second: int) -> Summary:
        if second not in self._data:
            self._data[second] = Summary()
            bisect.insort(self._seconds, second)
        return self._data[second]

    def visible_from(self, second: int) -> float:
        return (math.floor(second / self.standard) + 1) * self.standard + self.delay

    def periods(self, start: float, end: float, period: float, now: float, begins: float = 0) -> dict[int, Summary]:
        """What is visible at `now` of [start, end), by the beginning of each period that has data; one of them begins at
        `begins`.

        A datum of standard resolution counts where its minute begins.
        """
        found: dict[int, Summary] = {}
        reach = bisect.bisect_left(self._seconds, start - self.standard)
        for second in self._seconds[reach:]:
            if second >= end + self.standard:
                break
            stands_at = math.floor(second / self.standard) * self.standard
            begin = int(math.floor((stands_at - begins) / period) * period + begins)
            if start <= begin < end and self.visible_from(second) <= now:
                found.setdefault(begin, Summary()).merge(self._data[second])
        return found


class MetricStore:
    """All series of a place, by namespace, name and dimensions."""

    def __init__(self, place):
        self.place = place
        self.series: dict[tuple, Series] = {}

    @staticmethod
    def key(namespace: str, name: str, dimensions: dict[str, str]) -> tuple:
        return namespace, name, tuple(sorted(dimensions.items()))

    def aws(self, namespace: str, name: str, dimensions: dict[str, str], second: int) -> Summary:
        """Where to add a datum of one of AWS's own metrics."""
        key = self.key(namespace, name, dimensions)
        if key not in self.series:
            self.series[key] = Series(self.place, own=True)
        return self.series[key].at(second)

    def custom(self, namespace: str, name: str, dimensions: dict[str, str], second: int, resolution: int) -> Summary:
        key = self.key(namespace, name, dimensions)
        if key not in self.series:
            self.series[key] = Series(self.place, own=False, resolution=resolution)
        return self.series[key].at(second)
