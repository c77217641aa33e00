"""Feature flags of AppConfig, deployed by the real program in the simulated AWS, which checks the signature and the shape of
every request. The end state is read by botocore, and by what a client of AppConfig gets.

All tests have one world: each begins with what the one before has left in force.
"""

import json
import os
import signal
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator  # noqa: E402

from asking_case import AskingCase  # noqa: E402
from flags_in_aws import FlagsInAws, flags  # noqa: E402
from iam_decision import Asked, asked_by, is_allowed  # noqa: E402
from sluice_in_aws import wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE = 0, 1, 2
WRITES = ("CreateHostedConfigurationVersion", "StartDeployment", "StopDeployment")
WORLD: FlagsInAws
OURS: set[str]  # profiles


def setUpModule() -> None:
    global WORLD, OURS
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(FlagsInAws(BUILD, aws))
    OURS = set(WORLD.profiles.values())


class Flags(AskingCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.machine.settles()
        self.mark()
        self.before, self.known = self.machine.seen(), set(self.machine.versions())

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])
        self.machine.configure(both=True)
        self.assertEqual([a for a in self.denied(self.policy()) if not self.of_others(a)], [])

    def of_others(self, asked: Asked) -> bool:
        """Of strategies and profiles that a test has only tried."""
        kind, _, name = asked.resource.rpartition("/")
        ours = {self.machine.quick, "AppConfig.AllAtOnce"}
        if kind.endswith(":deploymentstrategy"):
            return name not in ours
        _, _, profile = asked.resource.partition("/configurationprofile/")
        return bool(profile) and profile.split("/")[0] not in OURS

    def policy(self) -> dict:
        return json.loads(self.machine.sluice("iam-policy", "--environment", "staging").stdout
                          .replace(":*:", ":123456789012:"))

    def writes(self) -> list[str]:
        return [r["operation"] for r in self.aws.requests(since=self.since, who="sluice") if r["operation"] in WRITES]

    def made(self) -> set[int]:
        return set(self.machine.versions()) - self.known

    def goes_out(self, *arguments: str) -> None:
        """Starts a deployment, and returns when AppConfig is at it."""
        number = self.machine.newest()["DeploymentNumber"]
        self.machine.deploy("--detach", *arguments)
        wait_until("AppConfig's deployment", lambda: self.machine.newest()["DeploymentNumber"] > number)

    def test_01_gives_a_new_version_to_all_clients_by_the_strategy(self) -> None:
        self.machine.configure()
        self.machine.define(flags(burst={"enabled": True, "limit": 5}, greeting=False))
        plan = self.machine.sluice("plan", "flags", "--environment", "staging").stdout
        for line in ("flag burst, enabled: false → true", "flag burst, attribute limit: (none) → 5",
                     "flag greeting: (none) → new", f"the flags {self.machine.profiles['flags']} in the environment"):
            self.assertIn(line, plan)
        self.assertEqual(self.writes(), [])
        self.machine.deploy()
        newest = self.machine.newest()
        self.assertEqual((newest["State"], newest["DeploymentStrategyId"]), ("COMPLETE", self.machine.quick))
        shown = self.cli("appconfig", "get-deployment", "--application-id", self.machine.application, "--environment-id",
                         self.machine.environment, "--deployment-number", str(newest["DeploymentNumber"]))
        self.assertEqual((shown["State"], shown["PercentageComplete"]), ("COMPLETE", 100))
        self.assertIn("sluice shop/staging/flags ", newest["Description"])
        self.assertEqual(self.made(), {int(newest["ConfigurationVersion"])})
        self.assertRegex(self.machine.versions()[int(newest["ConfigurationVersion"])],
                         "^sluice shop/staging/flags [0-9a-z]+ sha256=[0-9a-f]{64}$")
        self.assertEqual(self.machine.seen(), {"burst": {"enabled": True, "limit": 5}, "greeting": {"enabled": False}})
        self.assertEqual(self.writes(), ["CreateHostedConfigurationVersion", "StartDeployment"])
        self.assertIn("unchanged", self.machine.deploy("--json").stdout)

    def test_02_goes_back_after_the_end_by_a_revert(self) -> None:
        self.machine.configure()
        self.machine.define(flags(burst=False))
        self.machine.deploy()
        self.assertEqual(self.machine.seen(), {"burst": {"enabled": False}})
        self.machine.roll_back()
        self.assertEqual((self.machine.seen(), self.machine.newest()["State"]), (self.before, "REVERTED"))
        self.assertEqual(self.writes(), ["CreateHostedConfigurationVersion", "StartDeployment", "StopDeployment"])
        # Its version is there still: the same content makes no other.
        self.machine.deploy()
        self.assertEqual((self.machine.seen(), len(self.made())), ({"burst": {"enabled": False}}, 1))

    def test_03_goes_back_by_a_persons_word_while_it_grows(self) -> None:
        self.machine.configure(self.machine.slow)
        self.machine.define(flags(burst=True))
        self.goes_out()
        wait_until("the growth", lambda: self.machine.newest()["PercentageComplete"] > 0)
        status = self.machine.sluice("status").stdout
        self.assertIn("traffic step 1 of 1", status)
        back = self.machine.roll_back(check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        self.assertEqual((self.machine.seen(), self.machine.newest()["State"]), (self.before, "ROLLED_BACK"))
        self.assertEqual(self.writes(), ["CreateHostedConfigurationVersion", "StartDeployment", "StopDeployment"])

    def test_04_is_taken_back_when_appconfigs_alarm_fires(self) -> None:
        cloudwatch = self.aws.client("cloudwatch")
        cloudwatch.put_metric_alarm(AlarmName="chat-5xx", Namespace="N", MetricName="m", Statistic="Sum", Period=60,
                                    EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
                                    TreatMissingData="ignore")
        arn = cloudwatch.describe_alarms(AlarmNames=["chat-5xx"])["MetricAlarms"][0]["AlarmArn"]
        self.machine.app.update_environment(**self.machine.place, Monitors=[{"AlarmArn": arn}])
        self.machine.configure(self.machine.slow)
        self.machine.define(flags(burst=True))
        self.goes_out()
        cloudwatch.set_alarm_state(AlarmName="chat-5xx", StateValue="ALARM", StateReason="test")
        ended = self.machine.ends()
        self.machine.app.update_environment(**self.machine.place, Monitors=[])
        self.assertEqual(ended["outcome"], "rolled_back")
        self.assertIn("AppConfig has taken its deployment", ended["cause"])
        self.assertIn("chat-5xx went into ALARM (CLOUDWATCH_ALARM)", ended["cause"])
        self.assertEqual(self.machine.seen(), self.before)

    def test_05_hears_of_a_revert_by_hand_during_its_own_bake(self) -> None:
        self.machine.configure(bake="10m")
        self.machine.define(flags(burst=True))
        self.machine.deploy("--detach")
        wait_until("the bake", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"])
        controller = self.machine.controller_pid()
        os.kill(controller, signal.SIGSTOP)
        self.machine.app.stop_deployment(**self.machine.place, AllowRevert=True,
                                         DeploymentNumber=self.machine.newest()["DeploymentNumber"])
        os.kill(controller, signal.SIGKILL)  # the one that comes next looks at once
        ended = self.machine.ends()
        self.assertEqual((ended["outcome"], self.machine.seen()), ("rolled_back", self.before))
        self.assertIn("Reverted to the previous configuration (USER)", ended["cause"])

    def kill_at(self, operation: str, kind: str, act) -> None:
        self.aws.set_faults({"kind": kind, "operation": operation, "times": 1})
        act()
        wait_until(operation, self.aws.paused)
        self.machine.kill_controller()
        self.aws.release(drop=True)
        self.aws.set_faults()

    def test_07_goes_back_though_it_was_killed_on_the_way(self) -> None:
        for kind in ("pause_before", "pause_after"):
            with self.subTest(kind=kind):
                self.machine.configure(self.machine.slow)
                self.machine.define(flags(burst={"enabled": True, "limit": 100 + len(kind)}))
                self.goes_out()
                self.kill_at("StopDeployment", kind,
                             lambda: self.machine.sluice("rollback", "flags", "--environment", "staging"))
                self.assertEqual(self.machine.ends()["outcome"], "rolled_back")
                self.assertEqual((self.machine.seen(), self.machine.newest()["State"]), (self.before, "ROLLED_BACK"))

    def test_09_refuses_definitions_with_mistakes(self) -> None:
        self.machine.configure()
        wrong = flags(burst={"enabled": True, "limit": 7})
        wrong["flags"]["burst"]["attributes"]["limit"] = {"constraints": {"type": "number", "maximum": 5}}
        self.machine.define(wrong)
        sentence = "the attribute 'limit' of the flag 'burst' is 7, above its maximum of 5"
        for arguments in (["lint"], ["lint", "flags.yaml"], ["deploy", "flags", "--environment", "staging"]):
            result = self.machine.sluice(*arguments, check=False)
            self.assertNotEqual(result.returncode, SUCCEEDED)
            self.assertRegex(result.stdout + result.stderr, f"flags.yaml:[0-9]+:[0-9]+: error: {sentence}")
        (self.machine.folder / "flags.yaml").unlink()
        self.assertIn("there is no definition", self.machine.deploy(check=False).stderr)
        self.assertIn("which defines the flags 'flags'", self.machine.sluice("lint", check=False).stdout)
        self.assertEqual(self.writes(), [])

    def test_10_has_the_profiles_validators_try_it_before_any_client_has_it(self) -> None:
        self.machine.configure()
        self.machine.define(flags(burst=True, refused=True))
        schema = json.dumps({"not": {"properties": {"values": {"required": ["refused"]}}}})
        of_profile = {"ApplicationId": self.machine.application, "ConfigurationProfileId": self.machine.profiles["flags"]}
        self.machine.app.update_configuration_profile(**of_profile, Validators=[{"Type": "JSON_SCHEMA", "Content": schema}])
        result = self.machine.deploy(check=False)
        self.machine.app.update_configuration_profile(**of_profile, Validators=[])
        self.assertNotEqual(result.returncode, SUCCEEDED)
        ended = self.machine.objects("history", "--most", "1")[0]
        self.assertEqual(ended["outcome"], "failed_before_traffic")
        self.assertIn("Error validating configuration", ended["cause"])
        self.assertEqual(self.writes(), ["CreateHostedConfigurationVersion"])

    def test_11_is_refused_with_what_to_do(self) -> None:
        self.machine.configure()
        self.machine.define(flags(burst={"enabled": True, "limit": 11}))
        for operation in ("GetConfigurationProfile", "StartDeployment"):
            self.aws.set_faults({"kind": "denied", "operation": operation})
            result = self.machine.deploy(check=False)
            self.aws.set_faults()
            told = result.stderr + str(self.machine.ends())
            self.assertIn(f"allow appconfig:{operation}", told)
        for arguments in (["--image", "flags=sha-1234567"], ["--code", "flags=x.zip"]):
            result = self.machine.deploy(*arguments, check=False)
            self.assertEqual(result.returncode, USAGE, result.stderr)
            self.assertIn("has neither image nor code", result.stderr)
        self.machine.configure(self.machine.slow, within="2h")
        self.assertIn("takes 2h, and 'within' in 'aws' allows 2h: raise it", self.machine.deploy(check=False).stderr)
        self.machine.configure(profile="nowhere")
        self.assertIn("sluice makes no applications, profiles", self.machine.deploy(check=False).stderr)
        freeform = self.machine.make_profile("freeform", Type="AWS.Freeform")
        self.machine.configure(profile=freeform)
        self.assertIn("the profile is of the type AWS.Freeform", self.machine.deploy(check=False).stderr)
        self.machine.configure(profile=self.machine.make_profile("new"))
        self.assertIn("Make the first one by hand (aws appconfig start-deployment", self.machine.deploy(check=False).stderr)
        self.machine.configure()
        theirs = self.machine.start(self.machine.version(flags(burst=True)), strategy=self.machine.slow)
        self.assertIn(f"the deployment {theirs} of version", self.machine.deploy(check=False).stderr)
        self.machine.app.stop_deployment(**self.machine.place, DeploymentNumber=theirs)
        self.assertEqual(self.machine.seen(), self.before)

    def test_12_leaves_what_somebody_else_has_deployed_meanwhile(self) -> None:
        self.machine.configure()
        self.machine.define(flags(burst={"enabled": True, "limit": 12}))
        in_force = next(d for d in self.machine.app.list_deployments(**self.machine.place)["Items"]
                        if d["State"] == "COMPLETE" and d["ConfigurationProfileId"] == self.machine.profiles["flags"])
        blue = int(in_force["ConfigurationVersion"])
        self.aws.set_faults({"kind": "pause_before", "operation": "StartDeployment", "times": 1})
        self.machine.deploy("--detach")
        wait_until("the deployment", self.aws.paused)
        theirs = self.machine.version(flags(burst={"enabled": True, "limit": 99}))
        number = self.machine.give(theirs)
        self.aws.release()
        wait_until("the way back", lambda: {d["mode"] for d in self.machine.deployments()} == {"rolling_back"})
        self.assertEqual(self.machine.newest()["DeploymentNumber"], number)
        self.assertEqual(self.machine.seen()["burst"]["limit"], 99)
        self.machine.give(blue)
        ended = self.machine.ends()
        self.assertIn(f"somebody else has deployed version {theirs} (deployment {number})", ended["cause"])
        self.assertEqual(self.machine.seen(), self.before)

    def test_13_deploys_two_profiles_of_one_environment_as_one_release(self) -> None:
        self.machine.configure(both=True)
        self.machine.define(flags(burst={"enabled": True, "limit": 13}))
        self.machine.define(flags(burst=True, most=True), "limits")
        last = self.machine.newest()["DeploymentNumber"]
        self.machine.sluice("deploy", "--environment", "staging")
        self.assertEqual(self.machine.seen()["burst"]["limit"], 13)
        self.assertEqual(self.machine.seen("limits"), {"burst": {"enabled": True}, "most": {"enabled": True}})
        self.assertEqual(self.machine.newest()["DeploymentNumber"], last + 2)

    def test_14_deploys_the_version_before_where_appconfig_reverts_no_more(self) -> None:
        self.machine.configure()
        self.machine.define(flags(burst={"enabled": True, "limit": 14}))
        self.machine.deploy()
        self.aws.advance(73 * 3600)
        self.machine.roll_back()
        newest = self.machine.newest()
        self.assertEqual((newest["DeploymentStrategyId"], newest["PercentageComplete"]), ("AppConfig.AllAtOnce", 100.0))
        self.assertIn("StopDeployment", self.writes())
        self.machine.settles()
        self.assertEqual(self.machine.seen(), self.before)
        # Each statement of the policy is needed.
        policy = self.policy()
        asked = [a for r in self.aws.requests(since=self.since, who="sluice") for a in asked_by(r)]
        for left_out in policy["Statement"]:
            rest = {"Statement": [s for s in policy["Statement"] if s is not left_out]}
            self.assertTrue(any(not is_allowed(rest, a) for a in asked), left_out)


if __name__ == "__main__":
    unittest.main()
