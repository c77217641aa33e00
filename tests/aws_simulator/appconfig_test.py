"""AppConfig: versions, deployments by a strategy, alarms, rollback, and what applications get."""
import json

from simulator_case import SimulatorCase, main


def flags(on: bool, **attributes) -> bytes:
    return json.dumps({"version": "1", "flags": {"burst": {"name": "burst"}}, "values": {"burst": {
        "enabled": on, **attributes}}}).encode()


class Configurations(SimulatorCase):

    def setUp(self):
        super().setUp()
        self.app, self.data = self.aws.client("appconfig"), self.aws.client("appconfigdata")
        self.application = self.app.create_application(Name="shop")["Id"]
        self.environment = self.app.create_environment(ApplicationId=self.application, Name="prod")["Id"]
        self.profile = self.app.create_configuration_profile(
            ApplicationId=self.application, Name="flags", LocationUri="hosted", Type="AWS.AppConfig.FeatureFlags")["Id"]
        self.strategy = self.app.create_deployment_strategy(Name="quarters", DeploymentDurationInMinutes=4, GrowthFactor=25.0,
                                                            FinalBakeTimeInMinutes=2)["Id"]
        self.place = {"ApplicationId": self.application, "EnvironmentId": self.environment}

    def version(self, content: bytes, **more) -> int:
        return self.app.create_hosted_configuration_version(
            ApplicationId=self.application, ConfigurationProfileId=more.pop("profile", self.profile), Content=content,
            ContentType="application/json", **more)["VersionNumber"]

    def start(self, version: int, strategy: str | None = None, **more) -> int:
        return self.app.start_deployment(**self.place, DeploymentStrategyId=strategy or self.strategy,
                                         ConfigurationProfileId=more.pop("profile", self.profile),
                                         ConfigurationVersion=str(version), **more)["DeploymentNumber"]

    def deployment(self, number: int) -> dict:
        return self.app.get_deployment(**self.place, DeploymentNumber=number)

    def until(self, number: int, state: str) -> dict:
        return self.advance_until(lambda: (d := self.deployment(number))["State"] == state and d, step=5)

    def session(self) -> str:
        return self.data.start_configuration_session(
            ApplicationIdentifier="shop", EnvironmentIdentifier="prod", ConfigurationProfileIdentifier="flags",
            RequiredMinimumPollIntervalInSeconds=15)["InitialConfigurationToken"]

    def read(self, token: str) -> tuple[dict | None, str]:
        answer = self.data.get_latest_configuration(ConfigurationToken=token)
        content = answer["Configuration"].read()
        return json.loads(content) if content else None, answer["NextPollConfigurationToken"]

    def live(self, on: bool) -> None:
        self.until(self.start(self.version(flags(on)), "AppConfig.AllAtOnce"), "COMPLETE")

    def test_a_deployment_grows_bakes_and_completes(self):
        number = self.start(self.version(flags(True)))
        self.refused("ConflictException", self.start, version=1)
        self.assertEqual(self.app.get_environment(**self.place)["State"], "DEPLOYING")
        seen = set()
        self.advance_until(lambda: seen.add((d := self.deployment(number))["PercentageComplete"]) or d["State"] == "BAKING")
        self.assertLessEqual({25.0, 50.0, 75.0, 100.0}, seen)
        done = self.until(number, "COMPLETE")
        self.assertEqual(done["EventLog"][0]["EventType"], "DEPLOYMENT_COMPLETED")
        self.assertEqual(self.app.get_environment(**self.place)["State"], "READY_FOR_DEPLOYMENT")
        self.assertEqual(self.app.list_deployments(**self.place)["Items"][0]["DeploymentNumber"], number)

    def test_clients_get_the_new_version_by_its_percentage_and_keep_it(self):
        self.live(False)
        sessions = [self.session() for _ in range(40)]
        sessions = [self.read(s)[1] for s in sessions]
        number = self.start(self.version(flags(True, limit=5)))
        self.advance_until(lambda: self.deployment(number)["PercentageComplete"] == 50.0)
        answers = [self.read(s) for s in sessions]
        new = [a for a, _ in answers if a]
        self.assertEqual(new[0], {"burst": {"enabled": True, "limit": 5}})
        self.assertTrue(8 <= len(new) <= 32, len(new))
        self.until(number, "COMPLETE")
        later = [self.read(token)[0] for _, token in answers]
        self.assertEqual(len([a for a in later if a]) + len(new), 40)

    def test_polling_too_early_and_old_tokens_are_refused(self):
        self.live(True)
        token = self.session()
        first, following = self.read(token)
        self.assertEqual(first, {"burst": {"enabled": True}})
        self.refused("BadRequestException", self.data.get_latest_configuration, ConfigurationToken=token)
        self.refused("BadRequestException", self.data.get_latest_configuration, ConfigurationToken=following)
        self.aws.advance(15)
        self.assertIsNone(self.read(following)[0])
        self.refused("ResourceNotFoundException", self.data.start_configuration_session, ApplicationIdentifier="none",
                     EnvironmentIdentifier="prod", ConfigurationProfileIdentifier="flags")

    def test_an_alarm_and_a_stop_take_it_back(self):
        self.live(False)
        cw = self.aws.client("cloudwatch")
        cw.put_metric_alarm(AlarmName="bad", Namespace="N", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
                            Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore")
        arn = cw.describe_alarms(AlarmNames=["bad"])["MetricAlarms"][0]["AlarmArn"]
        self.app.update_environment(**self.place, Monitors=[{"AlarmArn": arn}])
        number = self.start(self.version(flags(True)))
        self.aws.advance(30)
        cw.set_alarm_state(AlarmName="bad", StateValue="ALARM", StateReason="test")
        done = self.until(number, "ROLLED_BACK")
        self.assertIn("CLOUDWATCH_ALARM", [e["TriggeredBy"] for e in done["EventLog"]])
        self.assertEqual(self.read(self.session())[0], {"burst": {"enabled": False}})
        cw.set_alarm_state(AlarmName="bad", StateValue="OK", StateReason="test")
        number = self.start(2)
        self.aws.advance(30)
        self.app.stop_deployment(**self.place, DeploymentNumber=number)
        self.until(number, "ROLLED_BACK")
        self.refused("BadRequestException", self.app.stop_deployment, **self.place, DeploymentNumber=number)

    def test_a_complete_deployment_can_be_reverted(self):
        self.live(False)
        self.live(True)
        self.refused("BadRequestException", self.app.stop_deployment, **self.place, DeploymentNumber=2)
        shown = self.app.stop_deployment(**self.place, DeploymentNumber=2, AllowRevert=True)
        self.assertEqual(shown["State"], "REVERTED")
        self.assertEqual(self.read(self.session())[0], {"burst": {"enabled": False}})

    def test_versions_are_guarded_and_validated(self):
        self.version(flags(True), LatestVersionNumber=0)
        self.refused("ConflictException", self.version, content=flags(False), LatestVersionNumber=0)
        self.refused("BadRequestException", self.version, content=b'{"values": {}}')
        schema = json.dumps({"type": "object", "required": ["limit"]})
        profile = self.app.create_configuration_profile(ApplicationId=self.application, Name="free", LocationUri="hosted",
                                                        Validators=[{"Type": "JSON_SCHEMA", "Content": schema}])["Id"]
        bad = self.version(b"{}", profile=profile)
        self.refused("BadRequestException", self.start, version=bad, profile=profile)
        self.refused("BadRequestException", self.app.validate_configuration, ApplicationId=self.application,
                     ConfigurationProfileId=profile, ConfigurationVersion=str(bad))
        self.refused("ResourceNotFoundException", self.start, version=9)
        good = self.version(b'{"limit": 1}', profile=profile)
        shown = self.app.get_hosted_configuration_version(ApplicationId=self.application, ConfigurationProfileId=profile,
                                                          VersionNumber=good)
        self.assertEqual((shown["Content"].read(), shown["ContentType"]), (b'{"limit": 1}', "application/json"))
        self.start(good, profile=profile)

    def test_a_deployment_is_guarded_by_the_number_of_the_newest(self):
        self.live(False)
        self.refused("ConflictException", self.start, version=1, LatestDeploymentNumber=0)
        self.start(1, "AppConfig.AllAtOnce", LatestDeploymentNumber=1)

    def test_a_flag_may_have_variants_of_which_the_last_is_the_default(self):
        def variants(*given: dict) -> bytes:
            return json.dumps({"version": "1", "flags": {"burst": {"name": "burst"}},
                               "values": {"burst": {"_variants": given}}}).encode()
        beta = {"name": "beta", "enabled": True, "rule": '(eq $group "beta")'}
        self.version(variants(beta, {"name": "default", "enabled": False}))
        self.refused("BadRequestException", self.version, content=variants(beta))
        self.refused("BadRequestException", self.version, content=variants({"name": "default", "enabled": False}, beta))

    def test_a_validating_function_that_fails_refuses(self):
        profile = self.app.create_configuration_profile(
            ApplicationId=self.application, Name="checked", LocationUri="hosted", Validators=[
                {"Type": "LAMBDA", "Content": "arn:aws:lambda:eu-west-1:123456789012:function:none"}])["Id"]
        number = self.start(self.version(b"{}", profile=profile), profile=profile)
        self.until(number, "ROLLED_BACK")


if __name__ == "__main__":
    main()
