"""CloudWatch: metrics, GetMetricData and alarms that are evaluated. All of it is answered here; moto keeps nothing.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/
"""
import math

from ..problems import AwsError
from ..wire_answer import epoch
from . import metric_expression
from .alarms import Alarm
from .composite_alarm import CompositeAlarm
from .metrics import MetricStore
from .service import Service, page

MOST_QUERIES = 500          # API_GetMetricData.html
MOST_DATAPOINTS = 100_800   # API_GetMetricData.html (MaxDatapoints)
SHORT_PERIODS = (1, 5, 10, 20, 30)


class Metrics(Service):
    NAME = "cloudwatch"

    def __init__(self, place):
        super().__init__(place)
        self.metrics = MetricStore(place)
        self.alarms: dict[str, Alarm] = {}
        self.composites: dict[str, CompositeAlarm] = {}
        self._tags: dict[str, list] = {}
        self._ticking = False

    # Data in.

    def PutMetricData(self, i: dict) -> dict:
        if i["Namespace"].startswith("AWS/"):  # API_PutMetricData.html
            raise AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.", 400)
        for datum in i.get("MetricData", []):
            self._put(i["Namespace"], datum)
        return {}

    def _put(self, namespace: str, datum: dict) -> None:
        moment = epoch(datum["Timestamp"]) if "Timestamp" in datum else self.place.now
        if not -14 * 86400 <= moment - self.place.now <= 2 * 3600:  # API_MetricDatum.html (Timestamp)
            raise AwsError("InvalidParameterValue", "Timestamp must be within two weeks before and two hours after now", 400)
        resolution = datum.get("StorageResolution", 60)
        if resolution not in (1, 60):
            raise AwsError("InvalidParameterValue", "StorageResolution must be 1 or 60", 400)
        ways = [name for name in ("Value", "Values", "StatisticValues") if name in datum]
        if len(ways) != 1:
            raise AwsError("InvalidParameterCombination", "Exactly one of Value, Values, StatisticValues is needed", 400)
        dimensions = {d["Name"]: d["Value"] for d in datum.get("Dimensions", [])}
        summary = self.metrics.custom(namespace, datum["MetricName"], dimensions, math.floor(moment), resolution)
        if "Value" in datum:
            summary.add(datum["Value"])
        elif "Values" in datum:
            counts = datum.get("Counts", [1.0] * len(datum["Values"]))
            for value, count in zip(datum["Values"], counts, strict=True):
                summary.add(value, count)
        else:
            s = datum["StatisticValues"]
            middle = (s["Sum"] - s["Minimum"] - s["Maximum"]) / max(1, s["SampleCount"] - 2)
            for value, count in ((s["Minimum"], 1), (s["Maximum"], 1), (middle, s["SampleCount"] - 2)):
                if count > 0 and s["SampleCount"] > 1 or value == s["Minimum"]:
                    summary.add(value, count)

    # Data out.

    def ListMetrics(self, i: dict) -> dict:
        wanted = [(d["Name"], d.get("Value")) for d in i.get("Dimensions", [])]
        found = [{"Namespace": namespace, "MetricName": name, "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions]}
                 for namespace, name, dimensions in sorted(self.metrics.series)
                 if i.get("Namespace", namespace) == namespace and i.get("MetricName", name) == name
                 and all(any(k == n and v in (None, w) for k, w in dimensions) for n, v in wanted)]
        shown, token = page(found, i.get("NextToken"), 500, 500)
        return {"Metrics": shown, "NextToken": token}

    def GetMetricData(self, i: dict) -> dict:
        queries = i["MetricDataQueries"]
        if len(queries) > MOST_QUERIES:
            raise AwsError("ValidationError", f"At most {MOST_QUERIES} queries", 400)
        if len({q["Id"] for q in queries}) != len(queries):
            raise AwsError("ValidationError", "Duplicate Ids in MetricDataQueries", 400)
        start, end = epoch(i["StartTime"]), epoch(i["EndTime"])
        if start >= end:
            raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.", 400)
        series = self.evaluated(queries, start, end)
        descending = i.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        points = [(q["Id"], moment, value) for q in queries if q.get("ReturnData", True)
                  for moment, value in sorted(series[q["Id"]].items(), reverse=descending)]
        shown, token = page(points, i.get("NextToken"), i.get("MaxDatapoints"), MOST_DATAPOINTS)
        results = []
        for query in queries:
            if query.get("ReturnData", True):
                own = [(moment, value) for name, moment, value in shown if name == query["Id"]]
                complete = not token or not any(name == query["Id"] for name, _, _ in points[int(token):])
                results.append({"Id": query["Id"], "Label": self._label(query), "Timestamps": [m for m, _ in own],
                                "Values": [v for _, v in own], "StatusCode": "Complete" if complete else "PartialData"})
        return {"MetricDataResults": results, "NextToken": token, "Messages": []}

    @staticmethod
    def _label(query: dict) -> str:
        return query.get("Label") or query.get("MetricStat", {}).get("Metric", {}).get("MetricName") or query["Id"]

    def evaluated(self, queries: list[dict], start: float, end: float, begins: float = 0) -> dict[str, dict[int, float]]:
        """Each query's values by the beginning of their periods, expressions included. A period begins at `begins`."""
        found: dict[str, dict[int, float]] = {}
        periods: dict[str, int] = {}
        for query in queries:
            if ("MetricStat" in query) == ("Expression" in query):
                raise AwsError("ValidationError", f"Query {query['Id']} needs either MetricStat or Expression", 400)
            if "MetricStat" in query:
                stat = query["MetricStat"]
                periods[query["Id"]] = stat["Period"]
                found[query["Id"]] = self.values(stat["Metric"], stat["Period"], stat["Stat"], start, end, begins)
        waiting = [q for q in queries if "Expression" in q]
        while waiting:
            ready = [q for q in waiting if not metric_expression.names(q["Expression"]) - set(found)]
            if not ready:
                raise AwsError("ValidationError", f"The expression of {waiting[0]['Id']} names an unknown id", 400)
            for query in ready:
                period = query.get("Period") or max(periods.values(), default=60)
                found[query["Id"]] = metric_expression.evaluate(query["Expression"], found, start, end, period, begins)
                waiting.remove(query)
        return found

    def values(self, metric: dict, period: int, stat: str, start: float, end: float, begins: float = 0) -> dict[int, float]:
        """A metric's statistic by period, one of which begins at `begins`; periods without data are absent."""
        if period not in SHORT_PERIODS and (period < 60 or period % 60):
            raise AwsError("ValidationError", f"Period {period} is none of 1, 5, 10, 20, 30 and multiples of 60", 400)
        dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])}
        series = self.metrics.series.get(MetricStore.key(metric["Namespace"], metric["MetricName"], dimensions))
        if series is None:
            return {}
        # The start is rounded down to a period: API_GetMetricData.html (StartTime)
        start = math.floor((start - begins) / period) * period + begins
        found = series.periods(start, end, period, self.place.now, begins)
        return {begin: summary.statistic(stat) for begin, summary in found.items()}

    def GetMetricStatistics(self, i: dict) -> dict:
        metric = {k: i[k] for k in ("Namespace", "MetricName", "Dimensions") if k in i}
        points: dict[int, dict] = {}
        for stat in i.get("Statistics", []):
            for moment, value in self.values(metric, i["Period"], stat, epoch(i["StartTime"]), epoch(i["EndTime"])).items():
                points.setdefault(moment, {"Timestamp": moment})[stat] = value
        for stat in i.get("ExtendedStatistics", []):
            for moment, value in self.values(metric, i["Period"], stat, epoch(i["StartTime"]), epoch(i["EndTime"])).items():
                points.setdefault(moment, {"Timestamp": moment}).setdefault("ExtendedStatistics", {})[stat] = value
        return {"Label": i["MetricName"], "Datapoints": list(points.values())}

    # Alarms.

    def PutMetricAlarm(self, i: dict) -> dict:
        known = self.alarms.get(i["AlarmName"])
        if i["AlarmName"] in self.composites:
            raise AwsError("ValidationError", f"{i['AlarmName']} is the name of a composite alarm", 400)
        arn = self.place.arn("cloudwatch", f"alarm:{i['AlarmName']}")
        self.alarms[i["AlarmName"]] = Alarm(self, arn, i, known)
        self._begin(arn, i)
        return {}

    def PutCompositeAlarm(self, i: dict) -> dict:
        if i["AlarmName"] in self.alarms:
            raise AwsError("ValidationError", f"{i['AlarmName']} is the name of a metric alarm", 400)
        arn = self.place.arn("cloudwatch", f"alarm:{i['AlarmName']}")
        self.composites[i["AlarmName"]] = CompositeAlarm(self, arn, i, self.composites.get(i["AlarmName"]))
        self._begin(arn, i)
        return {}

    def _begin(self, arn: str, i: dict) -> None:
        if "Tags" in i:
            self._tags[arn] = i["Tags"]
        if not self._ticking:
            self._ticking = True
            self._schedule()

    def _schedule(self) -> None:
        """Alarms are looked at every ten seconds; one of standard resolution acts once in its minute."""
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
        step = min(10.0, self.place.delays.standard_period)
        self.place.after(step - self.place.now % step, self._tick)

    def _tick(self) -> None:
        for alarm in [*self.alarms.values(), *self.composites.values()]:
            alarm.evaluate()
        if self.alarms or self.composites:
            self._schedule()
        else:
            self._ticking = False

    def DescribeAlarms(self, i: dict) -> dict:
        types = i.get("AlarmTypes", ["MetricAlarm"])  # API_DescribeAlarms.html: metric alarms alone by default
        wanted = [a for kind, alarms in (("CompositeAlarm", self.composites), ("MetricAlarm", self.alarms)) if kind in types
                  for _, a in sorted(alarms.items())]
        found = [a for a in wanted
                 if ("AlarmNames" not in i or a.name in i["AlarmNames"]) and a.name.startswith(i.get("AlarmNamePrefix", ""))
                 and i.get("StateValue", a.state) == a.state]
        shown, token = page(found, i.get("NextToken"), i.get("MaxRecords"), 100)
        return {"MetricAlarms": [a.described() for a in shown if isinstance(a, Alarm)],
                "CompositeAlarms": [a.described() for a in shown if isinstance(a, CompositeAlarm)], "NextToken": token}

    def DescribeAlarmHistory(self, i: dict) -> dict:
        alarms = [*self.alarms.values(), *self.composites.values()]
        found = [item for a in alarms if i.get("AlarmName", a.name) == a.name for item in a.history]
        return {"AlarmHistoryItems": sorted(found, key=lambda item: -item["Timestamp"])}

    def DeleteAlarms(self, i: dict) -> dict:
        missing = [name for name in i["AlarmNames"] if name not in self.alarms and name not in self.composites]
        if missing and len(i["AlarmNames"]) > 1:
            raise AwsError("ResourceNotFound", f"no alarm {missing[0]}", 404)
        for name in i["AlarmNames"]:
            self.alarms.pop(name, None)
            self.composites.pop(name, None)
        return {}

    def SetAlarmState(self, i: dict) -> dict:
        alarm = self.alarms.get(i["AlarmName"])
        if alarm is None:
            raise AwsError("ResourceNotFound", f"no alarm {i['AlarmName']}", 404)
        alarm.set_state(i["StateValue"], i["StateReason"])
        return {}

    def EnableAlarmActions(self, i: dict) -> dict:
        return self._actions(i, True)

    def DisableAlarmActions(self, i: dict) -> dict:
        return self._actions(i, False)

    def _actions(self, i: dict, enabled: bool) -> dict:
        for name in i["AlarmNames"]:
            if name in self.alarms:
                self.alarms[name].given["ActionsEnabled"] = enabled
        return {}

    def ListTagsForResource(self, i: dict) -> dict:
        return {"Tags": self._tags.get(i["ResourceARN"], [])}

    def TagResource(self, i: dict) -> dict:
        new = {t["Key"]: t for t in i["Tags"]}
        kept = [t for t in self._tags.get(i["ResourceARN"], []) if t["Key"] not in new]
        self._tags[i["ResourceARN"]] = kept + list(new.values())
        return {}

    def overview(self) -> dict:
        return {"alarms": {name: alarm.state for name, alarm in (self.alarms | self.composites).items()},
                "series": len(self.metrics.series)}
