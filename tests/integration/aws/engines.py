"""Each engine of sluice in an AWS of its own whose clock stands, for releases in simulated time: what is deployed next, what
serves, and what there is of that which a deployment makes one of.
"""

import json
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_simulator import Simulator, make_shop
from adoption_in_aws import AdoptionInAws
from codedeploy_in_aws import CodeDeployed
from example_in_aws import CONTAINERS, MEMBERS, ExampleInAws, example_at_rest, image
from flags_in_aws import FlagsInAws, flags
from function_in_aws import ALIAS, FUNCTION, FunctionInAws, packed
from gateway_in_aws import ROUTES, WITNESS, GatewayInAws
from native_in_aws import Native
from simulated_release import BEGINNING, stand_still
from sluice_in_aws import SHORT_STEPS, SluiceInAws, digest


BUCKET = "journal"
JOURNAL = f"s3://{BUCKET}/shop?region=eu-west-1"
# As in time that is not made faster.
HEALTH = {"health": {"within": "10m"}}


class Engine:
    """`serving` tells what has all of the traffic, or that it is divided; `made` counts; `leftovers` is what should have gone."""

    environment = "staging"
    options: tuple[str, ...] = ()  # of in_simulated_time
    back_at: int  # share of GREEN, in percent, in whose bake a person's word takes it back
    machine: Any

    def __init__(self, name: str, machine: SluiceInAws) -> None:
        self.name, self.machine, self.aws = name, machine, machine.aws

    def next(self, number: int) -> dict[str, str]:
        """Makes something new, unlike that of any other number; the revisions of a release of it."""
        raise NotImplementedError

    def serving(self) -> object:
        raise NotImplementedError

    def is_next(self, serving: object, before: object, number: int) -> bool:
        """Whether `serving` is what `next` has made of this number."""
        raise NotImplementedError

    def made(self) -> dict[str, int]:
        raise NotImplementedError

    def leftovers(self) -> list[str]:
        return []

    def journal_says(self, number: int) -> set[str]:
        """How a journal that others read, too, says that the deployment of this number ended; nothing where it has none, or
        there is no such journal. Fails where something is under way in it."""
        return set()


class _Tasks(Engine):
    """Of a service of ECS, whose traffic goes by the rules `moved`."""

    back_at = 10
    moved: int

    def next(self, number: int) -> dict[str, str]:
        return {"web": f"shop/web@{digest(number)}"}

    def serving(self) -> object:
        shop = self.machine.shop
        shares = shop.weights(self.aws)[:self.moved]
        if any(sorted(share) != [0, 100] or share != shares[0] for share in shares):
            return f"divided: {shares}"
        return self.images_in(shop.blue_group if shares[0] == (100, 0) else shop.green_group)

    def images_in(self, group: str) -> list[str]:
        return [self.machine.image_of(s) for s in self.machine.task_sets() if s["loadBalancers"][0]["targetGroupArn"] == group]

    def is_next(self, serving: object, before: object, number: int) -> bool:
        return serving == [f"shop/web@{digest(number)}"]

    def made(self) -> dict[str, int]:
        return {"definitions": self.machine.revisions_of_definition()}

    def leftovers(self) -> list[str]:
        sets = self.machine.task_sets()
        return [s["id"] for s in sets if s["status"] != "PRIMARY"] if len(sets) != 1 else []


class Sluice(_Tasks):
    """Of a service that Application Auto Scaling scales."""

    moved = 2

    def __init__(self, name: str, machine: SluiceInAws) -> None:
        super().__init__(name, machine)
        self.scaling = self.aws.client("application-autoscaling")
        self.scaled = f"service/{machine.shop.cluster}/{machine.shop.service}"
        self.scaling.register_scalable_target(ServiceNamespace="ecs", ScalableDimension="ecs:service:DesiredCount",
                                              ResourceId=self.scaled, MinCapacity=1, MaxCapacity=9)

    def leftovers(self) -> list[str]:
        (target,) = self.scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[self.scaled])["ScalableTargets"]
        return super().leftovers() + [name for name, is_so in target["SuspendedState"].items() if is_so]

    def next(self, number: int) -> dict[str, str]:
        self.machine.configure(SHORT_STEPS, HEALTH)
        return super().next(number)


class Hosted(Sluice):
    """The same with its journal in S3."""

    options = ("--journal",)

    def __init__(self, name: str, machine: SluiceInAws) -> None:
        super().__init__(name, machine)
        machine.env |= {"SLUICE_JOURNAL": JOURNAL}
        self.s3 = self.aws.client("s3")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def another_machine(self) -> SluiceInAws:
        """With the same journal, and a home of its own."""
        other = SluiceInAws(self.machine.build, self.aws, self.machine.shop)
        other.env |= {"SLUICE_JOURNAL": JOURNAL}
        return other

    def journal_says(self, number: int) -> set[str]:
        keys = [o["Key"] for o in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        if "shop/index.json" not in keys:
            return set()
        index = json.loads(self.s3.get_object(Bucket=BUCKET, Key="shop/index.json")["Body"].read())
        held = [lease for lease in index["leases"] if lease["deployment"]] + index["deployments"] + index["waiting"]
        if held:
            raise AssertionError(f"the journal has something under way: {held}")
        return {s["outcome"] for s in index["summaries"] if s["image"].endswith(digest(number))}


class CodeDeploy(_Tasks):
    moved = 1

    def next(self, number: int) -> dict[str, str]:
        self.machine.engine(service=HEALTH)
        return super().next(number)

    def made(self) -> dict[str, int]:
        return super().made() | {"deployments": len(self.machine.deployments_made())}


class EcsNative(_Tasks):
    moved = 1

    def next(self, number: int) -> dict[str, str]:
        self.machine.engine(**HEALTH, **self.how)
        return super().next(number)

    def __init__(self, name: str, machine: SluiceInAws, **how: object) -> None:
        super().__init__(name, machine)
        self.how = how

    def images_in(self, group: str) -> list[str]:
        return [self.machine.image_of(d) for d in self.machine.service()["deployments"]]

    def made(self) -> dict[str, int]:
        return super().made() | {"deployments": len(self.machine.service_deployments())}

    def leftovers(self) -> list[str]:
        status = self.machine.last_deployment()["status"]
        return [] if status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL") else [status]


class Flags(Engine):
    back_at = 100

    def next(self, number: int) -> dict[str, str]:
        self.machine.configure(bake="1m")
        self.machine.define(flags(burst={"enabled": True, "limit": number}))
        return {}

    def serving(self) -> object:
        return self.machine.under_way() or self.machine.seen()

    def is_next(self, serving: object, before: object, number: int) -> bool:
        return serving == {"burst": {"enabled": True, "limit": number}}

    def made(self) -> dict[str, int]:
        return {"versions": max(self.machine.versions()), "deployments": self.machine.newest()["DeploymentNumber"]}


class Lambda(Engine):
    back_at = 5

    def next(self, number: int) -> dict[str, str]:
        self.machine.configure([{"weight": "5%", "bake": "200ms"}, {"weight": "100%"}], {"provisioned_concurrency": 2})
        return {"overflow": self.machine.package(f"number-{number}")}

    def serving(self) -> object:
        version, weights = self.machine.alias()
        return f"divided: {weights}" if weights else self.machine.sha_of(version)

    def is_next(self, serving: object, before: object, number: int) -> bool:
        newest = max(self.machine.versions(), key=int)
        return serving == self.machine.sha_of(newest) != before

    def made(self) -> dict[str, int]:
        return {"versions": len(self.machine.versions())}

    def leftovers(self) -> list[str]:
        version, _ = self.machine.alias()
        return [v for v in self.machine.provisioned() if v != version]


class Gateway(Engine):
    """A stage of a REST API, or of a WebSocket API."""

    back_at = 100

    def __init__(self, name: str, machine: GatewayInAws, service: str) -> None:
        super().__init__(name, machine)
        self.service, self.rest = service, machine.rest_of_stage(service)
        self.seen: set[str] = set()

    def next(self, number: int) -> dict[str, str]:
        self.configure(self.machine.define(ROUTES[0], f"/number-{number}"))
        configuration = json.loads((self.machine.folder / "sluice.yaml").read_text())
        configuration["services"] = {self.service: configuration["services"][self.service]}
        (self.machine.folder / "sluice.yaml").write_text(json.dumps(configuration))
        return {}

    def configure(self, rest: dict[str, str]) -> None:
        self.machine.configure("1m", rest=rest)

    def serving(self) -> object:
        return self.machine.points_at(self.service)

    def is_next(self, serving: object, before: object, number: int) -> bool:
        return serving != before and self.machine.made(self.service)[str(serving)].startswith("sluice ")

    def made(self) -> dict[str, int]:
        """Also what sluice has deleted since, as it keeps only so many."""
        self.seen |= self.machine.made(self.service).keys()
        return {"deployments": len(self.seen)}

    def leftovers(self) -> list[str]:
        """Of the stage whatever is not as it was."""
        now = self.machine.rest_of_stage(self.service)
        return [name for name in self.rest.keys() | now.keys() if self.rest.get(name) != now.get(name)]


class GatewayCanary(Gateway):
    """A stage of a REST API that goes by a canary, watched by an alarm."""

    back_at = 50

    def __init__(self, name: str, machine: GatewayInAws) -> None:
        super().__init__(name, machine, "api")
        machine.make_witness()

    def configure(self, rest: dict[str, str]) -> None:
        self.machine.configure_canary(SHORT_STEPS, WITNESS, rest=rest)

    def serving(self) -> object:
        canary = self.machine.canary()
        return f"divided: {canary}" if canary else super().serving()


class Example(Engine):
    """The example's release: all its members, as one."""

    environment = "aws"
    back_at = 50

    def __init__(self, machine: ExampleInAws) -> None:
        super().__init__("example", machine)
        self.seen: dict[str, set[str]] = {}

    def next(self, number: int) -> dict[str, str]:
        self.machine.configure_for_now("0s", within="20m")
        return self.machine.stand_ins(number)

    def serving(self) -> object:
        return self.machine.serves()

    def is_next(self, serving: object, before: object, number: int) -> bool:
        assert isinstance(serving, dict) and isinstance(before, dict)
        return ({name: serving[name] for name in CONTAINERS} == dict.fromkeys(CONTAINERS, image(number))
                and not any(serving[name] in (before[name], "divided") for name in MEMBERS))

    def made(self) -> dict[str, int]:
        """By member; also what sluice has deleted since, as it keeps only so many."""
        for name, ids in self.machine.made().items():
            self.seen.setdefault(name, set()).update(ids)
        return {name: len(ids) for name, ids in self.seen.items()}

    def leftovers(self) -> list[str]:
        there = self.machine.task_sets_there()
        return [f"{there} task sets"] if there != len(CONTAINERS) else []


def _at_rest(make: Callable[[Simulator], SluiceInAws], scale: float = 60) -> Any:
    """For `setUpModule` or `setUpClass`: in an AWS whose clock stands."""
    aws = unittest.enterModuleContext(Simulator(scale=scale))
    aws.advance(BEGINNING - aws.now())  # while there is nothing whose minutes would be counted
    machine = unittest.enterModuleContext(make(aws))
    stand_still(aws)
    return machine


def adoption(build: Path, controller: str) -> AdoptionInAws:
    """No engine, but in such a world, too."""
    return _at_rest(lambda aws: AdoptionInAws(build, aws, controller))


def example(build: Path) -> Example:
    return Example(example_at_rest(build))


def sluice(build: Path) -> Sluice:
    return Sluice("sluice", _at_rest(lambda aws: SluiceInAws(build, aws, make_shop(aws))))


def hosted(build: Path) -> Hosted:
    return Hosted("hosted", _at_rest(lambda aws: SluiceInAws(build, aws, make_shop(aws))))


def codedeploy(build: Path) -> CodeDeploy:
    return CodeDeploy("codedeploy", _at_rest(lambda aws: CodeDeployed(build, aws)))


def ecs_native(build: Path, name: str = "ecs-native", **how: object) -> EcsNative:
    return EcsNative(name, _at_rest(lambda aws: Native(build, aws), 240), **how)


def appconfig(build: Path) -> Flags:
    return Flags("appconfig", _at_rest(lambda aws: FlagsInAws(build, aws)))


def function(build: Path) -> Lambda:
    def make(aws: Simulator) -> FunctionInAws:
        machine = FunctionInAws(build, aws)
        machine.make_function(FUNCTION, ZipFile=packed("first"))
        machine.lam.publish_version(FunctionName=FUNCTION)
        machine.lam.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")
        return machine
    return Lambda("lambda", _at_rest(make))


def gateway(build: Path, service: str) -> Gateway:
    return Gateway(f"gateway {service}", _at_rest(lambda aws: GatewayInAws(build, aws)), service)


def gateway_canary(build: Path) -> GatewayCanary:
    return GatewayCanary("gateway canary", _at_rest(lambda aws: GatewayInAws(build, aws)))
