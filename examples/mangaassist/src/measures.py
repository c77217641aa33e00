"""Metrics of a service's own, in CloudWatch's embedded format: members of its log's lines, of which it makes metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

# What the line of a request says besides, by the answer's status and how many milliseconds it took.
Measures = Callable[[int, float], dict[str, Any]]

_SERVER_ERRORS = 500
_METRICS = [
    {"Name": "Requests", "Unit": "Count", "StorageResolution": 1},
    {"Name": "Failures", "Unit": "Count", "StorageResolution": 1},
    {"Name": "Milliseconds", "Unit": "Milliseconds", "StorageResolution": 1},
]


def measures_of(variables: Mapping[str, str]) -> Measures:
    """Requests, those with a status of 5xx, and their times, in the namespace `METRICS_NAMESPACE`; nothing without one.

    Both colours of a deployment are told apart: by `SLUICE_REVISION` in a container, by function and version in Lambda.
    """
    namespace = variables.get("METRICS_NAMESPACE")
    colour = _colour(variables)
    if not namespace or not colour:
        return lambda _status, _milliseconds: {}

    directive = {"Namespace": namespace, "Dimensions": [list(colour)], "Metrics": _METRICS}

    def measures(status: int, milliseconds: float) -> dict[str, Any]:
        return {
            "_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]},
            **colour,
            "Requests": 1,
            "Failures": int(status >= _SERVER_ERRORS),
            "Milliseconds": milliseconds,
        }

    return measures


def _colour(variables: Mapping[str, str]) -> dict[str, str]:
    if "AWS_LAMBDA_FUNCTION_VERSION" in variables:
        return {
            "Function": variables.get("AWS_LAMBDA_FUNCTION_NAME", ""),
            "Version": variables["AWS_LAMBDA_FUNCTION_VERSION"],
        }
    revision = variables.get("SLUICE_REVISION")
    return {"Revision": revision} if revision else {}
