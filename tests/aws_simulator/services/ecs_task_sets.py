"""Task sets: what a controller other than ECS's own moves traffic between."""
from .ecs_tasks import TaskGroup, computed_count


class TaskSet:
    """One task set of a service, which is PRIMARY, ACTIVE or DRAINING."""

    def __init__(self, ecs, service, i: dict):
        self.ecs, self.service, self.place = ecs, service, ecs.place
        number = int(self.place.world.hex_id(15), 16)
        self.id = f"ecs-svc/{number:019d}"
        cluster = service.cluster.rpartition("/")[2]
        self.arn = self.place.arn("ecs", f"task-set/{cluster}/{service.name}/{self.id}")
        self.given = i
        self.definition = ecs.definition(i["taskDefinition"])
        # Without a scale a new task set is taken to run the whole service. AWS's pages name no default.
        self.scale = {"unit": "PERCENT", "value": 100.0, **i.get("scale", {})}
        self.created_at = self.updated_at = self.place.now
        self.deleted = False
        self._steady, self._steady_since = None, self.place.now
        options = {"group": f"service:{service.name}", "startedBy": self.id, "launchType": i.get("launchType", "EC2"),
                   "platformVersion": i.get("platformVersion")}
        self.group = TaskGroup(ecs, service.cluster, self.definition, options, i.get("loadBalancers", []),
                               service.data.get("healthCheckGracePeriodSeconds", 0), self.computed)

    def computed(self) -> int:
        """How many tasks it should have."""
        return 0 if self.deleted else computed_count(self.service.data.get("desiredCount", 0), self.scale["value"])

    @property
    def status(self) -> str:
        if self.deleted:
            return "DRAINING"
        return "PRIMARY" if self.service.primary is self else "ACTIVE"

    def delete(self) -> None:
        """Its tasks are stopped; when the last has gone it can no longer be described."""
        self.deleted = True
        self.updated_at = self.place.now
        if self.service.primary is self:
            self.service.primary = None
        self.group.close()
        self._vanish()

    def _vanish(self) -> None:
        if self.group.tasks:
            self.place.after(1, self._vanish)
        elif self in self.service.task_sets:
            self.service.task_sets.remove(self)

    def described(self) -> dict:
        steady = self.group.steady
        if steady != self._steady:
            self._steady, self._steady_since = steady, self.place.now
        given = {k: self.given[k] for k in ("externalId", "loadBalancers", "serviceRegistries", "networkConfiguration",
                                            "launchType", "platformVersion", "capacityProviderStrategy") if k in self.given}
        return {
            "id": self.id, "taskSetArn": self.arn, "serviceArn": self.service.arn, "clusterArn": self.service.cluster,
            "status": self.status, "taskDefinition": self.definition["taskDefinitionArn"],
            "computedDesiredCount": self.computed(), "runningCount": self.group.running, "pendingCount": self.group.pending,
            "createdAt": self.created_at, "updatedAt": self.updated_at, "scale": self.scale,
            "stabilityStatus": "STEADY_STATE" if steady else "STABILIZING", "stabilityStatusAt": self._steady_since,
            "loadBalancers": [], "serviceRegistries": [], "tags": [], **given}
