"""Feature flags of AppConfig, and the real program in folders of its own that deploys them."""

import json
from pathlib import Path

from aws_simulator import Simulator
from sluice_in_aws import SluiceInAws, wait_until

FEATURE_FLAGS = "AWS.AppConfig.FeatureFlags"


def flags(**values: bool | dict) -> dict:
    """A set of flags: by name whether it is enabled, or its whole value."""
    given = {name: value if isinstance(value, dict) else {"enabled": value} for name, value in values.items()}
    definitions = {name: {"name": name, "attributes": {a: {} for a in value if a != "enabled"}}
                   for name, value in given.items()}
    return {"version": "1", "flags": definitions, "values": given}


class FlagsByHand:
    """An application of AppConfig with an environment, its profiles by name, and the strategy `quick`, by which deployments
    take two simulated minutes: what somebody does and sees there without sluice."""

    def __init__(self, aws: Simulator, application: str, environment: str) -> None:
        self.app, self.data = aws.client("appconfig"), aws.client("appconfigdata")
        self.names = {"ApplicationIdentifier": application, "EnvironmentIdentifier": environment}
        self.application = self.app.create_application(Name=application)["Id"]
        self.environment = self.app.create_environment(ApplicationId=self.application, Name=environment)["Id"]
        self.profiles: dict[str, str] = {}
        self.quick = self.make_strategy("quick", 1, 1)

    def make_profile(self, name: str, **more: str) -> str:
        self.profiles[name] = self.app.create_configuration_profile(
            ApplicationId=self.application, Name=name, **{"LocationUri": "hosted", "Type": FEATURE_FLAGS} | more)["Id"]
        return self.profiles[name]

    def make_strategy(self, name: str, minutes: int, bake: int) -> str:
        return self.app.create_deployment_strategy(Name=name, DeploymentDurationInMinutes=minutes, GrowthFactor=25.0,
                                                   FinalBakeTimeInMinutes=bake)["Id"]

    def version(self, content: dict, profile: str = "flags") -> int:
        return self.app.create_hosted_configuration_version(
            ApplicationId=self.application, ConfigurationProfileId=self.profiles[profile], ContentType="application/json",
            Content=json.dumps(content).encode())["VersionNumber"]

    def start(self, version: int, profile: str = "flags", strategy: str = "") -> int:
        return self.app.start_deployment(
            **self.place, ConfigurationProfileId=self.profiles[profile], ConfigurationVersion=str(version),
            DeploymentStrategyId=strategy or self.quick)["DeploymentNumber"]

    def give(self, version: int, profile: str = "flags") -> int:
        number = self.start(version, profile)
        wait_until("the deployment by hand", lambda: self.deployment(number)["State"] == "COMPLETE")
        return number

    @property
    def place(self) -> dict[str, str]:
        return {"ApplicationId": self.application, "EnvironmentId": self.environment}

    def deployment(self, number: int) -> dict:
        return self.app.get_deployment(**self.place, DeploymentNumber=number)

    def newest(self) -> dict:
        return self.deployment(self.app.list_deployments(**self.place)["Items"][0]["DeploymentNumber"])

    def under_way(self) -> str:
        """State of the newest deployment, while it is under way."""
        state = self.newest()["State"]
        return state if state in ("VALIDATING", "DEPLOYING", "BAKING") else ""

    def settles(self) -> None:
        wait_until("the end of AppConfig's deployment", lambda: not self.under_way())

    def versions(self, profile: str = "flags") -> dict[int, str]:
        """Descriptions by number."""
        found = self.app.list_hosted_configuration_versions(
            ApplicationId=self.application, ConfigurationProfileId=self.profiles[profile], MaxResults=50)["Items"]
        return {v["VersionNumber"]: v.get("Description") or "" for v in found}

    def seen(self, profile: str = "flags") -> dict:
        """What a client that asks now gets."""
        token = self.data.start_configuration_session(
            **self.names, ConfigurationProfileIdentifier=profile)["InitialConfigurationToken"]
        return json.loads(self.data.get_latest_configuration(ConfigurationToken=token)["Configuration"].read())


class FlagsInAws(FlagsByHand, SluiceInAws):
    """With two profiles that have a version in force each; by the strategy `slow` deployments take two hours."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        SluiceInAws.__init__(self, build, aws, None)
        FlagsByHand.__init__(self, aws, "shop", "staging")
        self.slow = self.make_strategy("slow", 60, 60)
        for name in ("flags", "limits"):
            self.make_profile(name)
            self.give(self.version(flags(burst=False), name), name)

    def configure(self, strategy: str = "", *, bake: str = "", both: bool = False, **place: str) -> None:
        def service(name: str, **more: str) -> dict:
            return {"kind": "flags", "aws": {
                "application": self.application, "profile": self.profiles[name], "environment": self.environment,
                "definition": f"{name}.yaml", "deployment_strategy": strategy or self.quick, "within": "3h"} | more}
        services = {"flags": service("flags", **place)}
        if both:
            services["limits"] = service("limits")
        if bake:
            services["flags"]["strategy"] = {"steps": [{"weight": "100%", "bake": bake}]}
        (self.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "analysis": "off",
            "strategy": {"steps": [{"weight": "10%", "bake": "10m"}, {"weight": "100%", "bake": "10m"}],
                         "drain": "100ms", "drain_websockets": "0s", "hold_for": "10m"},
            "environments": {"staging": {"target": "aws", "region": "eu-west-1"}}, "services": services}, indent=1))

    def define(self, content: dict, name: str = "flags") -> None:
        (self.folder / f"{name}.yaml").write_text(json.dumps(content, indent=1))

    def deploy(self, *arguments: str, check: bool = True, seconds: float = 120):
        return self.sluice("deploy", "flags", "--environment", "staging", *arguments, check=check, seconds=seconds)

    def roll_back(self, *arguments: str, check: bool = True):
        return self.sluice("rollback", "flags", "--environment", "staging", "--wait", *arguments, check=check)

    def ends(self, seconds: float = 90) -> dict:
        """What became of the newest deployment."""
        wait_until("the end", lambda: not self.deployments(), seconds)
        return self.objects("history", "--most", "1")[0]
