"""One deployment of CodeDeploy, from Created to its end.

Events: https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
Traffic: https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
Rollback: https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
"""
import json

import yaml

from ..problems import AwsError
from ..script import Script, invocation
from .ecs_task_sets import TaskSet

ACTIVE = ("Created", "Queued", "InProgress", "Baking", "Ready")
ECS_EVENTS = ("BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic", "BeforeAllowTraffic",
              "AllowTraffic", "AfterAllowTraffic")
LAMBDA_EVENTS = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")
HOOK_SECONDS = 3600  # a hook has an hour to answer (reference-appspec-file-structure-hooks.html)
ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Stopped(Exception):
    """The deployment ends early: with a code of ErrorCode, its status, and whether it is rolled back."""

    def __init__(self, code: str, message: str, status: str = "Failed", back: bool | None = None):
        super().__init__(message)
        self.code, self.message, self.status, self.back = code, message, status, back


def standard_configurations() -> dict[str, dict]:
    """The ones that exist in every account (deployment-configurations.html)."""
    found = {}

    def add(platform: str, name: str, routing: dict) -> None:
        name = f"CodeDeployDefault.{platform}{name}"
        found[name] = {"deploymentConfigName": name, "computePlatform": platform, "trafficRoutingConfig": routing}
    for platform, canaries, linears in (("ECS", (5, 15), (1, 3)), ("Lambda", (5, 10, 15, 30), (1, 2, 3, 10))):
        add(platform, "AllAtOnce", {"type": "AllAtOnce"})
        for minutes in canaries:
            add(platform, f"Canary10Percent{minutes}Minutes", {
                "type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": minutes}})
        for minutes in linears:
            plural = "s" if platform == "ECS" or minutes > 1 else ""
            add(platform, f"Linear10PercentEvery{minutes}Minute{plural}", {
                "type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 10, "linearInterval": minutes}})
    return found


class Deployment:
    def __init__(self, codedeploy, group: dict, configuration: dict, i: dict, creator: str = "user"):
        self.codedeploy, self.place, self.group = codedeploy, codedeploy.place, group
        self.configuration, self.given, self.creator = configuration, i, creator
        self.platform = group["computePlatform"]
        self.id = "d-" + "".join(self.place.world.chance.choice(ID_LETTERS) for _ in range(9))
        self.status = "Created"
        self.created_at = self.place.now
        self.started_at = self.completed_at = None
        self.error: dict | None = None
        self.rollback_info: dict = {}
        self.waiting: str | None = None  # what ContinueDeployment would continue
        self.hook_answers: dict[str, str | None] = {}
        names = ECS_EVENTS if self.platform == "ECS" else LAMBDA_EVENTS
        self.events = [{"lifecycleEventName": name, "status": "Pending"} for name in names]
        self.weight = 0
        self.target_id = ""
        self.blue = self.green = None  # task sets, or versions of a function
        self.script: Script | None = None

    def begin(self) -> None:
        self.script = Script(self.place, self._guarded())
        self._watch_alarms()

    def interrupt(self, error: Stopped) -> None:
        self.script.interrupt(error)

    # Alarms and rollback.

    def rollback_events(self) -> list[str]:
        automatic = self.given.get("autoRollbackConfiguration") or self.group.get("autoRollbackConfiguration") or {}
        return automatic.get("events", []) if automatic.get("enabled") else []

    def _firing(self) -> list[str]:
        watched = self.given.get("overrideAlarmConfiguration") or self.group.get("alarmConfiguration") or {}
        known = self.place.service("cloudwatch").alarms
        names = [a["name"] for a in watched.get("alarms", [])] if watched.get("enabled") else []
        return [name for name in names if name in known and known[name].state == "ALARM"]

    def _watch_alarms(self) -> None:
        if self.status not in ACTIVE:
            return
        firing = self._firing()
        if firing:
            self.interrupt(Stopped("ALARM_ACTIVE", f"One or more alarms have been activated: {', '.join(firing)}", "Stopped",
                                   "DEPLOYMENT_STOP_ON_ALARM" in self.rollback_events()))
        else:
            self.place.after(5, self._watch_alarms)

    def _guarded(self):
        try:
            yield self.place.delays.deployment_step
            self.status, self.started_at = "InProgress", self.place.now
            app_spec = self._app_spec()
            yield from (self._ecs(app_spec) if self.platform == "ECS" else self._lambda(app_spec))
            self.status, self.completed_at = "Succeeded", self.place.now
        except Stopped as why:
            self.waiting = None
            self.error = {"code": why.code, "message": why.message}
            for event in self.events:
                if event["status"] == "InProgress":
                    event.update(status="Failed", endTime=self.place.now)
                elif event["status"] == "Pending":
                    event["status"] = "Skipped"
            self.status, self.completed_at = why.status, self.place.now
            back = why.back if why.back is not None else "DEPLOYMENT_FAILURE" in self.rollback_events()
            if back:
                self._roll_back()

    def _roll_back(self) -> None:
        """Traffic goes back at once. The rollback is a deployment of its own."""
        twin = Deployment(self.codedeploy, self.group, self.configuration, self.given, "codeDeployRollback")
        twin.target_id, twin.blue, twin.green = self.target_id, self.blue, self.green
        twin.status, twin.started_at = "InProgress", self.place.now
        twin.rollback_info = {"rollbackTriggeringDeploymentId": self.id}
        self.rollback_info = {"rollbackDeploymentId": twin.id, "rollbackMessage": f"Deployment {self.id} is rolled back"}
        self.codedeploy.deployments[twin.id] = twin
        twin.script = Script(self.place, twin._back(self))

    def _back(self, failed: "Deployment"):
        if failed.platform == "ECS" and failed.green is not None:
            service = failed.green.service
            if failed.blue in service.task_sets:
                failed._route("prodTrafficRoute", 0)
                failed._route("testTrafficRoute", 0)
                service.primary = failed.blue
            failed.green.delete()
            yield lambda: failed.green not in service.task_sets
        elif failed.platform == "Lambda" and failed.blue is not None:
            failed._weigh(0)
        yield self.place.delays.deployment_step
        failed.weight = 0
        for event in self.events:
            event.update(status="Skipped")
        self.status, self.completed_at = "Succeeded", self.place.now

    # The AppSpec file. https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file.html

    def _app_spec(self) -> dict:
        revision = self.given["revision"]
        content = (revision.get("appSpecContent") or revision.get("string") or {}).get("content")
        if revision.get("revisionType") == "S3":
            where = revision["s3Location"]
            try:
                content = self.place.store("s3", "GetObject", Bucket=where["bucket"], Key=where["key"])["Body"].decode()
            except AwsError as why:
                raise Stopped("REVISION_MISSING", f"The AppSpec file cannot be had: {why.message}") from why
        try:
            parsed = yaml.safe_load(content or "")
            resource = next(iter(parsed["Resources"][0].values()))
            return {"properties": resource["Properties"], "type": resource["Type"],
                    "hooks": {k: v for hook in parsed.get("Hooks", []) or [] for k, v in hook.items()}}
        except (yaml.YAMLError, TypeError, KeyError, IndexError, AttributeError, StopIteration) as why:
            raise Stopped("INVALID_REVISION", f"The AppSpec file cannot be read: {why}") from why

    # ECS.

    def _ecs(self, app_spec: dict):
        ecs = self.place.service("ecs")
        where, properties = self.group["ecsServices"][0], app_spec["properties"]
        try:
            service = ecs.active_service(where["clusterName"], where["serviceName"])
            self.target_id = f"{where['clusterName']}:{where['serviceName']}"
            if service.controller != "CODE_DEPLOY" or service.primary is None:
                raise Stopped("INVALID_ECS_SERVICE", "The service has no CODE_DEPLOY deployment controller or no primary task set")
            self.blue = service.primary
            task_set = self._task_set_input(properties)
            ecs.check_load_balancers(task_set["loadBalancers"], ecs.definition(task_set["taskDefinition"]))
        except AwsError as why:
            raise Stopped("ECS_UPDATE_ERROR", why.message) from why
        yield from self._event("BeforeInstall", app_spec)
        yield from self._event("Install", app_spec, self._install(service, task_set))
        yield from self._event("AfterInstall", app_spec)
        yield from self._event("AllowTestTraffic", app_spec, self._routed("testTrafficRoute", [(100, 0)]))
        yield from self._event("AfterAllowTestTraffic", app_spec)
        yield from self._ready_wait()
        yield from self._event("BeforeAllowTraffic", app_spec)
        yield from self._event("AllowTraffic", app_spec, self._routed("prodTrafficRoute", self._steps()))
        service.primary = self.green
        yield from self._event("AfterAllowTraffic", app_spec)
        yield from self._terminate_blue()

    def _task_set_input(self, properties: dict) -> dict:
        pair = self.group["loadBalancerInfo"]["targetGroupPairInfoList"][0]["targetGroups"]
        arns = [self._group_arn(g["name"]) for g in pair]
        used = {b["targetGroupArn"] for b in self.blue.group.load_balancers}
        idle = next((a for a in arns if a not in used), arns[0])
        info = properties.get("LoadBalancerInfo", {})
        network = properties.get("NetworkConfiguration", {}).get("AwsvpcConfiguration")
        given = {"taskDefinition": properties["TaskDefinition"], "scale": {"value": 100.0}, "externalId": self.id,
                 "launchType": self.blue.given.get("launchType", "EC2"), "loadBalancers": [{
                     "targetGroupArn": idle, "containerName": info.get("ContainerName"),
                     "containerPort": int(info.get("ContainerPort", 0))}]}
        if network:
            given["networkConfiguration"] = {"awsvpcConfiguration": {k[0].lower() + k[1:]: v for k, v in network.items()}}
        elif "networkConfiguration" in self.blue.given:
            given["networkConfiguration"] = self.blue.given["networkConfiguration"]
        if "PlatformVersion" in properties:
            given["platformVersion"] = properties["PlatformVersion"]
        if "CapacityProviderStrategy" in properties:
            given["capacityProviderStrategy"] = [{k[0].lower() + k[1:]: v for k, v in provider.items()}
                                                 for provider in properties["CapacityProviderStrategy"]]
        return given

    def _group_arn(self, name: str) -> str:
        return self.place.store("elbv2", "DescribeTargetGroups", Names=[name])["TargetGroups"][0]["TargetGroupArn"]

    def _install(self, service, task_set: dict):
        self.green = TaskSet(self.place.service("ecs"), service, task_set)
        service.task_sets.append(self.green)
        end = self.place.now + HOOK_SECONDS
        yield lambda: self.green.group.steady or self.place.now > end
        if not self.green.group.steady:
            raise Stopped("TIMEOUT", "The replacement task set did not become stable within an hour")

    def _steps(self) -> list[tuple[int, float]]:
        """GREEN's percentages, each with the minutes that it lasts."""
        routing = self.configuration["trafficRoutingConfig"]
        if routing["type"] == "TimeBasedCanary":
            canary = routing["timeBasedCanary"]
            return [(canary["canaryPercentage"], canary["canaryInterval"]), (100, 0)]
        if routing["type"] == "TimeBasedLinear":
            linear = routing["timeBasedLinear"]
            shares = list(range(linear["linearPercentage"], 100, linear["linearPercentage"]))
            return [(share, linear["linearInterval"]) for share in shares] + [(100, 0)]
        return [(100, 0)]

    def _routed(self, route: str, steps: list):
        for percent, minutes in steps:
            self._route(route, percent)
            if route == "prodTrafficRoute":
                self.weight = percent
            yield 60 * minutes

    def _route(self, route: str, percent: int) -> None:
        """GREEN's share in every rule of the route's listeners that forwards to the pair."""
        pair = self.group["loadBalancerInfo"]["targetGroupPairInfoList"][0]
        elb = self.place.service("elbv2")
        blue, green = (s.group.load_balancers[0]["targetGroupArn"] for s in (self.blue, self.green))
        for listener in pair.get(route, {}).get("listenerArns", []):
            for rule in elb.rules_naming(listener, {blue, green}):
                elb.shift(rule, [(blue, 100 - percent), (green, percent)])

    def _ready_wait(self):
        # API_DeploymentReadyOption.html
        option = self.group["blueGreenDeploymentConfiguration"].get("deploymentReadyOption", {})
        if option.get("actionOnTimeout") != "STOP_DEPLOYMENT":
            return
        self.status, self.waiting = "Ready", "READY_WAIT"
        end = self.place.now + 60 * option.get("waitTimeInMinutes", 0)
        yield lambda: self.waiting is None or self.place.now >= end
        if self.waiting is not None:
            raise Stopped("TIMEOUT", "The deployment was not continued in time", "Stopped")
        self.status = "InProgress"

    def _terminate_blue(self):
        # API_BlueInstanceTerminationOption.html
        option = self.group["blueGreenDeploymentConfiguration"].get("terminateBlueInstancesOnDeploymentSuccess", {})
        if option.get("action", "TERMINATE") == "KEEP_ALIVE":
            return
        self.waiting = "TERMINATION_WAIT"
        end = self.place.now + 60 * option.get("terminationWaitTimeInMinutes", 0)
        yield lambda: self.waiting is None or self.place.now >= end
        self.waiting = None
        self.blue.delete()
        yield lambda: self.blue not in self.blue.service.task_sets

    # Lambda.

    def _lambda(self, app_spec: dict):
        p = app_spec["properties"]
        self.function, self.alias = p["Name"], p["Alias"]
        self.blue, self.green = str(p["CurrentVersion"]), str(p["TargetVersion"])
        self.target_id = f"{self.function}:{self.alias}"
        try:
            shown = self.place.service("lambda").GetAlias({"FunctionName": self.function, "Name": self.alias})
            if shown["FunctionVersion"] != self.blue:
                raise Stopped("INVALID_LAMBDA_CONFIGURATION", f"The alias points at {shown['FunctionVersion']}, not at "
                              f"CurrentVersion {self.blue}")
            yield from self._event("BeforeAllowTraffic", app_spec)
            yield from self._event("AllowTraffic", app_spec, self._weighed())
        except AwsError as why:
            raise Stopped("INVALID_LAMBDA_FUNCTION", why.message) from why
        yield from self._event("AfterAllowTraffic", app_spec)

    def _weighed(self):
        for percent, minutes in self._steps():
            self._weigh(percent)
            self.weight = percent
            yield 60 * minutes

    def _weigh(self, percent: int) -> None:
        version = self.green if percent == 100 else self.blue
        weights = {self.green: percent / 100} if 0 < percent < 100 else {}
        self.place.service("lambda").UpdateAlias({"FunctionName": self.function, "Name": self.alias, "FunctionVersion": version,
                                                  "RoutingConfig": {"AdditionalVersionWeights": weights}})

    # Lifecycle events.

    def _event(self, name: str, app_spec: dict, work=None):
        """The event's own work, or its hook's function."""
        event = next(e for e in self.events if e["lifecycleEventName"] == name)
        event.update(status="InProgress", startTime=self.place.now)
        yield self.place.delays.deployment_step
        if work is not None:
            yield from work
        elif name in app_spec["hooks"]:
            yield from self._hook(name, app_spec["hooks"][name], event)
        event.update(status="Succeeded", endTime=self.place.now)

    def _hook(self, name: str, function: str, event: dict):
        token = self.place.world.hex_id(64)
        self.hook_answers[token] = None
        end = self.place.now + HOOK_SECONDS
        asked = {"DeploymentId": self.id, "LifecycleEventHookExecutionId": token}
        output = yield invocation(self.place, function, json.dumps(asked).encode())
        failed = output.get("FunctionError")
        yield lambda: failed or self.hook_answers[token] or self.place.now >= end
        if self.hook_answers[token] != "Succeeded":
            word = f"failed: {failed}" if failed else f"answered {self.hook_answers[token]}"
            event["diagnostics"] = {"errorCode": "ScriptFailed", "message": f"{function} {word}"}
            raise Stopped("HOOK_EXECUTION_FAILURE", f"The hook {function} of {name} {word}")

    # What others ask.

    def described(self) -> dict:
        done = self.status not in ACTIVE
        counts = {"Pending": 0, "InProgress": 0, "Succeeded": 0, "Failed": 0, "Skipped": 0, "Ready": 0}
        counts["Succeeded" if self.status == "Succeeded" else "Failed" if done else "InProgress"] = 1
        group = {k: self.group[k] for k in ("deploymentStyle", "blueGreenDeploymentConfiguration", "loadBalancerInfo")
                 if k in self.group}
        return {"applicationName": self.group["applicationName"], "deploymentGroupName": self.group["deploymentGroupName"],
                "deploymentConfigName": self.configuration["deploymentConfigName"], "deploymentId": self.id,
                "revision": self.given["revision"], "status": self.status, "errorInformation": self.error,
                "createTime": self.created_at, "startTime": self.started_at, "completeTime": self.completed_at,
                "deploymentOverview": counts, "description": self.given.get("description"), "creator": self.creator,
                "autoRollbackConfiguration": self.given.get("autoRollbackConfiguration") or self.group.get(
                    "autoRollbackConfiguration"), "rollbackInfo": self.rollback_info, "computePlatform": self.platform,
                "instanceTerminationWaitTimeStarted": self.waiting == "TERMINATION_WAIT", "deploymentStatusMessages": [],
                **group}

    def target(self) -> dict:
        status = {"Succeeded": "Succeeded", "Failed": "Failed", "Stopped": "Failed", "Ready": "Ready"}.get(self.status, "InProgress")
        common = {"deploymentId": self.id, "targetId": self.target_id, "status": status, "lastUpdatedAt": self.place.now,
                  "lifecycleEvents": [dict(e) for e in self.events]}
        if self.platform == "ECS":
            sets = [(s, label, weight) for s, label, weight in ((self.blue, "Blue", 100 - self.weight),
                                                                (self.green, "Green", self.weight)) if s]
            return {"deploymentTargetType": "ECSTarget", "ecsTarget": {**common, "taskSetsInfo": [
                {"identifer": s.id, "desiredCount": s.computed(), "pendingCount": s.group.pending,
                 "runningCount": s.group.running, "status": s.status, "trafficWeight": float(weight), "taskSetLabel": label,
                 "targetGroup": {"name": s.group.load_balancers[0]["targetGroupArn"].split("/")[1]}}
                for s, label, weight in sets]}}
        return {"deploymentTargetType": "LambdaTarget", "lambdaTarget": {**common, "lambdaFunctionInfo": {
            "functionName": self.function, "functionAlias": self.alias, "currentVersion": self.blue,
            "targetVersion": self.green, "targetVersionWeight": self.weight / 100}}}
