"""A service of ECS as its API shows it."""
from .ecs_task_sets import TaskSet

MOST_EVENTS = 100  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html (events)


class ServiceRecord:
    """One service with its task sets (other controllers) or deployments (ECS's own)."""

    def __init__(self, ecs, arn: str, cluster: str, controller: str, i: dict):
        self.ecs, self.place = ecs, ecs.place
        self.arn, self.cluster, self.controller = arn, cluster, controller
        self.name = i["serviceName"]
        self.data = {k: v for k, v in i.items() if k not in ("cluster", "serviceName", "clientToken", "tags",
                                                             "deploymentController")}
        self.status = "ACTIVE"
        self.task_sets: list[TaskSet] = []
        self.primary: TaskSet | None = None
        self.rollouts: list = []  # ecs_revision.Rollout, newest first
        self.current_revision: str | None = None
        self.events: list[dict] = []
        self.created_at = self.place.now
        self.created_by = self.place.call.keys.arn

    def note(self, text: str) -> None:
        self.events.insert(0, {"id": self.place.world.uuid(), "createdAt": self.place.now,
                               "message": f"(service {self.name}) {text}"})
        del self.events[MOST_EVENTS:]

    def groups(self) -> list:
        return [s.group for s in self.task_sets] + [r.group for r in self.rollouts]

    def reconcile(self) -> None:
        for group in self.groups():
            group.reconcile()

    def delete(self) -> None:
        self.data["desiredCount"] = 0
        self.status = "DRAINING"
        for task_set in list(self.task_sets):
            task_set.delete()
        for rollout in self.rollouts:
            rollout.retire()
        self._vanish()

    def _vanish(self) -> None:
        if any(group.tasks for group in self.groups()):
            self.place.after(1, self._vanish)
        else:
            self.status = "INACTIVE"

    def described(self) -> dict:
        shown = {k: v for k, v in self.data.items() if k in (
            "loadBalancers", "serviceRegistries", "launchType", "capacityProviderStrategy", "platformVersion",
            "taskDefinition", "deploymentConfiguration", "placementConstraints", "placementStrategy", "networkConfiguration",
            "healthCheckGracePeriodSeconds", "enableECSManagedTags", "propagateTags", "enableExecuteCommand",
            "availabilityZoneRebalancing")}
        if self.primary:
            shown["taskDefinition"] = self.primary.definition["taskDefinitionArn"]
            shown["loadBalancers"] = self.primary.given.get("loadBalancers", [])
        return {
            "serviceArn": self.arn, "serviceName": self.name, "clusterArn": self.cluster, "status": self.status,
            "desiredCount": self.data.get("desiredCount", 0), "runningCount": sum(g.running for g in self.groups()),
            "pendingCount": sum(g.pending for g in self.groups()), "createdAt": self.created_at,
            "createdBy": self.created_by, "deploymentController": {"type": self.controller},
            "schedulingStrategy": self.data.get("schedulingStrategy", "REPLICA"), "events": list(self.events),
            "taskSets": [s.described() for s in self.task_sets], "deployments": [r.described() for r in self.rollouts],
            "currentServiceRevisions": self.ecs.deployments.current_revisions(self),
            "currentServiceDeployment": self.ecs.deployments.current(self),
            "enableExecuteCommand": False, "propagateTags": "NONE", "loadBalancers": [], "serviceRegistries": [], **shown}
