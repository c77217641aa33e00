"""One deployment of a configuration to an environment.

https://docs.aws.amazon.com/appconfig/latest/userguide/deploying-feature-flags.html
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-deployment-strategy.html (growth)
"""
from ..problems import AwsError
from ..script import Script, invocation

UNDER_WAY = ("VALIDATING", "DEPLOYING", "BAKING", "ROLLING_BACK")
REVERT_SECONDS = 72 * 3600  # API_StopDeployment.html (AllowRevert)


class RolledBack(Exception):
    def __init__(self, by: str, reason: str):
        super().__init__(reason)
        self.by, self.reason = by, reason


class Deployment:
    def __init__(self, place, environment: dict, profile: dict, version: dict, strategy: dict, i: dict):
        self.place, self.environment, self.profile = place, environment, profile
        self.version, self.strategy, self.given = version, dict(strategy), i
        self.number = len(environment["deployments"]) + 1
        self.state, self.percentage = "VALIDATING", 0.0
        self.started_at, self.completed_at = place.now, None
        self.before = environment["live"].get(version["ConfigurationProfileId"])
        self.events: list[dict] = []
        self.script: Script | None = None

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY

    def begin(self) -> None:
        self.environment["shown"]["State"] = "DEPLOYING"
        self.script = Script(self.place, self._guarded())
        self._watch_alarms()

    def _log(self, kind: str, by: str, text: str) -> None:
        self.events.insert(0, {"EventType": kind, "TriggeredBy": by, "Description": text, "OccurredAt": self.place.now})

    def _watch_alarms(self) -> None:
        """https://docs.aws.amazon.com/appconfig/latest/userguide/monitoring-deployments.html"""
        if self.state not in UNDER_WAY:
            return
        known = self.place.service("cloudwatch").alarms
        firing = [a.name for a in known.values() if a.state == "ALARM" and a.arn in [
            m["AlarmArn"] for m in self.environment["shown"]["Monitors"]]]
        if firing and self.state != "ROLLING_BACK":
            self.script.interrupt(RolledBack("CLOUDWATCH_ALARM", f"Alarm {', '.join(firing)} went into ALARM"))
        else:
            self.place.after(5, self._watch_alarms)

    def _guarded(self):
        try:
            yield from self._validated()
            self.state = "DEPLOYING"
            self._log("DEPLOYMENT_STARTED", "USER", "Deployment started")
            yield from self._grown()
            self.state = "BAKING"
            self._log("BAKE_TIME_STARTED", "APPCONFIG", "Configuration bake time started")
            yield 60 * self.strategy["FinalBakeTimeInMinutes"]
            self._end("COMPLETE", "DEPLOYMENT_COMPLETED", "APPCONFIG", "Deployment completed", "READY_FOR_DEPLOYMENT")
            self.environment["live"][self.version["ConfigurationProfileId"]] = self.version
        except RolledBack as why:
            self.state, self.percentage = "ROLLING_BACK", 0.0
            self.environment["shown"]["State"] = "ROLLING_BACK"
            self._log("ROLLBACK_STARTED", why.by, why.reason)
            yield self.place.delays.deployment_step
            self._end("ROLLED_BACK", "ROLLBACK_COMPLETED", "APPCONFIG", "Rollback completed", "ROLLED_BACK")

    def _end(self, state: str, kind: str, by: str, text: str, environment: str) -> None:
        self.state, self.completed_at = state, self.place.now
        self.environment["shown"]["State"] = environment
        self._log(kind, by, text)

    def _validated(self):
        yield 0.5
        for validator in self.profile["shown"]["Validators"]:
            if validator["Type"] == "LAMBDA":
                output = yield invocation(self.place, validator["Content"], self.version["Content"])
                if output.get("FunctionError"):
                    raise RolledBack("APPCONFIG", f"The validator {validator['Content']} refused the configuration")

    def _grown(self):
        """Linear: by GrowthFactor each time. Exponential: GrowthFactor * 2^n. Over the duration in equal times."""
        factor, growth = self.strategy["GrowthFactor"], self.strategy["GrowthType"]
        shares, share = [], factor
        while share < 100:
            shares.append(share)
            share = share + factor if growth == "LINEAR" else share * 2
        shares.append(100.0)
        pause = 60 * self.strategy["DeploymentDurationInMinutes"] / len(shares)
        for share in shares:
            self.percentage = share
            self._log("PERCENTAGE_UPDATED", "APPCONFIG", f"Configuration available to {share:.2f}% of clients")
            yield pause

    def stop(self, revert: bool) -> None:
        """Takes the deployment back; a complete one only with `revert`, within 72 hours. Raises AwsError."""
        if self.state in ("VALIDATING", "DEPLOYING", "BAKING"):
            self.script.interrupt(RolledBack("USER", "Rollback initiated by the user"))
        elif revert and self.state == "COMPLETE" and self.place.now - self.completed_at <= REVERT_SECONDS:
            self._end("REVERTED", "REVERT_COMPLETED", "USER", "Reverted to the previous configuration", "REVERTED")
            live = self.environment["live"]
            live.pop(self.version["ConfigurationProfileId"], None)
            if self.before:
                live[self.version["ConfigurationProfileId"]] = self.before
        else:
            raise AwsError("BadRequestException", f"A deployment that is {self.state} cannot be stopped", 400)

    def brief(self) -> dict:
        strategy = {k: self.strategy[k] for k in ("DeploymentDurationInMinutes", "GrowthType", "GrowthFactor",
                                                  "FinalBakeTimeInMinutes")}
        return {**strategy, "DeploymentNumber": self.number, "ConfigurationName": self.profile["shown"]["Name"],
                "ConfigurationVersion": str(self.version["VersionNumber"]), "State": self.state,
                "ConfigurationProfileId": self.version["ConfigurationProfileId"], "PercentageComplete": self.percentage,
                "StartedAt": self.started_at, "CompletedAt": self.completed_at, "VersionLabel": self.version["VersionLabel"]}

    def described(self) -> dict:
        return {**self.brief(), "ApplicationId": self.given["ApplicationId"], "EnvironmentId": self.given["EnvironmentId"],
                "DeploymentStrategyId": self.strategy["Id"], "ConfigurationLocationUri": self.profile["shown"]["LocationUri"],
                "Description": self.given.get("Description"), "EventLog": list(self.events), "AppliedExtensions": []}
