"""An ECS service, a function and a stage of API Gateway deployed as one release by one command: forward, and back. The
end state is read by botocore.

All tests have one world: each begins with what the one before has left serving.
"""

import json
import sys
import unittest
from pathlib import Path
from unittest.mock import patch

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from function_in_aws import ALIAS, FUNCTION, FunctionInAws, packed  # noqa: E402
from gateway_in_aws import ROUTES, STAGE, definition, make_rest_api  # noqa: E402
from iam_decision import asked_by, is_allowed  # noqa: E402
from sluice_in_aws import SHORT_STEPS, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, FAILED_BEFORE_TRAFFIC = 0, 1, 4
SERVICES = ("orchestrator", "overflow", "api")
WORLD: "World"
WRITES = ("ModifyRule", "UpdateAlias", "UpdateStage")
FOREVER = "10m"


class World(FunctionInAws):
    """A shop, a function and a REST API, and one sluice.yaml of all three."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        super().__init__(build, aws)
        self.shop = make_shop(aws)
        self.make_function(FUNCTION, ZipFile=packed("first"))
        self.lam.publish_version(FunctionName=FUNCTION)
        self.lam.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")
        self.rest = aws.client("apigateway")
        self.api = make_rest_api(self.rest, "shop")

    def configure_all(self, bake: str, *routes: str, canary: list[dict] | None = None) -> None:
        """`canary`: the stage's own steps."""
        (self.folder / "rest.json").write_text(definition(*routes))
        of_ecs = {"cluster": self.shop.cluster, "service": self.shop.service, "container": self.shop.container,
                  "target_groups": ["shop-blue", self.shop.green_group], "rules": self.shop.rules}
        (self.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "analysis": "off",
            "strategy": {"steps": [{"weight": "10%", "bake": "200ms"}, {"weight": "50%", "bake": "200ms"},
                                   {"weight": "100%", "bake": bake}],
                         "drain": "100ms", "drain_websockets": "0s", "hold_for": "10m"},
            "environments": {"staging": {"target": "aws", "region": "eu-west-1"}},
            "services": {
                "api": {"kind": "gateway", "depends_on": ["orchestrator", "overflow"],
                        "aws": {"rest_api": self.api, "stage": STAGE, "definition": "rest.json"}}
                       | ({"strategy": {"steps": canary}} if canary else {}),
                "orchestrator": {"image": "shop/web", "health": {"within": "60s"}, "aws": of_ecs},
                "overflow": {"kind": "function", "aws": {"function": FUNCTION, "alias": ALIAS}}}}, indent=1))

    def release(self, number: int, *arguments: str, check: bool = True):
        return self.sluice("deploy", "--environment", "staging", "--image", f"orchestrator={self.image(number)}", "--code",
                           f"overflow={self.package(str(number))}", *arguments, check=check)

    @staticmethod
    def image(number: int) -> str:
        return f"shop/web@sha256:{number:064d}"

    def serves(self) -> tuple[str, str, str]:
        """The image that has the traffic, the function's code, the stage's deployment; each must have all of it."""
        weights = self.shop.weights(self.aws)
        version, additional = self.alias()
        if sorted(weights[0]) != [0, 100] or weights[0] != weights[1] or additional:
            return "divided", "divided", self.points_at()
        group = self.shop.blue_group if weights[0][0] == 100 else self.shop.green_group
        (of_group,) = [s for s in self.task_sets() if s["loadBalancers"][0]["targetGroupArn"] == group]
        return self.image_of(of_group), self.sha_of(version), self.points_at()

    def points_at(self) -> str:
        return self.rest.get_stage(restApiId=self.api, stageName=STAGE)["deploymentId"]

    def share_of_canary(self) -> float | None:
        canary = self.rest.get_stage(restApiId=self.api, stageName=STAGE).get("canarySettings")
        return canary and canary["percentTraffic"]


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(World(BUILD, aws))


class Release(unittest.TestCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.since = self.aws.newest_request()
        self.before = self.machine.serves()

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])
        policy = json.loads(self.machine.sluice("iam-policy", "--environment", "staging").stdout)
        asked = [a for r in self.aws.requests(since=self.since, who="sluice") for a in asked_by(r)]
        self.assertEqual([a for a in asked if not is_allowed(policy, a)], [])

    def writes(self) -> list[str]:
        return [r["operation"] for r in self.aws.requests(since=self.since, who="sluice") if r["operation"] in WRITES]

    def ends(self) -> None:
        wait_until("the end", lambda: not self.machine.deployments(), 120)

    def assert_all_changed(self) -> None:
        self.assert_changed(self.before, self.machine.serves())

    def assert_changed(self, before: tuple[str, ...], now: tuple[str, ...]) -> None:
        for then, is_now in zip(before, now):
            self.assertNotIn(is_now, (then, "divided"))

    def test_1_goes_forward_as_one_with_the_gateway_last(self) -> None:
        self.machine.configure_all("0s", *ROUTES[:2])
        self.assertEqual(self.machine.release(1).returncode, SUCCEEDED)
        self.assert_all_changed()
        self.assertEqual(self.machine.serves()[0], self.machine.image(1))
        self.assertEqual(self.writes()[-1], "UpdateStage")
        self.assertEqual({o: self.writes().count(o) for o in WRITES}, {"ModifyRule": 6, "UpdateAlias": 3, "UpdateStage": 1})

    def test_2_is_taken_back_as_one_by_a_word_about_the_function(self) -> None:
        self.machine.configure_all(FOREVER, *ROUTES)
        self.machine.release(2, "--detach")
        wait_until("the swap", lambda: self.machine.points_at() != self.before[2], 120)
        wait_until("all bake", lambda: {d["stage"] for d in self.machine.deployments()} == {"bake"})
        self.assert_all_changed()
        back = self.machine.sluice("rollback", "overflow", "--environment", "staging", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        self.ends()
        self.assertEqual(self.machine.serves(), self.before)
        self.assertEqual(self.machine.outcomes(), dict.fromkeys(SERVICES, "rolled_back"))

    def test_3_gives_nobody_traffic_when_the_definition_is_refused(self) -> None:
        self.machine.configure_all("0s", *ROUTES)
        (self.machine.folder / "rest.json").write_text('{"openapi": "2"}')
        result = self.machine.release(3, check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.ends()
        self.assertEqual(self.writes(), [])
        self.assertEqual(self.machine.serves(), self.before)
        self.assertEqual(self.machine.outcomes(), dict.fromkeys(SERVICES, "failed_before_traffic"))

    def test_4_goes_back_as_one_after_the_controller_was_killed_at_the_swap(self) -> None:
        self.machine.configure_all(FOREVER, *ROUTES)
        self.aws.set_faults({"kind": "pause_after", "operation": "UpdateStage", "times": 1})
        self.machine.release(4, "--detach")
        wait_until("the swap", self.aws.paused, 120)
        self.machine.kill_controller()
        self.aws.release(drop=True)
        self.aws.set_faults()
        wait_until("all bake", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"] * 3, 120)
        self.assert_all_changed()
        self.machine.sluice("rollback", "api", "--environment", "staging")
        self.ends()
        self.assertEqual(self.machine.serves(), self.before)
        self.assertEqual(self.machine.outcomes(), dict.fromkeys(SERVICES, "rolled_back"))

    def test_5_goes_on_as_one_after_the_controller_was_killed_at_the_swap(self) -> None:
        self.machine.configure_all("0s", *ROUTES)
        self.aws.set_faults({"kind": "pause_before", "operation": "UpdateStage", "times": 1})
        self.machine.release(5, "--detach")
        wait_until("the swap", self.aws.paused, 120)
        self.machine.kill_controller()
        self.aws.release(drop=True)
        self.aws.set_faults()
        self.ends()
        self.assert_all_changed()
        self.assertEqual(self.machine.serves()[0], self.machine.image(5))
        self.assertEqual(self.machine.outcomes(), dict.fromkeys(SERVICES, "succeeded"))

    def doctor(self) -> tuple[int, dict[str, dict]]:
        """Exit code, and the findings by name. What it asks is no part of the policy."""
        result = self.machine.sluice("doctor", "--environment", "staging", "--json", check=False)
        self.since = self.aws.newest_request()
        return result.returncode, {f["name"]: f for f in map(json.loads, result.stdout.splitlines())}

    def keys_of_a_role_with_a_path(self) -> dict[str, str]:
        role = self.aws.client("iam").create_role(RoleName="sluice", Path="/deploy/", AssumeRolePolicyDocument="{}")["Role"]
        keys = self.aws.client("sts", keys=self.aws.sluice).assume_role(RoleArn=role["Arn"], RoleSessionName="job")["Credentials"]
        return {"AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
                "AWS_SESSION_TOKEN": keys["SessionToken"]}

    def test_6_is_foreseen_by_the_doctor_who_changes_nothing(self) -> None:
        self.machine.configure_all("0s", *ROUTES)
        writes = len(self.aws.requests(who="sluice"))
        code, findings = self.doctor()
        self.assertEqual((code, {f["status"] for f in findings.values()}), (0, {"ok"}), findings)
        self.assertEqual(findings.keys(), {"keys", "permissions", *SERVICES})
        asked = {r["operation"] for r in self.aws.requests(who="sluice")[writes:]}
        self.assertEqual({o for o in asked if not o.startswith(("Get", "List", "Describe", "Simulate"))}, set())

        self.aws.set_faults({"kind": "denied", "operation": "ModifyRule"}, {"kind": "denied", "operation": "CreateTaskSet"})
        code, findings = self.doctor()
        self.assertEqual((code, {n for n, f in findings.items() if f["status"] == "lacks"}),
                         (1, {"elasticloadbalancing:ModifyRule", "ecs:CreateTaskSet"}))
        told = findings["elasticloadbalancing:ModifyRule"]["message"]
        self.assertTrue(any(rule in told for rule in self.machine.shop.rules), told)
        self.aws.set_faults()

        self.machine.configure_all("0s", *ROUTES)
        with patch.dict(self.machine.env, self.keys_of_a_role_with_a_path()):
            code, findings = self.doctor()
            self.assertEqual((code, findings["permissions"]["status"]), (0, "ok"), findings)
            self.aws.set_faults({"kind": "denied", "operation": "GetRole"})
            code, findings = self.doctor()
            self.assertEqual((code, findings["permissions"]["status"]), (0, "note"), findings)
            self.assertIn("Allow iam:GetRole on arn:aws:iam::123456789012:role/*sluice", findings["permissions"]["message"])
        self.aws.set_faults()

        self.machine.shop.container = "wob"
        self.machine.configure_all("0s", *ROUTES)
        self.machine.shop.container = "web"
        code, findings = self.doctor()
        self.assertEqual((code, findings["orchestrator"]["status"]), (1, "lacks"))
        self.assertIn("has no container 'wob'; it has web", findings["orchestrator"]["message"])

    def test_7_moves_the_stage_by_its_own_steps_once_the_others_are_at_100_percent(self) -> None:
        self.machine.configure_all("0s", *ROUTES[:2], canary=SHORT_STEPS)
        self.assertEqual(self.machine.release(7).returncode, SUCCEEDED)
        self.assert_all_changed()
        self.assertIsNone(self.machine.share_of_canary())
        self.assertEqual(self.writes()[-3:], ["UpdateStage"] * 3)
        self.assertEqual({o: self.writes().count(o) for o in WRITES}, {"ModifyRule": 6, "UpdateAlias": 3, "UpdateStage": 3})

    def test_8_is_taken_back_as_one_while_the_stage_has_a_canary(self) -> None:
        self.machine.configure_all("0s", *ROUTES, canary=[{"weight": "10%", "bake": FOREVER}, {"weight": "100%"}])
        self.machine.release(8, "--detach")
        wait_until("the canary", lambda: self.machine.share_of_canary() == 10, 120)
        serves = self.machine.serves()
        self.assertEqual(serves[2], self.before[2])
        self.assert_changed(self.before[:2], serves[:2])
        self.machine.sluice("rollback", "overflow", "--environment", "staging", "--wait", check=False)
        self.ends()
        self.assertEqual((self.machine.serves(), self.machine.share_of_canary()), (self.before, None))
        self.assertEqual(self.machine.outcomes(), dict.fromkeys(SERVICES, "rolled_back"))


if __name__ == "__main__":
    unittest.main()
