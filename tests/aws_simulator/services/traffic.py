"""Users' requests: they follow the weights that are set, and leave metrics behind.

For each simulated second the requests of a source (a listener's default rule, a rule, a function or an alias) are divided
at random by the weights in force, then among the targets that serve, and answered as their behaviours say.
"""
import datetime
import math

from .ecs_definition import variables_of
from .service import Service

MOST_LINES_A_SECOND = 100
LATENCIES_A_SECOND = 40  # at most so many latencies are drawn for a second; each then counts for more than one request


def _failed_requests(second: int, count: int) -> list[str]:
    """A line for each request of a second that went wrong."""
    line = '{"level": "error", "message": "request failed", "request_id": "%d-%d"}'
    return [line % (second, n) for n in range(min(count, MOST_LINES_A_SECOND))]


class Traffic(Service):

    def __init__(self, place):
        super().__init__(place)
        self.rates: dict[str, float] = {}
        self.served: dict[str, int] = {}
        self._owed: dict[str, float] = {}
        self._instances: dict[tuple[str, str], str] = {}
        self._next_second = math.ceil(place.now)

    def set_rate(self, target: str, rate: float) -> None:
        self.rates[target] = rate

    def fill(self, start: float, end: float) -> None:
        """The requests of every whole second that has ended by `end`, and what is counted at the end of each period."""
        while self.rates and self._next_second + 1 <= end:
            self.world.timeline.stand_at(self._next_second)
            for target, rate in self.rates.items():
                self._second(target, rate, self._next_second)
            self._next_second += 1
        if not self.rates:
            self._next_second = math.floor(end)
        period = self.place.delays.standard_period
        moment = (math.floor(start / period) + 1) * period
        while moment <= end:
            self.world.timeline.stand_at(moment - 1)
            self._count_hosts(math.floor(moment - 1))
            self.place.service("ecs").measure(math.floor(moment - 1))
            moment += period

    def _count_hosts(self, second: int) -> None:
        """Healthy and unhealthy targets of each group in use, at the end of a period."""
        elb, store = self.place.service("elbv2"), self.place.service("cloudwatch").metrics
        for group, targets in elb.targets.items():
            states = [elb.health(group, t)[0] for t in targets.values()]
            for balancer in elb.balancers_of(group) if states else ():
                dimensions = {"TargetGroup": group.split(":")[5], "LoadBalancer": balancer.split("loadbalancer/")[1]}
                for name, state in (("HealthyHostCount", "healthy"), ("UnHealthyHostCount", "unhealthy")):
                    store.aws("AWS/ApplicationELB", name, dimensions, second).add(states.count(state))

    def _second(self, target: str, rate: float, second: int) -> None:
        self._owed[target] = self._owed.get(target, 0.0) + rate
        count = int(self._owed[target])
        self._owed[target] -= count
        if count and ":elasticloadbalancing:" in target:
            self._balanced(target, count, second)
        elif count:
            self._invoked(target, count, second)

    def divided(self, count: int, weights: list[float]) -> list[int]:
        """`count` things over `weights` at random."""
        left, total, found = count, sum(weights), []
        for weight in weights:
            n = self._binomial(left, weight / total) if total > 0 else 0
            found.append(n)
            left, total = left - n, total - weight
        return found

    def _binomial(self, count: int, share: float) -> int:
        chance = self.world.chance
        if share <= 0 or count == 0:
            return 0
        if share >= 1 - 1e-12:
            return count
        if count <= 50:
            return sum(chance.random() < share for _ in range(count))
        drawn = round(chance.gauss(count * share, math.sqrt(count * share * (1 - share))))
        return min(count, max(0, drawn))

    # Load balancers.

    def _balanced(self, target: str, count: int, second: int) -> None:
        elb = self.place.service("elbv2")
        split = elb.split(target)
        # arn:…:loadbalancer/app/NAME/ID is known in metrics as app/NAME/ID; so is the part of a listener's or rule's ARN.
        balancer = "/".join(target.split(":")[5].split("/")[1:4])
        store = self.place.service("cloudwatch").metrics
        put = lambda name, dimensions, value, n=1: store.aws("AWS/ApplicationELB", name, dimensions, second).add(value, n)
        whole = {"LoadBalancer": balancer}
        put("RequestCount", whole, 1, count)
        for (group, _), n in zip(split, self.divided(count, [w for _, w in split])):
            serving = elb.serving(group) if n else []
            if serving:
                self._group_answers(group, serving, n, second, {"TargetGroup": group.split(":")[5], **whole}, put)
            count -= n if serving else 0
        if count > 0:  # nobody there: the load balancer itself answers 503
            put("HTTPCode_ELB_5XX_Count", whole, 1, count)
            put("HTTPCode_ELB_503_Count", whole, 1, count)
            self.served["nobody"] = self.served.get("nobody", 0) + count

    def _group_answers(self, group: str, serving: list, count: int, second: int, dimensions: dict, put) -> None:
        whole = {"LoadBalancer": dimensions["LoadBalancer"]}
        self.served[group] = self.served.get(group, 0) + count
        put("RequestCount", dimensions, 1, count)
        put("RequestCountPerTarget", {"TargetGroup": dimensions["TargetGroup"]}, count / len(serving))
        for target, n in zip(serving, self.divided(count, [1.0] * len(serving))):
            if not n:
                continue
            target.served_at = second + 1
            behaviour = self.world.behaviour_of_task(target.containers, group)
            n -= self._unanswered(self._binomial(n, behaviour.no_answer_rate), whole, put)
            if not n:
                continue
            errors = self._binomial(n, behaviour.error_rate)
            for name, how_many in (("HTTPCode_Target_5XX_Count", errors), ("HTTPCode_Target_2XX_Count", n - errors)):
                if how_many:
                    put(name, dimensions, 1, how_many)
                    put(name, whole, 1, how_many)
            lines = self._binomial(n, behaviour.error_line_rate)
            if lines:
                self._error_lines(target, second, lines)
            latencies = self._latencies(behaviour, n)
            self._export(behaviour, second, n, errors, latencies)
            for seconds, weight in latencies:
                put("TargetResponseTime", dimensions, seconds, weight)
                put("TargetResponseTime", whole, seconds, weight)
            for variables in map(variables_of, target.containers):
                if variables.get("SLUICE_REVISION"):
                    self._publish(variables, {"Revision": variables["SLUICE_REVISION"]}, second, n, errors, latencies)

    def _unanswered(self, count: int, whole: dict, put) -> int:
        """They count as requests of the group, since a target was chosen, and have no status of a target.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        """
        if count:
            put("HTTPCode_ELB_5XX_Count", whole, 1, count)
            put("HTTPCode_ELB_502_Count", whole, 1, count)
        return count

    def _publish(self, variables: dict[str, str], colour: dict[str, str], second: int, count: int, errors: int,
                 latencies: list[tuple[float, float]]) -> None:
        """What code publishes of its own requests, with high resolution: in the namespace that it is told, as the example's
        does (examples/mangaassist/src/measures.py)."""
        namespace, store = variables.get("METRICS_NAMESPACE"), self.place.service("cloudwatch").metrics
        if not namespace:
            return
        put = lambda name, value, n: store.custom(namespace, name, colour, second, 1).add(value, n)
        put("Requests", 1, count)
        for failed, n in ((0, count - errors), (1, errors)):
            if n:
                put("Failures", failed, n)
        for seconds, weight in latencies:
            put("Milliseconds", seconds * 1000, weight)

    def _export(self, behaviour, second: int, count: int, errors: int, latencies: list[tuple[float, float]]) -> None:
        if behaviour.exports is not None:
            self.world.exported_of(self.place.account).count(behaviour.exports, second, count, errors, latencies)

    def _error_lines(self, target, second: int, count: int) -> None:
        """What a replica logs of requests that went wrong, in the log of its first container with the awslogs driver."""
        task = self.place.service("ecs").task_at(target.id)
        for container in target.containers:
            log = container.get("logConfiguration", {})
            if task and log.get("logDriver") == "awslogs" and "awslogs-group" in log.get("options", {}):
                stream = f"{log['options'].get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{task.id}"
                self.place.service("logs").write(log["options"]["awslogs-group"], stream, _failed_requests(second, count))
                return

    def _latencies(self, behaviour, count: int) -> list[tuple[float, float]]:
        """Latencies in seconds with the number of requests that each stands for."""
        drawn = min(count, LATENCIES_A_SECOND)
        median = behaviour.latency_ms / 1000
        return [(float(f"{median * math.exp(self.world.chance.gauss(0, behaviour.latency_sigma)):.2g}"), count / drawn)
                for _ in range(drawn)]

    # Functions.

    def _invoked(self, target: str, count: int, second: int) -> None:
        functions = self.place.service("lambda")
        name, alias, versions = functions.split(target)
        weighted = len(versions) > 1
        for (version, _), n in zip(versions, self.divided(count, [w for _, w in versions])):
            if not n:
                continue
            behaviour = self.world.behaviour_of_function(name, version)
            errors = self._binomial(n, behaviour.error_rate)
            latencies = self._latencies(behaviour, n)
            self._export(behaviour, second, n, errors, latencies)
            self.record_invocations(name, alias, version if weighted else None, second, n, errors, latencies)
            self._publish(functions.variables(name, version), {"Function": name, "Version": version}, second, n, errors,
                          latencies)
            lines = self._binomial(n, behaviour.error_line_rate)
            if lines:
                self.place.service("logs").write(f"/aws/lambda/{name}", self._stream(name, version),
                                                 _failed_requests(second, lines))
            key = f"{name}:{version}"
            self.served[key] = self.served.get(key, 0) + n

    def _stream(self, name: str, version: str) -> str:
        """Of the one instance of a version. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
        instance = self._instances.setdefault((name, version), self.world.hex_id())
        return f"{datetime.datetime.fromtimestamp(self.place.now, datetime.timezone.utc):%Y/%m/%d}/[{version}]{instance}"

    def record_invocations(self, name: str, alias: str | None, version: str | None, second: int, count: int, errors: int,
                           latencies: list[tuple[float, float]]) -> None:
        """Metrics of invocations. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

        ExecutedVersion is told where the alias has weights on two versions
        (https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html). Durations are in milliseconds.
        """
        store = self.place.service("cloudwatch").metrics
        sets = [{"FunctionName": name}]
        if alias:
            sets.append({"FunctionName": name, "Resource": f"{name}:{alias}"})
            if version:
                sets.append({**sets[-1], "ExecutedVersion": version})
        for dimensions in sets:
            put = lambda metric, value, n: store.aws("AWS/Lambda", metric, dimensions, second).add(value, n)
            put("Invocations", 1, count)
            put("Errors", 1, errors) if errors else None
            put("Errors", 0, count - errors) if count > errors else None
            put("Throttles", 0, count)
            for seconds, weight in latencies:
                put("Duration", seconds * 1000, weight)

    def overview(self) -> dict:
        return {"rates": self.rates, "served": self.served}
