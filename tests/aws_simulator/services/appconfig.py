"""AppConfig: configurations that are validated, deployed by a strategy, watched by alarms and rolled back; and its data API.

https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/
"""
import json

import jsonschema

from ..problems import AwsError
from .appconfig_deployment import Deployment
from .service import Service, page

# https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-deployment-strategy-predefined.html
STANDARD_STRATEGIES = {
    "AppConfig.AllAtOnce": (0, 100.0, 10, "LINEAR"), "AppConfig.Linear50PercentEvery30Seconds": (1, 50.0, 1, "LINEAR"),
    "AppConfig.Canary10Percent20Minutes": (20, 10.0, 10, "EXPONENTIAL"),
    "AppConfig.Linear20PercentEvery6Minutes": (30, 20.0, 30, "LINEAR")}
FEATURE_FLAGS = "AWS.AppConfig.FeatureFlags"
LARGEST_VERSION_BYTES = 2 << 20  # appconfig quotas: a hosted configuration has at most 2 MB


class AppConfig(Service):
    NAME = "appconfig"

    def __init__(self, place):
        super().__init__(place)
        self.applications: dict[str, dict] = {}
        self.strategies: dict[str, dict] = {}
        self._tags: dict[str, dict] = {}
        for name, (duration, factor, bake, growth) in STANDARD_STRATEGIES.items():
            self.strategies[name] = {"Id": name, "Name": name, "DeploymentDurationInMinutes": duration, "GrowthFactor": factor,
                                     "FinalBakeTimeInMinutes": bake, "GrowthType": growth, "ReplicateTo": "NONE"}

    def _new_id(self) -> str:
        return self.world.hex_id(7)

    @staticmethod
    def _missing(noun: str, name: str) -> AwsError:
        return AwsError("ResourceNotFoundException", f"{noun} not found for id {name}", 404, ResourceName=noun)

    # Applications.

    def CreateApplication(self, i: dict) -> dict:
        shown = {"Id": self._new_id(), "Name": i["Name"], "Description": i.get("Description")}
        self.applications[shown["Id"]] = {"shown": shown, "environments": {}, "profiles": {}}
        return shown

    def GetApplication(self, i: dict) -> dict:
        return self._application(i["ApplicationId"])["shown"]

    def ListApplications(self, i: dict) -> dict:
        return self._listed([a["shown"] for a in self.applications.values()], i)

    def UpdateApplication(self, i: dict) -> dict:
        shown = self._application(i["ApplicationId"])["shown"]
        shown.update({k: v for k, v in i.items() if k != "ApplicationId"})
        return shown

    def DeleteApplication(self, i: dict) -> dict:
        if self._application(i["ApplicationId"])["environments"] or self._application(i["ApplicationId"])["profiles"]:
            raise AwsError("BadRequestException", "The application still has environments or profiles", 400)
        del self.applications[i["ApplicationId"]]
        return {}

    def _application(self, name: str) -> dict:
        if name not in self.applications:
            raise self._missing("Application", name)
        return self.applications[name]

    @staticmethod
    def _listed(items: list[dict], i: dict) -> dict:
        shown, token = page(items, i.get("NextToken"), i.get("MaxResults"), 50)
        return {"Items": shown, "NextToken": token}

    # Environments.

    def CreateEnvironment(self, i: dict) -> dict:
        application = self._application(i["ApplicationId"])
        shown = {"ApplicationId": i["ApplicationId"], "Id": self._new_id(), "Name": i["Name"], "State": "READY_FOR_DEPLOYMENT",
                 "Description": i.get("Description"), "Monitors": i.get("Monitors", [])}
        application["environments"][shown["Id"]] = {"shown": shown, "deployments": [], "live": {}}
        return dict(shown)

    def GetEnvironment(self, i: dict) -> dict:
        return dict(self.environment(i)["shown"])

    def ListEnvironments(self, i: dict) -> dict:
        return self._listed([e["shown"] for e in self._application(i["ApplicationId"])["environments"].values()], i)

    def UpdateEnvironment(self, i: dict) -> dict:
        shown = self.environment(i)["shown"]
        shown.update({k: v for k, v in i.items() if k in ("Name", "Description", "Monitors")})
        return dict(shown)

    def DeleteEnvironment(self, i: dict) -> dict:
        self.environment(i)
        del self._application(i["ApplicationId"])["environments"][i["EnvironmentId"]]
        return {}

    def environment(self, i: dict) -> dict:
        environments = self._application(i["ApplicationId"])["environments"]
        if i["EnvironmentId"] not in environments:
            raise self._missing("Environment", i["EnvironmentId"])
        return environments[i["EnvironmentId"]]

    # Profiles and their versions.

    def CreateConfigurationProfile(self, i: dict) -> dict:
        application = self._application(i["ApplicationId"])
        shown = {"Type": "AWS.Freeform", "Validators": [], **{k: v for k, v in i.items() if k != "Tags"}, "Id": self._new_id()}
        application["profiles"][shown["Id"]] = {"shown": shown, "versions": {}}
        return dict(shown)

    def GetConfigurationProfile(self, i: dict) -> dict:
        return dict(self._profile(i)["shown"])

    def ListConfigurationProfiles(self, i: dict) -> dict:
        members = ("ApplicationId", "Id", "Name", "LocationUri", "Type")
        return self._listed([{**{k: p["shown"][k] for k in members},
                              "ValidatorTypes": [v["Type"] for v in p["shown"]["Validators"]]}
                             for p in self._application(i["ApplicationId"])["profiles"].values()
                             if i.get("Type") in (None, p["shown"]["Type"])], i)

    def UpdateConfigurationProfile(self, i: dict) -> dict:
        shown = self._profile(i)["shown"]
        shown.update({k: v for k, v in i.items() if k not in ("ApplicationId", "ConfigurationProfileId")})
        return dict(shown)

    def DeleteConfigurationProfile(self, i: dict) -> dict:
        if self._profile(i)["versions"]:
            raise AwsError("BadRequestException", "The configuration profile still has hosted versions", 400)
        del self._application(i["ApplicationId"])["profiles"][i["ConfigurationProfileId"]]
        return {}

    def _profile(self, i: dict) -> dict:
        profiles = self._application(i["ApplicationId"])["profiles"]
        if i["ConfigurationProfileId"] not in profiles:
            raise self._missing("ConfigurationProfile", i["ConfigurationProfileId"])
        return profiles[i["ConfigurationProfileId"]]

    def CreateHostedConfigurationVersion(self, i: dict) -> dict:
        profile = self._profile(i)
        content = i.get("Content", b"")
        if len(content) > LARGEST_VERSION_BYTES:
            raise AwsError("PayloadTooLargeException", "The configuration is over 2 MB", 413)
        latest = max(profile["versions"], default=0)
        # API_CreateHostedConfigurationVersion.html (LatestVersionNumber: for optimistic locking)
        if i.get("LatestVersionNumber", latest) != latest:
            raise AwsError("ConflictException", f"The latest version is {latest}, not {i['LatestVersionNumber']}", 409)
        if profile["shown"]["Type"] == FEATURE_FLAGS:
            self._check_flags(content)
        version = {"ApplicationId": i["ApplicationId"], "ConfigurationProfileId": i["ConfigurationProfileId"],
                   "VersionNumber": latest + 1, "Description": i.get("Description"), "Content": content,
                   "ContentType": i["ContentType"], "VersionLabel": i.get("VersionLabel")}
        profile["versions"][latest + 1] = version
        return dict(version)

    @staticmethod
    def _check_flags(content: bytes) -> None:
        # https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html
        try:
            flags = json.loads(content)
            wrong = flags["version"] != "1" or set(flags["values"]) - set(flags["flags"]) or any(
                not AppConfig._is_flag_value(v) for v in flags["values"].values())
        except (ValueError, KeyError, TypeError, AttributeError):
            wrong = True
        if wrong:
            raise AwsError("BadRequestException", "The content is no document of feature flags (version \"1\", flags, values)",
                           400, Reason="InvalidConfiguration")

    @staticmethod
    def _is_flag_value(value: dict) -> bool:
        # appconfig-creating-multi-variant-feature-flags-concepts.html: the default variant is the last, and has no rule
        variants = value.get("_variants")
        if variants is None:
            return isinstance(value.get("enabled"), bool)
        has_rule = ["rule" in v for v in variants]
        return all(isinstance(v["name"], str) and isinstance(v["enabled"], bool) for v in variants) and (
            has_rule == [True] * (len(variants) - 1) + [False])

    def GetHostedConfigurationVersion(self, i: dict) -> dict:
        return dict(self._version(i, i["VersionNumber"]))

    def _version(self, i: dict, number) -> dict:
        versions = self._profile(i)["versions"]
        found = next((v for v in versions.values() if str(number) in (str(v["VersionNumber"]), v["VersionLabel"])), None)
        if found is None:
            raise self._missing("HostedConfigurationVersion", str(number))
        return found

    def ListHostedConfigurationVersions(self, i: dict) -> dict:
        found = [{k: v for k, v in version.items() if k != "Content"} for version in self._profile(i)["versions"].values()
                 if i.get("VersionLabel") in (None, version["VersionLabel"])]
        return self._listed(found[::-1], i)

    def DeleteHostedConfigurationVersion(self, i: dict) -> dict:
        del self._profile(i)["versions"][self._version(i, i["VersionNumber"])["VersionNumber"]]
        return {}

    def ValidateConfiguration(self, i: dict) -> dict:
        self._validate(self._profile(i), self._version(i, i["ConfigurationVersion"]))
        return {}

    @staticmethod
    def _validate(profile: dict, version: dict) -> None:
        """By the profile's JSON schemas. https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-and-profile-validators.html"""
        for validator in profile["shown"]["Validators"]:
            if validator["Type"] != "JSON_SCHEMA":
                continue
            try:
                jsonschema.validate(json.loads(version["Content"]), json.loads(validator["Content"]))
            except (ValueError, jsonschema.ValidationError, jsonschema.SchemaError) as why:
                reason = getattr(why, "message", str(why))
                raise AwsError("BadRequestException", f"Error validating configuration: {reason}", 400,
                               Reason="InvalidConfiguration") from why

    # Strategies.

    def CreateDeploymentStrategy(self, i: dict) -> dict:
        shown = {"GrowthType": "LINEAR", "FinalBakeTimeInMinutes": 0, "ReplicateTo": "NONE",
                 **{k: v for k, v in i.items() if k != "Tags"}, "Id": self._new_id()}
        self.strategies[shown["Id"]] = shown
        return dict(shown)

    def GetDeploymentStrategy(self, i: dict) -> dict:
        return dict(self._strategy(i["DeploymentStrategyId"]))

    def ListDeploymentStrategies(self, i: dict) -> dict:
        return self._listed(list(self.strategies.values()), i)

    def UpdateDeploymentStrategy(self, i: dict) -> dict:
        shown = self._strategy(i["DeploymentStrategyId"])
        shown.update({k: v for k, v in i.items() if k != "DeploymentStrategyId"})
        return dict(shown)

    def DeleteDeploymentStrategy(self, i: dict) -> dict:
        self._strategy(i["DeploymentStrategyId"])
        del self.strategies[i["DeploymentStrategyId"]]
        return {}

    def _strategy(self, name: str) -> dict:
        if name not in self.strategies:
            raise self._missing("DeploymentStrategy", name)
        return self.strategies[name]

    # Deployments.

    def StartDeployment(self, i: dict) -> dict:
        environment, profile, strategy = self.environment(i), self._profile(i), self._strategy(i["DeploymentStrategyId"])
        version = self._version(i, i["ConfigurationVersion"])
        busy = next((d for d in environment["deployments"] if d.under_way), None)
        if busy:
            raise AwsError("ConflictException", f"Deployment number {busy.number} is in progress", 409)
        latest = len(environment["deployments"])
        if i.get("LatestDeploymentNumber", latest) != latest:
            raise AwsError("ConflictException", f"The latest deployment is {latest}, not {i['LatestDeploymentNumber']}", 409)
        self._validate(profile, version)
        deployment = Deployment(self.place, environment, profile, version, strategy, i)
        environment["deployments"].append(deployment)
        deployment.begin()
        return deployment.described()

    def GetDeployment(self, i: dict) -> dict:
        return self._deployment(i).described()

    def ListDeployments(self, i: dict) -> dict:
        return self._listed([d.brief() for d in self.environment(i)["deployments"][::-1]], i)

    def StopDeployment(self, i: dict) -> dict:
        deployment = self._deployment(i)
        deployment.stop(i.get("AllowRevert", False))
        return deployment.described()

    def _deployment(self, i: dict) -> Deployment:
        deployments = self.environment(i)["deployments"]
        if not 1 <= i["DeploymentNumber"] <= len(deployments):
            raise self._missing("Deployment", str(i["DeploymentNumber"]))
        return deployments[i["DeploymentNumber"] - 1]

    # Tags.

    def TagResource(self, i: dict) -> dict:
        self._tags.setdefault(i["ResourceArn"], {}).update(i["Tags"])
        return {}

    def UntagResource(self, i: dict) -> dict:
        for key in i["TagKeys"]:
            self._tags.get(i["ResourceArn"], {}).pop(key, None)
        return {}

    def ListTagsForResource(self, i: dict) -> dict:
        return {"Tags": self._tags.get(i["ResourceArn"], {})}


class AppConfigData(Service):
    """What applications ask. https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-retrieving-the-configuration.html"""
    NAME = "appconfigdata"
    SHORTEST_POLL_SECONDS = 60      # API_appconfigdata_StartConfigurationSession.html: 15 to 86400
    TOKEN_SECONDS = 24 * 3600       # API_appconfigdata_GetLatestConfiguration.html: a token is good for 24 hours, once

    def __init__(self, place):
        super().__init__(place)
        self._sessions: dict[str, dict] = {}

    def StartConfigurationSession(self, i: dict) -> dict:
        config = self.place.service("appconfig")
        application = self._named(config.applications, i["ApplicationIdentifier"], "Application")
        environment = self._named(application["environments"], i["EnvironmentIdentifier"], "Environment")
        profile = self._named(application["profiles"], i["ConfigurationProfileIdentifier"], "ConfigurationProfile")
        poll = i.get("RequiredMinimumPollIntervalInSeconds", self.SHORTEST_POLL_SECONDS)
        return {"InitialConfigurationToken": self._token({
            "environment": environment, "profile": profile, "poll": poll, "seen": None, "not_before": 0.0,
            "position": self.world.chance.uniform(0, 100)})}

    @staticmethod
    def _named(table: dict, name: str, noun: str) -> dict:
        for key, item in table.items():
            if name in (key, item["shown"]["Name"]):
                return item
        raise AwsError("ResourceNotFoundException", f"{noun} not found for {name}", 404)

    def _token(self, session: dict) -> str:
        token = self.world.hex_id(64)
        self._sessions[token] = {**session, "expires": self.place.now + self.TOKEN_SECONDS}
        return token

    def GetLatestConfiguration(self, i: dict) -> dict:
        session = self._sessions.pop(i["ConfigurationToken"], None)
        if session is None or self.place.now > session["expires"]:
            raise AwsError("BadRequestException", "ConfigurationToken is invalid or expired", 400)
        if self.place.now < session["not_before"]:
            self._sessions[i["ConfigurationToken"]] = session
            raise AwsError("BadRequestException", "Request too early", 400)
        profile = session["profile"]["shown"]
        version = self._version_for(session, profile["Id"])
        new = version is not None and version["VersionNumber"] != session["seen"]
        content = version["Content"] if new else b""
        if new and profile["Type"] == FEATURE_FLAGS:
            content = self._flags(content)
        token = self._token({**session, "seen": version["VersionNumber"] if version else None,
                             "not_before": self.place.now + session["poll"]})
        return {"NextPollConfigurationToken": token, "NextPollIntervalInSeconds": session["poll"],
                "ContentType": version["ContentType"] if new else "application/octet-stream", "Configuration": content,
                "VersionLabel": version["VersionLabel"] if new else None}

    @staticmethod
    def _version_for(session: dict, profile: str) -> dict | None:
        """During a deployment the share of clients that its percentage says get the new version, the same ones each time."""
        for deployment in session["environment"]["deployments"][::-1]:
            if deployment.under_way and deployment.version["ConfigurationProfileId"] == profile:
                if session["position"] < deployment.percentage:
                    return deployment.version
                break
        return session["environment"]["live"].get(profile)

    @staticmethod
    def _flags(content: bytes) -> bytes:
        """Values alone, and attributes only of flags that are on (appconfig-type-reference-feature-flags.html)."""
        values = json.loads(content)["values"]
        return json.dumps({name: {k: v for k, v in value.items() if not k.startswith("_")} if value["enabled"]
                           else {"enabled": False} for name, value in values.items()}).encode()
