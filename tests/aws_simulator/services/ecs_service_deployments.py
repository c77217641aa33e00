"""The deployments of all services whose controller is ECS itself."""
from ..problems import AwsError
from .ecs_revision import OF_A_REVISION
from .ecs_service_deployment import UNDER_WAY, RolledBack, ServiceDeployment, Stopped
from .service import page


class ServiceDeployments:
    """For every service with the controller ECS."""

    def __init__(self, ecs):
        self.ecs = ecs
        self._known: dict[str, ServiceDeployment] = {}

    def begin(self, service, given: dict) -> None:
        """A deployment of what the service's data say; one under way is superseded."""
        given["taskDefinition"] = self.ecs.definition(given["taskDefinition"])["taskDefinitionArn"]
        under_way = self._current(service)
        if under_way:
            under_way.script.interrupt(Stopped("A newer service deployment took its place"))
        _check_configuration(given)
        deployment = ServiceDeployment(self.ecs, service, given)
        self._known[deployment.arn] = deployment

    def update(self, service, changes: dict) -> None:
        forced = changes.pop("forceNewDeployment", False)
        if "taskDefinition" in changes:
            changes["taskDefinition"] = self.ecs.definition(changes["taskDefinition"])["taskDefinitionArn"]
        changed = forced or any(k in OF_A_REVISION and v != service.data.get(k) for k, v in changes.items())
        _check_configuration({**service.data, **changes})
        if "loadBalancers" in changes or "taskDefinition" in changes:
            merged = {**service.data, **changes}
            self.ecs.check_load_balancers(merged.get("loadBalancers", []), self.ecs.definition(merged["taskDefinition"]))
        service.data.update(changes)
        if changed:
            self.begin(service, service.data)

    def _current(self, service) -> ServiceDeployment | None:
        return next((d for d in self._known.values() if d.service is service and d.status in UNDER_WAY), None)

    def current(self, service) -> str | None:
        found = self._current(service)
        return found.arn if found else None

    def current_revisions(self, service) -> list[dict]:
        return [r.summary() for r in service.rollouts if r.status != "INACTIVE"]

    def listed(self, service, i: dict) -> dict:
        found = [d.brief() for d in self._known.values() if d.service is service and d.status in (i.get("status") or [d.status])]
        shown, token = page(found[::-1], i.get("nextToken"), i.get("maxResults"), 100)
        return {"serviceDeployments": shown, "nextToken": token}

    def describe(self, arns: list[str]) -> dict:
        return {"serviceDeployments": [self._known[a].described() for a in arns if a in self._known],
                "failures": [{"arn": a, "reason": "MISSING"} for a in arns if a not in self._known]}

    def describe_revisions(self, arns: list[str]) -> dict:
        known = {r.arn: r for d in self._known.values() for r in (d.green, d.blue) if r}
        return {"serviceRevisions": [known[a].revision() for a in arns if a in known],
                "failures": [{"arn": a, "reason": "MISSING"} for a in arns if a not in known]}

    def _found(self, arn: str) -> ServiceDeployment:
        if arn not in self._known:
            raise AwsError("ServiceDeploymentNotFoundException", "The service deployment ARN wasn't found.", 400)
        return self._known[arn]

    def stop(self, arn: str, kind: str) -> dict:
        """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html"""
        deployment = self._found(arn)
        if deployment.status not in UNDER_WAY:
            raise AwsError("ConflictException", f"The service deployment is {deployment.status}", 400)
        if deployment.status not in ("PENDING", "IN_PROGRESS"):
            return {"serviceDeploymentArn": arn}  # it goes on with what it does
        if kind == "ROLLBACK":
            if deployment.blue is None:
                raise AwsError("InvalidParameterException", "There is no service revision to roll back to", 400)
            deployment.script.interrupt(RolledBack("Rolled back by StopServiceDeployment"))
        else:
            deployment.script.interrupt(Stopped("Stopped by StopServiceDeployment"))
        return {"serviceDeploymentArn": arn}

    def resume(self, arn: str, hook_id: str, action: str) -> dict:
        """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/continue-service-deployment.html"""
        deployment = self._found(arn)
        hook = next((h for h in deployment.hooks if h["hookId"] == hook_id), None)
        if hook is None or hook["status"] != "AWAITING_ACTION" or hook["answer"] or deployment.status != "IN_PROGRESS":
            raise AwsError("InvalidParameterException", f"No hook {hook_id} awaits an action", 400)
        hook["answer"] = action
        return {"serviceDeploymentArn": arn}


def _check_configuration(given: dict) -> None:
    """Raises AwsError for what a strategy needs or must not have (API_DeploymentConfiguration.html)."""
    configuration = given.get("deploymentConfiguration", {})
    strategy = configuration.get("strategy", "ROLLING")
    wrong = None
    for name, member in (("LINEAR", "linearConfiguration"), ("CANARY", "canaryConfiguration")):
        if strategy != name and member in configuration:
            wrong = f"{member} is only valid with the strategy {name}"
    hooks = configuration.get("lifecycleHooks", [])
    for hook in hooks:
        is_pause = hook.get("targetType", "AWS_LAMBDA") == "PAUSE"
        if not is_pause and not hook.get("hookTargetArn"):
            wrong = "hookTargetArn is needed for an AWS_LAMBDA hook"
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html (constraints)
        refused = {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"} & set(hook.get("lifecycleStages", []))
        if is_pause and (refused or hook.get("hookTargetArn") or hook.get("roleArn")):
            wrong = f"a PAUSE hook takes no target, no role, and not the stages {', '.join(sorted(refused))}"
    for is_pause in (False, True):
        if sum((hook.get("targetType") == "PAUSE") == is_pause for hook in hooks) > 10:
            wrong = "a service has 10 pause hooks and 10 Lambda hooks at most"
    if strategy != "ROLLING":
        for balancer in given.get("loadBalancers", []):
            advanced = balancer.get("advancedConfiguration", {})
            missing = [m for m in ("alternateTargetGroupArn", "productionListenerRule", "roleArn") if not advanced.get(m)]
            if missing:
                wrong = f"advancedConfiguration lacks {', '.join(missing)}, which {strategy} needs"
    step = configuration.get("linearConfiguration", {}).get("stepPercent", 10.0)
    canary = configuration.get("canaryConfiguration", {}).get("canaryPercent", 5.0)
    # API_LinearConfiguration.html: 3.0 to 100.0; API_CanaryConfiguration.html: 0.1 to 100.0
    if not 3.0 <= step <= 100.0:
        wrong = "stepPercent must be between 3.0 and 100.0"
    if not 0.1 <= canary <= 100.0:
        wrong = "canaryPercent must be between 0.1 and 100.0"
    if wrong:
        raise AwsError("InvalidParameterException", wrong, 400)
