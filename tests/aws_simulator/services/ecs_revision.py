"""A service revision of ECS and the tasks that run it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-revision.html
"""
import copy

from .ecs_tasks import TaskGroup

# A change of any of these makes a new service revision.
OF_A_REVISION = ("taskDefinition", "loadBalancers", "networkConfiguration", "launchType", "capacityProviderStrategy",
                 "platformVersion", "serviceRegistries", "serviceConnectConfiguration", "volumeConfigurations")


class Rollout:
    """A service revision with its tasks: what DescribeServices lists under `deployments`."""

    def __init__(self, ecs, service, given: dict, group_arn: str | None):
        self.ecs, self.service, self.place = ecs, service, ecs.place
        self.given = copy.deepcopy({k: v for k, v in given.items() if k in OF_A_REVISION})
        self.definition = ecs.definition(given["taskDefinition"])
        number = int(self.place.world.hex_id(15), 16)
        self.id = f"ecs-svc/{number:019d}"
        cluster = service.cluster.rpartition("/")[2]
        self.arn = self.place.arn("ecs", f"service-revision/{cluster}/{service.name}/{number}")
        self.created_at = self.updated_at = self.place.now
        self.status, self.state, self.reason = "PRIMARY", "IN_PROGRESS", f"ECS deployment {self.id} in progress."
        self.wanted: int | None = None  # None: as many as the service wants
        balancers = [{**b, "targetGroupArn": group_arn or b["targetGroupArn"]} for b in given.get("loadBalancers", [])]
        options = {"group": f"service:{service.name}", "startedBy": self.id, "launchType": given.get("launchType", "EC2"),
                   "platformVersion": given.get("platformVersion")}
        self.target_group = balancers[0]["targetGroupArn"] if balancers else None
        self.group = TaskGroup(ecs, service.cluster, self.definition, options, balancers,
                               service.data.get("healthCheckGracePeriodSeconds", 0), self.count)

    def count(self) -> int:
        desired = self.service.data.get("desiredCount", 0)
        return desired if self.wanted is None else min(self.wanted, desired)

    def retire(self) -> None:
        self.wanted = 0
        self.status = "INACTIVE"
        self.group.close()

    def set_state(self, state: str, reason: str) -> None:
        self.state, self.reason, self.updated_at = state, reason, self.place.now

    def described(self) -> dict:
        return {"id": self.id, "status": self.status, "taskDefinition": self.definition["taskDefinitionArn"],
                "desiredCount": self.count(), "runningCount": self.group.running, "pendingCount": self.group.pending,
                "failedTasks": self.group.failures, "createdAt": self.created_at, "updatedAt": self.updated_at,
                "rolloutState": self.state, "rolloutStateReason": self.reason,
                **{k: v for k, v in self.given.items() if k in (
                    "networkConfiguration", "launchType", "capacityProviderStrategy", "platformVersion",
                    "serviceConnectConfiguration", "volumeConfigurations")}}

    def revision(self) -> dict:
        images = [{"containerName": c["name"], "image": c["image"]} for c in self.definition["containerDefinitions"]]
        return {"serviceRevisionArn": self.arn, "resolvedConfiguration": self._resolved(), "serviceArn": self.service.arn, "clusterArn": self.service.cluster,
                "createdAt": self.created_at, "containerImages": images, **self.given,
                "taskDefinition": self.definition["taskDefinitionArn"]}

    def _resolved(self) -> dict:
        """Which target group serves it behind which rule (API_ServiceRevisionLoadBalancer.html)."""
        rules = [b.get("advancedConfiguration", {}).get("productionListenerRule") for b in self.given.get("loadBalancers", [])]
        return {"loadBalancers": [{"targetGroupArn": self.target_group, "productionListenerRule": r} for r in rules if r]}

    def summary(self) -> dict:
        return {"arn": self.arn, "requestedTaskCount": self.count(), "runningTaskCount": self.group.running,
                "pendingTaskCount": self.group.pending}
