"""A service of ECS with another controller, and the real program in folders of its own that takes it over."""

from pathlib import Path

from aws_simulator import Simulator, make_shop, task_sets_of
from sluice_in_aws import SluiceInAws

STEPS = [{"weight": "10%", "bake": "100ms"}, {"weight": "100%", "bake": "100ms"}]
OLD, NEW = "web", "web-sluice"


class AdoptionInAws(SluiceInAws):
    """`controller` is the old service's. The green target group is made by the adoption unless it exists before."""

    def __init__(self, build: Path, aws: Simulator, controller: str = "ECS", green_exists: bool = False) -> None:
        super().__init__(build, aws, make_shop(aws, controller=controller))
        self.controller, self.green = controller, "shop-green"
        elb = aws.client("elbv2")
        elb.modify_target_group(TargetGroupArn=self.shop.blue_group, HealthCheckTimeoutSeconds=2, UnhealthyThresholdCount=3)
        if not green_exists:  # as a service with rolling updates has it: one group, named alone
            self.take_green_away()
            self.shop.green_group = ""
        self.shop.service = NEW
        self.configure_adoption()

    def configure_adoption(self, steps: list[dict] = STEPS, **service: object) -> None:
        green, self.shop.green_group = self.shop.green_group, self.green
        self.configure(steps, service)
        self.shop.green_group = green

    def adopt_in_simulated_time(self, *options: str) -> list[str]:
        """The command (adopt_in_simulated_time.cc)."""
        self.home.mkdir(exist_ok=True)
        return [str(self.build / "tests/integration/aws/adopt_in_simulated_time"), self.aws.url, str(self.home),
                str(self.folder / "sluice.yaml"), "staging", "web", *options]

    def take_green_away(self) -> None:
        elb = self.aws.client("elbv2")
        for rule in self.shop.rules:
            elb.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "TargetGroupArn": self.shop.blue_group}])
        elb.delete_target_group(TargetGroupArn=self.groups()[self.green])

    def begin_anew(self, number: int, **service: object) -> None:
        """After the way back: the next adoption makes another green group."""
        if self.green in self.groups():
            self.take_green_away()
        self.green = f"shop-green-{number}"
        self.configure_adoption(**service)

    # What botocore sees.

    def service(self, name: str) -> dict:
        return self.aws.client("ecs").describe_services(cluster="shop", services=[name])["services"][0]

    def services(self) -> list[str]:
        """Names of the active ones."""
        arns = self.aws.client("ecs").list_services(cluster="shop")["serviceArns"]
        return sorted(a.rpartition("/")[2] for a in arns)

    def groups(self) -> dict[str, str]:
        return {g["TargetGroupName"]: g["TargetGroupArn"]
                for g in self.aws.client("elbv2").describe_target_groups()["TargetGroups"]}

    def shares(self) -> list[tuple[int, int]]:
        """Of blue and green in each rule."""
        self.shop.green_group = self.groups().get(self.green, "")
        return self.shop.weights(self.aws)

    def what_serves(self) -> dict:
        """And what there is, with the old service as it is; without a new one its members are None."""
        old = self.service(OLD)
        found: dict = {"old": (old["status"], old["runningCount"], old["deploymentController"]["type"], old["taskDefinition"]),
                       "services": self.services(), "groups": sorted(self.groups()), "shares": self.shares(), "new": None}
        if NEW in found["services"]:
            sets = task_sets_of(self.aws.client("ecs"), "shop", NEW)
            found["new"] = [(s["status"], s["externalId"], s["taskDefinition"], s["stabilityStatus"]) for s in sets]
        return found

    def adopted(self) -> dict:
        """What `what_serves` says after an adoption of this service as it is."""
        old = self.service(OLD)
        return {"old": ("ACTIVE", 2, self.controller, old["taskDefinition"]), "services": [OLD, NEW],
                "groups": ["shop-blue", self.green], "shares": [(0, 100)] * 2,
                "new": [("PRIMARY", f"adopted-from-{OLD}", self.shop.task_definition, "STEADY_STATE")]}

    def given_back(self) -> dict:
        return self.adopted() | {"services": [OLD], "shares": [(100, 0)] * 2, "new": None}
