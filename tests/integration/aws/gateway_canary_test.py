"""The stage of a REST API that moves by steps of its own, with a canary: the real program in the simulated AWS, which checks
the signature and the shape of every request. The end state is read by botocore.

All tests have one world: each begins with what the one before has left serving.
"""

import json
import sys
import unittest
import urllib.request
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator  # noqa: E402

from asking_case import AskingCase  # noqa: E402
from gateway_in_aws import STAGE, WITNESS, GatewayInAws  # noqa: E402
from sluice_in_aws import SHORT_STEPS, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE = 0, 1, 2
FOUND = 1  # by lint
LONG_STEPS = [{"weight": "10%", "bake": "10m"}, {"weight": "50%", "bake": "10m"}, {"weight": "100%", "bake": "10m"}]
NO_CANARY = ("remove", "/canarySettings", None)
WORLD: GatewayInAws


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(GatewayInAws(BUILD, aws))
    WORLD.make_witness()


class Canary(AskingCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.mark()
        self.blue, self.rest = self.machine.points_at("api"), self.machine.rest_of_stage("api")
        self.known = set(self.machine.made("api"))
        self.assertNotIn("canarySettings", self.rest)

    def tearDown(self) -> None:
        self.aws.set_faults()
        WORLD.set_witness("OK")
        self.assertEqual(self.aws.problems(), [])
        self.assertEqual(self.denied(self.policy()), [])
        self.assertEqual(self.machine.rest_of_stage("api"), self.rest)

    def patches(self) -> list[list[tuple]]:
        """What sluice's writes of the stage did, as far as AWS took them."""
        return [[(o["op"], o["path"], o.get("value")) for o in r["input"]["patchOperations"]]
                for r in self.calls("UpdateStage") if r["status"] == 200]

    def green(self) -> str:
        """The only deployment that is new."""
        (green,) = set(self.machine.made("api")) - self.known
        return green

    def begin(self, steps: list[dict] | None = None) -> None:
        self.machine.configure_canary(steps or LONG_STEPS, WITNESS)
        self.machine.deploy("api", "--detach")

    def wait_for_bake(self, share: float) -> None:
        """Of the canary's `share`; at 100% there is no canary any more."""
        wanted = None if share == 100 else share
        wait_until(f"{share}%", lambda: (self.machine.canary() or (0, None))[1] == wanted and self.is_baking())

    def is_baking(self) -> bool:
        return [d["stage"] for d in self.machine.deployments()] == ["bake"]

    def promote(self, *arguments: str) -> None:
        self.machine.sluice("promote", "api", "--environment", "staging", *arguments)

    def assert_serves_green(self) -> None:
        self.assertEqual((self.machine.points_at("api"), self.machine.canary()), (self.green(), None))
        self.assertEqual(self.last()["outcome"], "succeeded")

    def assert_serves_blue(self) -> None:
        self.assertEqual((self.machine.points_at("api"), self.machine.canary()), (self.blue, None))
        self.assertEqual(self.last()["outcome"], "rolled_back")

    def test_01_goes_10_50_100_percent_by_one_write_a_step(self) -> None:
        self.machine.configure_canary(SHORT_STEPS, WITNESS)
        plan = self.machine.sluice("plan", "api", "--environment", "staging").stdout
        for share in ("10%", "50%", "100%"):
            self.assertIn(share, plan)
        self.assertEqual(self.calls("CreateDeployment", "UpdateStage"), [])
        self.assertEqual(self.machine.deploy("api").returncode, SUCCEEDED)
        self.assert_serves_green()
        self.assertEqual(self.patches(), [
            [("replace", "/canarySettings/deploymentId", self.green()), ("replace", "/canarySettings/percentTraffic", "10.00")],
            [("replace", "/canarySettings/percentTraffic", "50.00")],
            [NO_CANARY, ("replace", "/deploymentId", self.green())]])
        shown = self.cli("apigateway", "get-stage", "--rest-api-id", self.machine.rest_api, "--stage-name", STAGE)
        self.assertEqual((shown["deploymentId"], "canarySettings" in shown), (self.green(), False))

    def test_02_divides_the_requests_and_asks_the_smoke_tests_of_the_new_one_at_the_end(self) -> None:
        door = self.aws.front_door(f"arn:aws:apigateway:eu-west-1::/restapis/{self.machine.rest_api}/stages/{STAGE}")
        self.machine.configure_canary([{"weight": "0.5%", "bake": "10m"}, *LONG_STEPS[1:]], WITNESS, url=door)
        self.machine.deploy("api", "--detach")
        self.wait_for_bake(0.5)
        self.promote()
        self.wait_for_bake(50)
        answered: set[str] = set()

        def has_both() -> bool:
            with urllib.request.urlopen(door + "/orders") as answer:
                answered.add(json.load(answer)["deployment"])
            return answered == {self.blue, self.green()}
        wait_until("answers of both", has_both)
        self.assertEqual(self.machine.points_at("api"), self.blue)
        self.promote("--full")
        self.wait_for_bake(100)
        self.promote("--full")
        self.machine.ends()
        self.assert_serves_green()

    def test_03_is_taken_back_in_the_middle_by_an_alarm_that_fires(self) -> None:
        self.begin()
        self.wait_for_bake(10)
        self.promote()
        self.wait_for_bake(50)
        WORLD.set_witness("ALARM")
        self.machine.ends()
        self.assert_serves_blue()
        self.assertIn(f"CloudWatch alarm {WITNESS} is in ALARM", self.last()["cause"])
        self.assertEqual(self.patches()[2:], [[NO_CANARY]])
        self.assertIn("is in ALARM already", self.machine.deploy("api", check=False).stderr)

    def test_04_is_taken_back_after_the_promotion_as_a_stage_without_a_canary(self) -> None:
        self.begin()
        self.wait_for_bake(10)
        self.promote("--full")
        self.wait_for_bake(100)
        self.assertEqual(self.machine.roll_back("api", check=False).returncode, ROLLED_BACK)
        self.assert_serves_blue()
        self.assertEqual(self.patches()[1:], [[NO_CANARY, ("replace", "/deploymentId", self.green())],
                                              [("replace", "/deploymentId", self.blue)]])

    def test_05_a_revert_of_one_that_ended_makes_no_canary(self) -> None:
        self.machine.configure_canary(SHORT_STEPS, WITNESS)
        self.machine.deploy("api")
        green = self.green()
        self.mark()
        self.machine.roll_back("api")
        self.assertEqual(self.machine.points_at("api"), self.blue)
        self.assertEqual(self.patches(), [[("replace", "/deploymentId", self.blue)]])
        self.assertEqual(self.green(), green)

    def test_06_goes_on_from_the_stage_when_it_was_killed_during_a_bake(self) -> None:
        self.begin()
        self.wait_for_bake(10)
        self.machine.kill_controller()
        self.wait_for_bake(10)
        self.assertEqual(len(self.patches()), 1, "the stage was as wanted")
        self.promote("--full")
        self.wait_for_bake(100)
        self.promote("--full")
        self.machine.ends()
        self.assert_serves_green()

    def test_07_puts_the_canary_back_that_somebody_else_has_removed(self) -> None:
        self.begin()
        self.wait_for_bake(10)
        self.machine.patch_stage(NO_CANARY)
        wait_until("the canary", lambda: self.machine.canary() == (self.green(), 10.0), 120)
        self.assertEqual(self.patches()[1], self.patches()[0])
        self.machine.roll_back("api", check=False)
        self.assert_serves_blue()

    def test_08_leaves_a_stage_whose_canary_somebody_else_has_made_another(self) -> None:
        theirs = self.machine.rest.create_deployment(restApiId=self.machine.rest_api, description="by hand")["id"]
        self.known.add(theirs)
        self.begin()
        self.wait_for_bake(10)
        self.machine.patch_stage(("replace", "/canarySettings/deploymentId", theirs))
        looks = len(self.calls("GetStage"))
        self.machine.sluice("rollback", "api", "--environment", "staging")
        wait_until("a second attempt", lambda: len(self.calls("GetStage")) > looks + 1)
        self.assertEqual((self.machine.canary(), len(self.patches())), ((theirs, 10.0), 1))
        self.machine.patch_stage(NO_CANARY)
        self.machine.ends()
        self.assert_serves_blue()

    def test_09_takes_back_what_somebody_else_has_promoted(self) -> None:
        self.begin()
        self.wait_for_bake(10)
        # As "Promote a canary release" of API Gateway's developer guide has it.
        self.machine.patch_stage(("replace", "/canarySettings/percentTraffic", "0.0"),
                                 ("copy", "/deploymentId", "/canarySettings/deploymentId"))
        self.machine.roll_back("api", check=False)
        self.assert_serves_blue()
        self.assertEqual(self.patches()[1:], [[NO_CANARY, ("replace", "/deploymentId", self.blue)]])

    def test_10_leaves_a_canary_that_somebody_else_has_made_before_the_first_step(self) -> None:
        self.aws.set_faults({"kind": "pause_before", "operation": "CreateDeployment", "times": 1})
        self.begin()
        wait_until("the deployment", self.aws.paused)
        self.machine.patch_stage(("replace", "/canarySettings/percentTraffic", "5.0"),
                                 ("replace", "/canarySettings/stageVariableOverrides/alias", "theirs"))
        self.aws.release()
        self.machine.ends()
        self.assertEqual((self.machine.points_at("api"), self.machine.canary()), (self.blue, (self.blue, 5.0)))
        self.assertEqual(self.patches(), [])
        self.assertIn("somebody else has made it", self.last()["cause"])
        refused = self.machine.deploy("api", check=False)
        self.assertIn("op=remove,path=/canarySettings", refused.stderr)
        self.machine.patch_stage(NO_CANARY)

    def test_11_is_refused_for_apis_without_canaries_before_anything_is_asked(self) -> None:
        self.machine.configure(api={"kind": "gateway", "aws": {"api": self.machine.http_api, "stage": STAGE},
                                               "strategy": {"steps": SHORT_STEPS}})
        for code, command in ((FOUND, ["lint"]), (USAGE, ["deploy", "api", "--environment", "staging"])):
            result = self.machine.sluice(*command, check=False)
            self.assertEqual(result.returncode, code, result.stdout + result.stderr)
            self.assertIn("only REST APIs have canaries", result.stdout + result.stderr)
        self.assertEqual(self.aws.requests(since=self.since, who="sluice"), [])
        self.machine.configure_canary(SHORT_STEPS, WITNESS)


if __name__ == "__main__":
    unittest.main()
