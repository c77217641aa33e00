"""Stages of API Gateway, swapped by the real program in the simulated AWS, which checks the signature and the shape of
every request. The end state is read by botocore.

All tests have one world: each begins with what the one before has left serving.
"""

import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator  # noqa: E402

from gateway_in_aws import ROUTES, STAGE, GatewayInAws  # noqa: E402
from asking_case import AskingCase  # noqa: E402
from iam_decision import Asked  # noqa: E402
from sluice_in_aws import wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE = 0, 1, 2
KEPT = 10
WORLD: GatewayInAws


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(GatewayInAws(BUILD, aws))


class Gateway(AskingCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.mark()
        self.before = {s: (self.machine.points_at(s), self.machine.rest_of_stage(s), set(self.machine.made(s)))
                       for s in ("api", "socket")}

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])
        self.machine.configure(rest=self.machine.define(ROUTES[0]), socket=self.machine.define(ROUTES[0], name="socket.json"))
        self.assertEqual(self.denied(self.policy()), [])
        for service, (_, rest, _) in self.before.items():
            self.assertEqual(self.machine.rest_of_stage(service), rest)

    def asked(self) -> list[Asked]:
        """Without what tests asked of stages that are not in the configuration at the end."""
        return [a for a in super().asked() if not a.resource.endswith(("/stages/nowhere", "/stages/auto"))]

    def operations(self, *operations: str) -> list[str]:
        return [r["operation"] for r in self.aws.requests(since=self.since, who="sluice")
                if not operations or r["operation"] in operations]

    def assert_swapped_to_a_new_one(self, service: str, how_many: int = 1) -> str:
        blue, _, known = self.before[service]
        green, made = self.machine.points_at(service), self.machine.made(service)
        new = set(made) - known
        self.assertNotEqual(green, blue)
        self.assertIn(green, new)
        self.assertEqual(len(new), how_many, made)
        self.assertTrue(made[green].startswith(f"sluice shop/staging/{service} "), made)
        return green

    def outcome(self) -> str:
        return self.machine.objects("history", "--most", "1")[0]["outcome"]

    def test_01_swaps_a_rest_stage_to_a_deployment_of_its_definition(self) -> None:
        self.machine.configure(rest=self.machine.define(ROUTES[0], ROUTES[1]))
        plan = self.machine.sluice("plan", "api", "--environment", "staging").stdout
        self.assertIn(f"on the stage {STAGE} of the REST API {self.machine.rest_api} in eu-west-1", plan)
        self.assertIn(f"deployment {self.before['api'][0]} → one that is made of gateway/rest.json sha256=", plan)
        self.assertEqual(self.operations("PutRestApi", "CreateDeployment", "UpdateStage"), [])
        self.machine.deploy("api")
        green = self.assert_swapped_to_a_new_one("api")
        self.assertRegex(self.machine.made("api")[green], " sha256=[0-9a-f]{64}$")
        shown = self.cli("apigateway", "get-stage", "--rest-api-id", self.machine.rest_api, "--stage-name", STAGE)
        self.assertEqual(shown["deploymentId"], green)
        self.assertEqual(self.machine.routes(), {ROUTES[0], ROUTES[1]})
        self.assertEqual(self.operations("PutRestApi", "CreateDeployment", "UpdateStage"),
                         ["PutRestApi", "CreateDeployment", "UpdateStage"])
        self.assertIn("unchanged", self.machine.deploy("api", "--json").stdout)

    def test_02_goes_back_to_the_deployment_before_and_makes_none(self) -> None:
        self.machine.configure(rest=self.machine.define(*ROUTES))
        blue = self.before["api"][0]
        self.machine.deploy("api")
        self.assert_swapped_to_a_new_one("api")
        self.machine.roll_back("api")
        self.assertEqual(self.machine.points_at("api"), blue)
        self.assertEqual(self.operations("CreateDeployment", "PutRestApi"), ["PutRestApi", "CreateDeployment"])

    def test_03_is_taken_back_by_a_persons_word_during_the_bake(self) -> None:
        self.machine.configure("10m", rest=self.machine.define(ROUTES[0], ROUTES[2]))
        blue = self.before["api"][0]
        self.machine.deploy("api", "--detach")
        wait_until("the swap", lambda: self.machine.points_at("api") != blue)
        wait_until("the bake", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"])
        back = self.machine.roll_back("api", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        self.assertEqual(self.machine.points_at("api"), blue)
        self.assertEqual(self.operations("UpdateStage"), ["UpdateStage"] * 2)

    def test_04_deploys_what_an_api_without_a_definition_has(self) -> None:
        self.machine.configure()
        self.machine.deploy("api")
        self.assert_swapped_to_a_new_one("api")
        self.assertEqual(self.operations("PutRestApi"), [])

    def test_05_swaps_a_websocket_stage_and_back(self) -> None:
        self.machine.configure("10m")
        blue = self.before["socket"][0]
        self.machine.deploy("socket", "--detach")
        wait_until("the swap", lambda: self.machine.points_at("socket") != blue)
        green = self.assert_swapped_to_a_new_one("socket")
        status = self.machine.v2.get_deployment(ApiId=self.machine.socket_api, DeploymentId=green)["DeploymentStatus"]
        self.assertEqual(status, "DEPLOYED")
        wait_until("the bake", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"])
        self.machine.roll_back("socket", check=False)
        self.assertEqual(self.machine.points_at("socket"), blue)
        self.machine.configure()
        self.machine.deploy("socket")
        first = self.assert_swapped_to_a_new_one("socket", 2)
        self.machine.deploy("socket")
        self.assert_swapped_to_a_new_one("socket", 3)
        self.machine.roll_back("socket")
        self.assertEqual(self.machine.points_at("socket"), first)
        self.assertEqual(len(self.operations("CreateDeployment")), 3)

    def test_06_goes_on_after_the_controller_was_killed(self) -> None:
        self.machine.configure("10m", rest=self.machine.define(*ROUTES))
        blue = self.before["api"][0]
        self.machine.deploy("api", "--detach")
        wait_until("the swap", lambda: self.machine.points_at("api") != blue)
        self.machine.kill_controller()
        wait_until("the bake", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"])
        self.machine.sluice("promote", "api", "--environment", "staging", "--full")
        self.machine.ends()
        self.assertEqual(self.outcome(), "succeeded")
        self.assert_swapped_to_a_new_one("api")

    def test_08_goes_back_after_it_was_killed_on_the_way_back(self) -> None:
        self.machine.configure("10m")
        blue = self.before["api"][0]
        self.machine.deploy("api", "--detach")
        wait_until("the swap", lambda: self.machine.points_at("api") != blue)
        wait_until("the bake", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"])
        self.aws.set_faults({"kind": "pause_before", "operation": "UpdateStage", "times": 1})
        self.machine.sluice("rollback", "api", "--environment", "staging")
        wait_until("the way back", self.aws.paused)
        self.machine.kill_controller()
        self.aws.release(drop=True)
        self.aws.set_faults()
        self.machine.ends()
        self.assertEqual(self.machine.points_at("api"), blue)
        self.assertEqual(self.outcome(), "rolled_back")

    def test_10_is_refused_with_what_to_do(self) -> None:
        api, place = self.machine.rest_api, f"/restapis/{self.machine.rest_api}"
        self.machine.configure(rest=self.machine.define(*ROUTES, "/denied"))
        for operation, permission in (("CreateDeployment", f"apigateway:POST on {place}/deployments"),
                                      ("PutRestApi", f"apigateway:PUT on {place}"),
                                      ("GetStage", f"apigateway:GET on {place}/stages/{STAGE}")):
            self.aws.set_faults({"kind": "denied", "operation": operation})
            result = self.machine.deploy("api", check=False)
            self.aws.set_faults()
            self.assertNotEqual(result.returncode, SUCCEEDED)
            self.assertIn(f"allow {permission} to the keys in use (the environment)", result.stderr)
        for arguments, message in ((["--image", "api=sha-1234567"], "has neither image nor code"),
                                   (["--code", "api=x.zip"], "has neither image nor code")):
            result = self.machine.deploy("api", *arguments, check=False)
            self.assertEqual(result.returncode, USAGE, result.stderr)
            self.assertIn(message, result.stderr)
        self.machine.configure(rest={"definition": "gateway/none.json"})
        self.assertIn("there is no definition", self.machine.deploy("api", check=False).stderr)
        self.machine.configure(rest={"stage": "nowhere"})
        self.assertIn(f"there is no stage nowhere of the REST API {api} in eu-west-1",
                      self.machine.deploy("api", check=False).stderr)
        self.machine.configure(socket=self.machine.define(*ROUTES))
        self.assertIn("is of the protocol WEBSOCKET, for which API Gateway imports no definition",
                      self.machine.deploy("socket", check=False).stderr)
        (self.machine.folder / "gateway" / "rest.json").write_text('{"openapi": "2"}')
        self.machine.configure(rest={"definition": "gateway/rest.json"})
        self.assertIn("BadRequestException", self.machine.deploy("api", check=False).stderr)
        self.assertEqual({s: self.machine.points_at(s) for s in self.before}, {s: b[0] for s, b in self.before.items()})

    def test_11_leaves_a_stage_that_deploys_by_itself_or_has_a_canary(self) -> None:
        self.machine.configure(socket={"stage": "auto"})
        self.machine.v2.create_stage(ApiId=self.machine.socket_api, StageName="auto", AutoDeploy=True)
        self.assertIn("--stage-name 'auto' --no-auto-deploy", self.machine.deploy("socket", check=False).stderr)
        self.machine.v2.delete_stage(ApiId=self.machine.socket_api, StageName="auto")
        self.machine.v2.create_stage(ApiId=self.machine.socket_api, StageName="auto")
        self.assertIn("has no deployment to go back to", self.machine.deploy("socket", check=False).stderr)
        self.machine.v2.delete_stage(ApiId=self.machine.socket_api, StageName="auto")
        self.machine.configure()
        where = {"restApiId": self.machine.rest_api, "stageName": STAGE}
        self.machine.rest.update_stage(**where, patchOperations=[
            {"op": "replace", "path": "/canarySettings/deploymentId", "value": self.before["api"][0]}])
        self.assertIn("op=remove,path=/canarySettings", self.machine.deploy("api", check=False).stderr)
        self.machine.rest.update_stage(**where, patchOperations=[{"op": "remove", "path": "/canarySettings"}])

    def test_12_leaves_a_stage_that_somebody_else_has_moved(self) -> None:
        self.machine.configure("10m")
        blue = self.before["api"][0]
        theirs = self.machine.rest.create_deployment(restApiId=self.machine.rest_api, description="by hand")["id"]
        self.aws.set_faults({"kind": "pause_before", "operation": "CreateDeployment", "times": 1})
        self.machine.deploy("api", "--detach")
        wait_until("the deployment", self.aws.paused)
        self.point_at(theirs)
        self.aws.release()
        wait_until("the way back", lambda: {d["mode"] for d in self.machine.deployments()} <= {"rolling_back"})
        self.assertEqual((self.machine.points_at("api"), self.operations("UpdateStage")), (theirs, []))
        self.point_at(blue)
        self.machine.ends()
        ended = self.machine.objects("history", "--most", "1")[0]
        self.assertIn("somebody else has moved it", ended["cause"])

    def test_12b_leaves_it_on_the_way_back_until_it_points_at_one_of_both_again(self) -> None:
        self.machine.configure("10m")
        blue = self.before["api"][0]
        theirs = self.machine.rest.create_deployment(restApiId=self.machine.rest_api, description="by hand")["id"]
        self.machine.deploy("api", "--detach")
        wait_until("the swap", lambda: self.machine.points_at("api") != blue)
        wait_until("the bake", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"])
        self.point_at(theirs)
        looks = len(self.operations("GetStage"))
        self.machine.sluice("rollback", "api", "--environment", "staging")
        wait_until("a second attempt", lambda: len(self.operations("GetStage")) > looks + 1)
        self.assertEqual((self.machine.points_at("api"), self.operations("UpdateStage")), (theirs, ["UpdateStage"]))
        self.point_at(blue)
        self.machine.ends()
        self.assertEqual(self.outcome(), "rolled_back")

    def point_at(self, deployment: str) -> None:
        self.machine.rest.update_stage(restApiId=self.machine.rest_api, stageName=STAGE, patchOperations=[
            {"op": "replace", "path": "/deploymentId", "value": deployment}])

    def test_13_says_that_the_file_has_changed(self) -> None:
        place = self.machine.define(ROUTES[0], "/first")
        self.machine.configure(rest=place)
        self.aws.set_faults({"kind": "pause_before", "operation": "GetDeployments", "times": 1})
        self.machine.deploy("api", "--detach")
        wait_until("the look", self.aws.paused)
        self.machine.define(ROUTES[0], "/second")
        self.aws.release()
        self.machine.ends()
        ended = self.machine.objects("history", "--most", "1")[0]
        self.assertEqual(ended["outcome"], "failed_before_traffic")
        self.assertIn("has changed since the deployment was asked for", ended["cause"])
        self.assertEqual(self.operations("PutRestApi", "CreateDeployment"), [])

    def test_14_keeps_the_newest_and_deletes_only_its_own(self) -> None:
        self.machine.configure()
        _, used = min((text, d) for d, text in self.machine.made("api").items() if text.startswith("sluice "))
        self.machine.rest.create_stage(restApiId=self.machine.rest_api, stageName="other", deploymentId=used)
        theirs = {d for d, text in self.machine.made("api").items() if not text.startswith("sluice ")}
        since = self.since
        while "DeleteDeployment" not in self.operations("DeleteDeployment"):
            self.machine.deploy("api")
            self.assertLess(len(self.machine.made("api")), 40)
        self.machine.deploy("api")
        made = self.machine.made("api")
        ours = {d for d, text in made.items() if text.startswith("sluice shop/staging/api ")}
        self.assertEqual(len(ours - {used}), KEPT)
        self.assertLessEqual(theirs | {used, self.machine.points_at("api")}, set(made))
        self.machine.rest.delete_stage(restApiId=self.machine.rest_api, stageName="other")
        self.since = since
        self.machine.configure(rest=self.machine.define(*ROUTES))
        self.machine.deploy("api")
        policy = self.policy()
        for left_out in policy["Statement"]:
            rest = {"Statement": [s for s in policy["Statement"] if s is not left_out]}
            self.assertTrue(self.denied(rest), left_out)


class OfAnHttpApi(unittest.TestCase):
    def test_puts_its_definition(self) -> None:
        machine, api = WORLD, WORLD.http_api
        place = machine.define("/orders", "/stock", name="http.json", http_api=True)
        machine.configure(store={"kind": "gateway", "aws": {"api": api, "stage": STAGE} | place})
        before = machine.v2.get_stage(ApiId=api, StageName=STAGE)["DeploymentId"]
        machine.deploy("store")
        routes = {r["RouteKey"] for r in machine.v2.get_routes(ApiId=api)["Items"]}
        self.assertEqual(routes, {"GET /orders", "GET /stock"})
        self.assertNotEqual(machine.v2.get_stage(ApiId=api, StageName=STAGE)["DeploymentId"], before)
        self.assertEqual(machine.aws.problems(), [])


if __name__ == "__main__":
    unittest.main()
