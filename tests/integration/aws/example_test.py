"""The example, whole, in the simulated AWS: four services on ECS, two functions and the stages of two APIs go forward by one
command, as one release, and back; a feature flag by another one, apart. The end state is read by botocore.

All tests have one world: each begins with what the one before has left serving.
"""

import json
import sys
import unittest
from datetime import datetime, timedelta
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator  # noqa: E402

from example_in_aws import CONTAINERS, EXAMPLE, FUNCTIONS, GOOD, MEMBERS, STAGES, ExampleInAws, image  # noqa: E402
from flags_in_aws import FlagsByHand  # noqa: E402
from sluice_in_aws import wait_until  # noqa: E402
import yaml  # noqa: E402

sys.path.insert(0, str(EXAMPLE))
from src.flags import DEFAULTS, Features, read_features  # noqa: E402

SUCCEEDED, ROLLED_BACK, FAILED_BEFORE_TRAFFIC = 0, 1, 4
WORLD: ExampleInAws


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(ExampleInAws(BUILD, aws))


class Example(unittest.TestCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.since = self.aws.newest_request()
        self.before = self.machine.serves()
        self.aws.set_behaviours({"answers": GOOD})

    def tearDown(self) -> None:
        self.assertEqual(self.aws.problems(), [])
        self.assertEqual(self.machine.task_sets_there(), len(CONTAINERS))

    def release(self, number: int, *arguments: str):
        code = [f"--code={name}={path}" for name, path in self.machine.package(number).items()]
        return self.machine.sluice("deploy", "--environment", "aws", "--image", image(number), *code, *arguments, check=False)

    def counted(self, metric: str) -> dict[str, float]:
        """What was published of the newest end of each, by service."""
        self.aws.advance(120)
        cloudwatch, found = self.aws.client("cloudwatch"), {}
        for ended in self.machine.objects("history", "--environment", "aws", "--most", "40"):
            if "outcome" not in ended or ended["service"] in found:
                continue
            minute = datetime.fromisoformat(ended["ended_at"]).replace(second=0, microsecond=0)
            points = cloudwatch.get_metric_statistics(
                Namespace="MangaAssist/Deployments", MetricName=metric, StartTime=minute, EndTime=minute + timedelta(minutes=1),
                Period=60, Statistics=["Sum"], Dimensions=[{"Name": "Project", "Value": "mangaassist"},
                                                           {"Name": "Environment", "Value": "aws"},
                                                           {"Name": "Service", "Value": ended["service"]}])["Datapoints"]
            found[ended["service"]] = points[0]["Sum"] if points else None
        return found

    def writes(self) -> list[str]:
        return [r["operation"] for r in self.aws.requests(since=self.since, who="sluice")
                if r["operation"] in ("ModifyRule", "UpdateAlias", "UpdateStage")]

    def test_0_has_a_configuration_without_mistakes(self) -> None:
        result = self.machine.sluice("lint", str(EXAMPLE / "sluice.yaml"))
        self.assertNotIn("error:", result.stdout + result.stderr)

    def test_1_goes_forward_as_one_with_the_stages_last(self) -> None:
        self.machine.configure_for_now("0s")
        result = self.release(1)
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        now = self.machine.serves()
        self.assertEqual(now.keys(), MEMBERS)
        self.assertEqual({name: now[name] for name in CONTAINERS}, dict.fromkeys(CONTAINERS, image(1)))
        self.assertEqual({name: now[name] for name in FUNCTIONS}, dict.fromkeys(FUNCTIONS, "2"))
        for name in STAGES:
            self.assertNotEqual(now[name], self.before[name])
        self.assertEqual(self.writes()[-2:], ["UpdateStage"] * 2)
        self.assertEqual(self.machine.outcomes("aws"), dict.fromkeys(MEMBERS, "succeeded"))
        wait_until("the figures of each", lambda: self.counted("DeploymentSuccess") == dict.fromkeys(MEMBERS, 1))
        self.assertEqual(self.counted("TimeToRecovery"), dict.fromkeys(MEMBERS))

    def test_2_goes_back_as_one_by_a_word_about_one_of_them(self) -> None:
        self.machine.configure_for_now("10m")
        self.release(2, "--detach")
        wait_until("all bake at 100%", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"] * len(MEMBERS)
                   and self.machine.serves()["websocket-api"] != self.before["websocket-api"], 120)
        self.assertEqual(self.machine.serves()["rag"], image(2))
        back = self.machine.sluice("rollback", "rag", "--environment", "aws", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        wait_until("the end", lambda: not self.machine.deployments(), 120)
        self.assertEqual(self.machine.serves(), self.before)
        self.assertEqual(set(self.machine.outcomes("aws").values()), {"rolled_back"})
        wait_until("the figures of each", lambda: self.counted("Rollbacks") == dict.fromkeys(MEMBERS, 1))
        self.assertTrue(all(0 < seconds < 300 for seconds in self.counted("TimeToRecovery").values()))

    def test_3_gives_nobody_traffic_when_one_fails_its_smoke_test(self) -> None:
        self.machine.configure_for_now("0s")
        self.aws.set_behaviours({"image": f"{3:064d}", "answers": {"/api/v1/classify": {"intent": "greeting"}}}, {"answers": GOOD})
        result = self.release(3)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertIn("expected /intent in the body to be \"order_return\", got \"greeting\"", result.stderr)
        wait_until("the end", lambda: not self.machine.deployments(), 120)
        self.assertEqual(self.machine.serves(), self.before)
        self.assertEqual(set(self.machine.outcomes("aws").values()), {"failed_before_traffic"})

    # Flags, apart from the release.

    def place_flags(self) -> tuple[FlagsByHand, dict[str, str]]:
        """What the example's flags need of AppConfig, all of them off, and how its configuration names it."""
        there = FlagsByHand(self.aws, "mangaassist", "production")
        profile = there.make_profile("flags")
        there.give(there.version(yaml.safe_load((EXAMPLE / "flags.yaml").read_text())))
        self.aws.client("cloudwatch").put_metric_alarm(
            AlarmName="mangaassist-5xx", Namespace="AWS/ApplicationELB", MetricName="HTTPCode_Target_5XX_Count", Statistic="Sum",
            Period=60, EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching")
        wait_until("the alarm", lambda: self.aws.client("cloudwatch").describe_alarms(
            AlarmNames=["mangaassist-5xx"])["MetricAlarms"][0]["StateValue"] == "OK")
        return there, {"application": there.application, "environment": there.environment, "profile": profile,
                       "deployment_strategy": there.quick}

    def test_4_changes_a_flag_without_a_release_and_takes_it_back(self) -> None:
        made = yaml.safe_load((EXAMPLE / "flags.sluice.yaml").read_text())
        there, place = self.place_flags()
        made["services"]["flags"]["aws"] |= place
        self.machine.folder.joinpath("flags.sluice.yaml").write_text(json.dumps(made))
        where = ("--environment", "aws", "--file", "flags.sluice.yaml")
        flags = yaml.safe_load((EXAMPLE / "flags.yaml").read_text())
        also_like = flags["values"]["also_like"]

        def features() -> Features:
            """What a service that asks its AppConfig agent now has switched on."""
            return read_features(there.seen())
        self.assertEqual(features(), DEFAULTS)
        for count in (2, 3):
            also_like |= {"enabled": True, "count": count}
            self.machine.folder.joinpath("flags.yaml").write_text(json.dumps(flags))
            self.assertIn("flag also_like, ", self.machine.sluice("plan", *where).stdout)
            self.machine.sluice("deploy", *where)
            self.assertEqual(features(), Features(also_like=count))
        self.machine.sluice("rollback", "flags", "--environment", "aws", "--wait")
        self.assertEqual(features(), Features(also_like=2))
        self.assertEqual(self.machine.serves(), self.before)


if __name__ == "__main__":
    unittest.main()
