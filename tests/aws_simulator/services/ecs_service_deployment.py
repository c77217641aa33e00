"""One deployment of a service whose controller is ECS itself: rolling, blue/green, linear or canary.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""
import copy
import json

from ..script import Script, invocation
from .ecs_revision import Rollout

UNDER_WAY = ("PENDING", "IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED")
HOOK_REPEAT_SECONDS = 30      # deployment-lifecycle-hooks.html (callBackDelay)
HOOK_TIMEOUT_MINUTES = 1440   # API_DeploymentLifecycleHook.html (timeoutConfiguration)


class RolledBack(Exception):
    """The deployment goes back, for this reason."""


class Stopped(Exception):
    """The deployment ends where it is."""


class ServiceDeployment:
    """One attempt to move a service to a revision; its stages are the methods that `_run` goes through."""

    def __init__(self, ecs, service, target: dict):
        self.ecs, self.service, self.place = ecs, service, ecs.place
        self.id = self.place.world.hex_id(21)
        cluster = service.cluster.rpartition("/")[2]
        self.arn = self.place.arn("ecs", f"service-deployment/{cluster}/{service.name}/{self.id}")
        self.configuration = {"maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING",
                              **copy.deepcopy(service.data.get("deploymentConfiguration", {}))}
        self.strategy = self.configuration["strategy"]
        self.target = target
        self.blue: Rollout | None = service.rollouts[0] if service.rollouts else None
        self.green: Rollout | None = None
        self.status, self.reason, self.stage = "PENDING", None, None
        self.created_at = self.updated_at = self.place.now
        self.times: dict[str, float] = {}
        self.rollback: dict | None = None
        self.hooks: list[dict] = []
        self.weight, self.test_weight = 0.0, 0.0
        self.alarms = self._alarms_at_start()
        self.script = Script(self.place, self._guarded())
        if self.alarms["status"] == "MONITORING":
            self._watch_alarms()

    # What is watched.

    def _alarms_at_start(self) -> dict:
        """An alarm that is already in ALARM takes no part in this deployment.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
        """
        given = self.configuration.get("alarms", {})
        found = {"status": "DISABLED", "alarmNames": given.get("alarmNames", []), "triggeredAlarmNames": []}
        if given.get("enable"):
            found["status"] = "DISABLED" if self._firing(found["alarmNames"]) else "MONITORING"
        return found

    def _firing(self, names: list[str]) -> list[str]:
        known = self.place.service("cloudwatch").alarms
        return [name for name in names if name in known and known[name].state == "ALARM"]

    def _watch_alarms(self) -> None:
        if self.script.ended or self.status not in UNDER_WAY:
            return
        firing = self._firing(self.alarms["alarmNames"])
        if firing and self.status == "IN_PROGRESS":
            self.alarms.update(status="TRIGGERED", triggeredAlarmNames=firing)
            self._fail(f"Service deployment rolled back because of alarms: {', '.join(firing)}",
                       self.configuration["alarms"].get("rollback", False))
        else:
            self.place.after(5, self._watch_alarms)

    def _fail(self, reason: str, back: bool) -> None:
        self.script.interrupt(RolledBack(reason) if back else Stopped(reason))

    # The way through.

    def _guarded(self):
        try:
            yield 0.5
            self.status = "IN_PROGRESS"
            self.times["startedAt"] = self.place.now
            yield from (self._roll() if self.strategy == "ROLLING" else self._blue_green())
            self._finish("SUCCESSFUL", None)
            self.green.set_state("COMPLETED", f"ECS deployment {self.green.id} completed.")
            self.service.note(f"has reached a steady state. (deployment {self.green.id})")
        except RolledBack as why:
            yield from self._go_back(str(why))
        except Stopped as why:
            if self.green:
                self.green.set_state("FAILED", str(why))
            self._finish("STOPPED", str(why))

    def _finish(self, status: str, reason: str | None) -> None:
        self.status, self.reason = status, reason
        self.times["finishedAt" if status != "STOPPED" else "stoppedAt"] = self.updated_at = self.place.now
        if self.alarms["status"] == "MONITORING":
            self.alarms["status"] = "MONITORING_COMPLETE"

    def _enter(self, stage: str) -> None:
        self.stage, self.updated_at = stage, self.place.now

    def _start_green(self, group_arn: str | None) -> None:
        self.green = Rollout(self.ecs, self.service, self.target, group_arn)
        self.service.rollouts.insert(0, self.green)
        self.service.current_revision = self.green.arn
        if self.blue:
            self.blue.status = "ACTIVE"

    def _roll(self):
        """New tasks first, then the old ones: maximumPercent 200 and minimumHealthyPercent 100 are what is simulated."""
        self._enter("SCALE_UP")
        self._start_green(None)
        breaker = self.configuration.get("deploymentCircuitBreaker", {})
        # Half of the desired count, at least 3 and at most 200: deployment-circuit-breaker.html
        threshold = min(200, max(3, -(-self.service.data.get("desiredCount", 0) // 2)))
        while not self.green.group.steady:
            if breaker.get("enable") and self.green.group.failures >= threshold:
                reason = "ECS deployment circuit breaker: tasks failed to start."
                raise RolledBack(reason) if breaker.get("rollback") and self.blue else Stopped(reason)
            yield 1
        self._enter("CLEAN_UP")
        if self.blue:
            self.blue.retire()
            yield lambda: not self.blue.group.tasks
            self.service.rollouts.remove(self.blue)

    def _blue_green(self):
        yield from self._hooks_of("PRE_SCALE_UP")
        self._enter("SCALE_UP")
        self._start_green(self._idle_group())
        self._set_weights("productionListenerRule", 0.0)
        yield lambda: self.green.group.steady
        yield from self._hooks_of("POST_SCALE_UP")
        self._enter("TEST_TRAFFIC_SHIFT")
        self.test_weight = 100.0
        self._set_weights("testListenerRule", 100.0)
        yield from self._hooks_of("TEST_TRAFFIC_SHIFT")
        yield from self._hooks_of("POST_TEST_TRAFFIC_SHIFT")
        yield from self._shift()
        yield from self._hooks_of("POST_PRODUCTION_TRAFFIC_SHIFT")
        self._enter("BAKE_TIME")
        yield 60 * self.configuration.get("bakeTimeInMinutes", 0)
        self._enter("CLEAN_UP")
        if self.blue:
            self.blue.retire()
            yield lambda: not self.blue.group.tasks
            self.service.rollouts.remove(self.blue)

    def _shift(self):
        """The steps of the strategy, each with its bake (API_LinearConfiguration.html, API_CanaryConfiguration.html).

        A first deployment of a service has nothing to shift from. The hooks before and of the shift run at each step
        (pause-lifecycle-hooks.html: "once before each step").
        """
        steps = [(100.0, 0)]
        if self.blue and self.strategy == "CANARY":
            canary = self.configuration.get("canaryConfiguration", {})
            steps = [(canary.get("canaryPercent", 5.0), canary.get("canaryBakeTimeInMinutes", 10)), (100.0, 0)]
        elif self.blue and self.strategy == "LINEAR":
            linear = self.configuration.get("linearConfiguration", {})
            each, bake = linear.get("stepPercent", 10.0), linear.get("stepBakeTimeInMinutes", 6)
            steps, at = [], each
            while at < 100.0 - 1e-9:
                steps.append((at, bake))
                at += each
            steps.append((100.0, 0))
        for weight, bake in steps:
            yield from self._hooks_of("PRE_PRODUCTION_TRAFFIC_SHIFT")
            yield from self._hooks_of("PRODUCTION_TRAFFIC_SHIFT")
            self.weight = weight
            self._set_weights("productionListenerRule", weight)
            yield self.place.delays.deployment_step + 60 * bake

    def _go_back(self, reason: str):
        """All weight to BLUE first, then GREEN's tasks go."""
        self.status, self.reason = "ROLLBACK_REQUESTED", reason
        for hook in self.hooks:
            if hook["status"] == "AWAITING_ACTION":  # nobody waits for an answer any more
                hook["status"] = "FAILED"
        yield 0.5
        self.status = "ROLLBACK_IN_PROGRESS"
        self.rollback = {"reason": reason, "startedAt": self.place.now,
                         "serviceRevisionArn": self.blue.arn if self.blue else None}
        try:
            self.weight = self.test_weight = 0.0
            if self.green and self.blue:
                self._set_weights("productionListenerRule", 0.0)
                self._set_weights("testListenerRule", 0.0)
                self.blue.wanted = None
                self.blue.status = "PRIMARY"
                self.blue.group.closed = False
                self.blue.group.reconcile()
                yield lambda: self.blue.group.steady
            if self.green:
                self.green.set_state("FAILED", reason)
                self.green.retire()
                yield lambda: not self.green.group.tasks
                self.service.rollouts.remove(self.green)
            if self.blue:
                self.service.data.update({k: v for k, v in self.blue.given.items()})
                self.service.current_revision = self.blue.arn
            self._finish("ROLLBACK_SUCCESSFUL" if self.blue else "ROLLBACK_FAILED", reason)
        except (RolledBack, Stopped) as why:
            self._finish("ROLLBACK_FAILED", str(why))

    # Weights.

    def _advanced(self) -> dict:
        balancers = self.target.get("loadBalancers", [])
        return balancers[0].get("advancedConfiguration", {}) if balancers else {}

    def _idle_group(self) -> str | None:
        """The target group of the pair that BLUE does not use."""
        balancers = self.target.get("loadBalancers", [])
        if not balancers:
            return None
        pair = [balancers[0]["targetGroupArn"], self._advanced().get("alternateTargetGroupArn")]
        used = self.blue.target_group if self.blue else pair[1]
        return next((arn for arn in pair if arn and arn != used), pair[0])

    def _set_weights(self, which: str, percent: float) -> None:
        """GREEN's share in the listener rule; the rest of the rule stays."""
        rule = self._advanced().get(which)
        if not rule or not self.green or not self.green.target_group:
            return
        elb = self.place.service("elbv2")
        groups = [(self.green.target_group, percent)]
        if self.blue and self.blue.target_group:
            groups.append((self.blue.target_group, 100.0 - percent))
        else:
            groups = [(self.green.target_group, 100.0)]
        elb.shift(rule, [(arn, round(weight)) for arn, weight in groups])

    # Hooks.

    def _hooks_of(self, stage: str):
        self._enter(stage) if stage != "PRE_PRODUCTION_TRAFFIC_SHIFT" else None
        yield self.place.delays.deployment_step
        hooks = [h for h in self.configuration.get("lifecycleHooks", []) if stage in h.get("lifecycleStages", [])]
        # Pauses of one stage wait beside each other, and each must be answered (pause-lifecycle-hooks.html).
        pauses = [self._begin_pause(hook) for hook in hooks if hook.get("targetType") == "PAUSE"]
        for hook in hooks:
            if hook.get("targetType") != "PAUSE":
                yield from self._call(hook, stage)
        for pause in pauses:
            yield from self._end_pause(pause)

    def _detail(self, hook: dict) -> dict:
        timeout = hook.get("timeoutConfiguration", {})
        detail = {"hookId": self.place.world.hex_id(20), "targetType": hook.get("targetType", "AWS_LAMBDA"),
                  "targetArn": hook.get("hookTargetArn"), "status": "IN_PROGRESS",
                  "expiresAt": self.place.now + 60 * timeout.get("timeoutInMinutes", HOOK_TIMEOUT_MINUTES),
                  "timeoutAction": timeout.get("action", "ROLLBACK")}
        self.hooks.append(detail)
        return detail

    def _begin_pause(self, hook: dict) -> dict:
        detail = self._detail(hook)
        detail.update(status="AWAITING_ACTION", answer=None, hookId="ecs-pause-" + detail["hookId"])
        return detail

    def _end_pause(self, detail: dict):
        """Waits for ContinueServiceDeployment, or for its timeout."""
        yield lambda: detail["answer"] or self.place.now >= detail["expiresAt"]
        timed_out = detail["answer"] is None
        action = detail["answer"] or detail["timeoutAction"]
        detail["status"] = "TIMED_OUT" if timed_out else "SUCCEEDED" if action == "CONTINUE" else "FAILED"
        if action == "ROLLBACK":
            raise RolledBack("The pause hook timed out" if timed_out else "The pause hook was answered with ROLLBACK")

    def _call(self, hook: dict, stage: str):
        """Invokes the function until it answers SUCCEEDED or FAILED; no hookStatus, or an error, rolls back."""
        detail = self._detail(hook)
        while True:
            event = {"executionDetails": {
                "serviceArn": self.service.arn, "targetServiceRevisionArn": self.green.arn if self.green else None,
                "testTrafficWeights": self._shares(self.test_weight), "productionTrafficWeights": self._shares(self.weight)},
                "executionId": self.id, "lifecycleStage": stage, "resourceArn": self.arn,
                "hookDetails": hook.get("hookDetails", {})}
            output = yield invocation(self.place, hook["hookTargetArn"], json.dumps(event).encode())
            try:
                answer = json.loads(output.get("Payload") or b"{}")
            except ValueError:
                answer = {}
            status = answer.get("hookStatus") if isinstance(answer, dict) and not output.get("FunctionError") else None
            if status == "SUCCEEDED":
                detail["status"] = "SUCCEEDED"
                return
            if status != "IN_PROGRESS" or self.place.now >= detail["expiresAt"]:
                detail["status"] = "FAILED"
                raise RolledBack(f"The lifecycle hook {hook['hookTargetArn']} of {stage} answered {status}")
            yield answer.get("callBackDelay", HOOK_REPEAT_SECONDS)

    def _shares(self, weight: float) -> dict:
        shares = {self.green.arn: weight} if self.green else {}
        return {**shares, self.blue.arn: 100.0 - weight} if self.blue else shares

    # What others ask.

    def brief(self) -> dict:
        return {"serviceDeploymentArn": self.arn, "serviceArn": self.service.arn, "clusterArn": self.service.cluster,
                "createdAt": self.created_at, "targetServiceRevisionArn": self.green.arn if self.green else None,
                "status": self.status, "statusReason": self.reason,
                **{k: v for k, v in self.times.items() if k in ("startedAt", "finishedAt")}}

    def described(self) -> dict:
        green = {**self.green.summary(), "requestedTestTrafficWeight": self.test_weight,
                 "requestedProductionTrafficWeight": self.weight} if self.green else None
        blue = [{**self.blue.summary(), "requestedTestTrafficWeight": 100.0 - self.test_weight,
                 "requestedProductionTrafficWeight": 100.0 - self.weight}] if self.blue else []
        breaker = "MONITORING" if self.configuration.get("deploymentCircuitBreaker", {}).get("enable") else "DISABLED"
        shown = {k: v for k, v in self.brief().items() if k != "targetServiceRevisionArn"}
        return {**shown, **self.times, "updatedAt": self.updated_at, "sourceServiceRevisions": blue,
                "targetServiceRevision": green, "lifecycleStage": self.stage, "rollback": self.rollback,
                "lifecycleHookDetails": [{k: v for k, v in h.items() if k != "answer"} for h in self.hooks],
                "deploymentConfiguration": self.configuration, "alarms": dict(self.alarms),
                "deploymentCircuitBreaker": {"status": breaker, "failureCount": self.green.group.failures if self.green else 0}}
