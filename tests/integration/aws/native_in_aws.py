"""A service of ECS that ECS's own deployments move, and the real program in folders of its own that deploys it."""

from pathlib import Path

from aws_simulator import Simulator, make_shop
from sluice_in_aws import SluiceInAws, wait_until

CANARY = [{"weight": "10%", "bake": "200ms"}, {"weight": "100%", "bake": "200ms"}]
LINEAR = [{"weight": f"{share}%", "bake": "100ms"} for share in (25, 50, 75, 100)]
# What the service's owner has set, and sluice must leave as it is.
OWNERS = {"maximumPercent": 200, "minimumHealthyPercent": 100, "alarms": {"alarmNames": ["bad"], "enable": True, "rollback": True}}


class Native(SluiceInAws):
    """With `ecs`, botocore's client of ECS."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        super().__init__(build, aws, make_shop(aws, controller="ECS", deployment={
            **OWNERS, "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}))
        self.ecs = aws.client("ecs")
        wait_until("the first deployment's end", lambda: self.last_deployment()["status"] == "SUCCESSFUL")
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName="bad", Namespace="N", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore")

    def engine(self, steps: list[dict] = CANARY, place: dict | None = None, **service: object) -> None:
        self.configure(steps, service, place={"engine": "ecs-native", "rules": self.shop.rules[:1]} | (place or {}))

    def service(self) -> dict:
        return self.ecs.describe_services(cluster="shop", services=["web"])["services"][0]

    def service_deployments(self) -> list[str]:
        """ARNs, newest first."""
        found = self.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"]
        return [d["serviceDeploymentArn"] for d in sorted(found, key=lambda d: d["createdAt"], reverse=True)]

    def last_deployment(self) -> dict:
        found = self.ecs.describe_service_deployments(serviceDeploymentArns=self.service_deployments()[:1])
        return found["serviceDeployments"][0]

    def set_configuration(self, **configuration: object) -> None:
        self.ecs.update_service(cluster="shop", service="web", deploymentConfiguration=configuration)
