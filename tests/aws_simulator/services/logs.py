"""CloudWatch Logs: moto keeps groups, streams and events; queries and metric filters are carried out here.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""
import datetime
import math

import moto.logs.models

from ..problems import AwsError
from .log_query import Query, pattern_matches
from .service import Service, page

QUERY_SECONDS = 1  # a query is Running for so long
STANDARD_ROWS = 10000  # API_StartQuery.html (limit)


class Logs(Service):
    NAME = "logs"

    def __init__(self, place):
        super().__init__(place)
        self._filters: dict[str, list[dict]] = {}
        self._queries: dict[str, dict] = {}
        # The store refuses what is too old or too new by this machine's clock; AWS does by its own (API_PutLogEvents.html).
        moto.logs.models.utcnow = lambda: datetime.datetime.fromtimestamp(place.now, datetime.UTC).replace(tzinfo=None)

    def write(self, group: str, stream: str, lines: list[str], at: float | None = None) -> None:
        """Lines of a service of AWS, of this moment or another; group and stream are made where they are absent."""
        for operation, arguments in (("CreateLogGroup", {"logGroupName": group}),
                                     ("CreateLogStream", {"logGroupName": group, "logStreamName": stream})):
            try:
                self.place.store("logs", operation, **arguments)
            except AwsError as why:
                if why.code != "ResourceAlreadyExistsException":
                    raise
        moment = int((self.place.now if at is None else at) * 1000)
        events = [{"timestamp": moment + n, "message": line} for n, line in enumerate(lines)]
        self.place.store("logs", "PutLogEvents", logGroupName=group, logStreamName=stream, logEvents=events)
        self._count(group, events)

    def PutLogEvents(self, i: dict) -> dict:
        output = self.store("PutLogEvents", **i)
        self._count(i["logGroupName"], i["logEvents"])
        return output

    def FilterLogEvents(self, i: dict) -> dict:
        """The store knows neither beginnings of streams' names nor regular expressions."""
        pattern, prefix = i.get("filterPattern", ""), i.get("logStreamNamePrefix", "")
        if "logStreamNames" in i and "logStreamNamePrefix" in i:
            raise AwsError("InvalidParameterException", "Both logStreamNames and logStreamNamePrefix are given", 400)
        pattern_matches(pattern, "")  # refuses one that is not simulated
        asked = {k: v for k, v in i.items() if k in ("logGroupName", "logStreamNames", "startTime", "endTime")}
        found, token = [], {}
        while True:
            some = self.store("FilterLogEvents", **asked, limit=10000, **token)
            found += [e for e in some["events"] if e["logStreamName"].startswith(prefix) and pattern_matches(pattern, e["message"])]
            if "nextToken" not in some:
                break
            token = {"nextToken": some["nextToken"]}
        shown, following = page(sorted(found, key=lambda e: e["timestamp"]), i.get("nextToken"), i.get("limit"), 10000)
        return {"events": shown, "searchedLogStreams": [], "nextToken": following}

    # Metric filters.

    def PutMetricFilter(self, i: dict) -> dict:
        pattern_matches(i["filterPattern"], "")  # refuses a pattern that is not simulated
        output = self.store("PutMetricFilter", **i)
        kept = [f for f in self._filters.get(i["logGroupName"], []) if f["filterName"] != i["filterName"]]
        self._filters[i["logGroupName"]] = [*kept, i]
        return output

    def DeleteMetricFilter(self, i: dict) -> dict:
        kept = [f for f in self._filters.get(i["logGroupName"], []) if f["filterName"] != i["filterName"]]
        self._filters[i["logGroupName"]] = kept
        return self.store("DeleteMetricFilter", **i)

    def _count(self, group: str, events: list[dict]) -> None:
        """What a group's metric filters make of new events (API_PutMetricFilter.html)."""
        metrics = self.place.service("cloudwatch").metrics
        for given in self._filters.get(group, []):
            for event in events:
                matched = pattern_matches(given["filterPattern"], event["message"])
                for change in given["metricTransformations"]:
                    value = change["metricValue"] if matched else change.get("defaultValue")
                    if value is not None:
                        metrics.custom(change["metricNamespace"], change["metricName"], {},
                                       math.floor(event["timestamp"] / 1000), 60).add(float(value))

    # Queries.

    def StartQuery(self, i: dict) -> dict:
        query = Query(i["queryString"])
        groups = i.get("logGroupNames") or [i[k] for k in ("logGroupName",) if k in i] or [
            g.split(":log-group:")[-1].removesuffix(":*") for g in i.get("logGroupIdentifiers", [])]
        if not groups:
            raise AwsError("InvalidParameterException", "A log group is needed", 400)
        rows = []
        for group in groups:
            token = {}
            while True:
                found = self.store("FilterLogEvents", logGroupName=group, startTime=i["startTime"] * 1000,
                                   endTime=i["endTime"] * 1000 + 999, limit=10000, **token)
                rows += [{"@timestamp": e["timestamp"], "@message": e["message"], "@logStream": e["logStreamName"]}
                         for e in found["events"]]
                if "nextToken" not in found:
                    break
                token = {"nextToken": found["nextToken"]}
        results, matched = query.run(rows)
        name = self.world.uuid()
        self._queries[name] = {"ready_at": self.place.now + QUERY_SECONDS, "scanned": len(rows), "matched": matched,
                               "results": results[:i.get("limit", STANDARD_ROWS)]}
        return {"queryId": name}

    def GetQueryResults(self, i: dict) -> dict:
        query = self._queries.get(i["queryId"])
        if query is None:
            raise AwsError("ResourceNotFoundException", "The specified query does not exist", 400)
        if self.place.now < query["ready_at"]:
            return {"status": "Running", "results": [], "statistics": {}}
        rows = [[{"field": k, "value": str(v)} for k, v in row.items() if v is not None] for row in query["results"]]
        return {"status": "Complete", "results": rows, "statistics": {
            "recordsMatched": float(query["matched"]), "recordsScanned": float(query["scanned"]), "bytesScanned": 0.0}}

    def StopQuery(self, i: dict) -> dict:
        return {"success": self._queries.pop(i["queryId"], None) is not None}
