"""A service of ECS that ECS's own deployments move, deployed by the real program to the simulated AWS, which checks the
signature and the shape of every request. The end state is read by botocore.

All tests have one world: each begins with what the one before has left serving.
"""

import json
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
from function_in_aws import ROLE, packed  # noqa: E402
from native_in_aws import LINEAR, OWNERS, Native  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE, LONG_STEPS, digest, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE, FAILED_BEFORE_TRAFFIC = 0, 1, 2, 4
STAGES = ["PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"]
WORLD: Native


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=240))
    WORLD = unittest.enterModuleContext(Native(BUILD, aws))


class Engine(AskingCase):
    def setUp(self) -> None:
        self.aws, self.shop, self.machine = WORLD.aws, WORLD.shop, WORLD
        self.mark()
        self.made = len(self.machine.service_deployments())
        (blue,) = self.machine.service()["deployments"]
        self.image = self.machine.image_of(blue)
        self.blue_is_first = self.shop.weights(self.aws)[0] == (100, 0)

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.aws.set_behaviours()
        self.assertEqual(self.aws.problems(), [])
        self.assertEqual(self.denied(self.policy()), [])
        self.assertEqual(self.calls("ModifyRule") + self.calls("CreateTaskSet"), [])

    def share_of_green(self) -> int:
        return self.shop.weights(self.aws)[0][1 if self.blue_is_first else 0]

    def assert_serves(self, image: str, green_weight: int) -> None:
        self.assertEqual((self.share_of_green(), sum(self.shop.weights(self.aws)[0])), (green_weight, 100))
        self.assertEqual([self.machine.image_of(d) for d in self.machine.service()["deployments"]], [image])

    def wait_for_canary(self) -> None:
        wait_until("10% on GREEN", lambda: self.share_of_green() == 10)

    def test_00_has_no_traffic_when_it_crashes_again_and_again(self) -> None:
        """First: the store of the logs takes no line that is two hours ahead of the real clock."""
        self.machine.engine()
        self.aws.set_behaviours({"image": digest(9), "exit_code": 3, "exit_after": 1, "log_lines": ["ERROR: no database"]})
        result = self.machine.deploy(digest(9), check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r"crash loop: [\s\S]*\n\W*ERROR: no database")
        self.assert_serves(self.image, 0)
        self.assertEqual(self.calls("ContinueServiceDeployment"), [])

    def test_01_goes_forward_by_one_smaller_step(self) -> None:
        self.machine.engine()
        self.assertNotIn("error", self.machine.sluice("lint").stdout)
        image = f"shop/web@{digest(1)}"
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", image).stdout
        self.assertIn("by ECS's own deployments", plan)
        self.aws.set_behaviours({"image": digest(1), "log_lines": ["listening on 8080"]})
        self.assertEqual(self.machine.deploy(digest(1)).returncode, SUCCEEDED)
        self.assert_serves(image, 100)
        self.assertIn("listening on 8080", self.machine.sluice("logs", "web", "--environment", "staging").stdout)
        (service,) = self.cli("ecs", "describe-services", "--cluster", "shop", "--services", "web")["services"]
        definition = self.cli("ecs", "describe-task-definition", "--task-definition", service["taskDefinition"])["taskDefinition"]
        self.assertEqual(definition["containerDefinitions"][0]["image"], image)
        deployment = self.machine.last_deployment()
        self.assertEqual((deployment["status"], len(self.machine.service_deployments())), ("SUCCESSFUL", self.made + 1))
        asked = self.calls("UpdateService")[0]["input"]
        self.assertEqual(len(self.calls("UpdateService")), 1)
        self.assertEqual(asked["deploymentConfiguration"], OWNERS | {
            "strategy": "CANARY", "bakeTimeInMinutes": 0, "canaryConfiguration": {
                "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 0}, "lifecycleHooks": [{
                    "targetType": "PAUSE", "lifecycleStages": STAGES, "timeoutConfiguration": {
                        "timeoutInMinutes": 1440, "action": "ROLLBACK"}}]})
        self.assertEqual(set(asked), {"cluster", "service", "taskDefinition", "deploymentConfiguration"})
        self.assertEqual(len({c["input"]["hookId"] for c in self.calls("ContinueServiceDeployment")}), 3)
        self.assert_printed_policy_is_the_least()

    def assert_printed_policy_is_the_least(self) -> None:
        policy = self.policy()
        for left_out in policy["Statement"]:
            rest = {"Statement": [s for s in policy["Statement"] if s is not left_out]}
            if left_out["Sid"] != "RolesOfHooks":  # test_09 needs them
                self.assertTrue(self.denied(rest), left_out)

    def test_02_is_held_and_taken_back_by_a_persons_word_at_10_percent(self) -> None:
        self.machine.engine(LONG_STEPS)
        self.machine.deploy(digest(2), "--detach")
        self.wait_for_canary()
        self.machine.sluice("hold", "web", "--environment", "staging")
        wait_until("the hold", lambda: self.machine.deployments()[0]["mode"] == "held")
        self.assertEqual(self.share_of_green(), 10)
        back = self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        self.assert_serves(self.image, 0)
        self.assertEqual(self.machine.last_deployment()["status"], "ROLLBACK_SUCCESSFUL")
        self.assertEqual({c["input"]["stopType"] for c in self.calls("StopServiceDeployment")}, {"ROLLBACK"})

    def test_03_goes_on_after_the_controller_was_killed(self) -> None:
        self.machine.engine(LONG_STEPS)
        self.machine.deploy(digest(3), "--detach")
        self.wait_for_canary()
        self.machine.kill_controller()
        wait_until("the next controller", self.machine.deployments)
        self.machine.sluice("promote", "web", "--environment", "staging", "--full")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.last()["outcome"], "succeeded")
        self.assert_serves(f"shop/web@{digest(3)}", 100)
        self.assertEqual(len(self.machine.service_deployments()), self.made + 1)

    def test_05_tells_why_ecs_took_it_back(self) -> None:
        self.machine.engine([{"weight": "10%", "bake": "4s"}, {"weight": "100%"}])
        alarm = lambda state: self.aws.client("cloudwatch").set_alarm_state(AlarmName="bad", StateValue=state, StateReason="test")
        self.machine.deploy(digest(5), "--detach")
        self.wait_for_canary()
        alarm("ALARM")
        self.addCleanup(alarm, "OK")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.last()["outcome"], "rolled_back")
        self.assertIn("rolled back because of alarms: bad", self.last()["cause"])
        self.assert_serves(self.image, 0)

    def test_06_asks_green_on_test_traffic_and_goes_by_equal_steps(self) -> None:
        door = self.aws.front_door(self.shop.rules[1])
        users = self.aws.front_door(self.shop.rules[0])
        self.machine.engine(LINEAR, place={"test": {"rule": self.shop.rules[1], "url": door}, "url": users}, smoke=[
            {"get": "/api/version", "expect": {"json": {"/version": "six"}}}])
        self.aws.set_behaviours({"image": digest(6), "answers": {"/api/version": {"version": "six"}}})
        result = self.machine.deploy(digest(6), check=False)
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        self.assert_serves(f"shop/web@{digest(6)}", 100)
        self.assertEqual(self.calls("UpdateService")[0]["input"]["deploymentConfiguration"]["linearConfiguration"],
                         {"stepPercent": 25.0, "stepBakeTimeInMinutes": 0})
        self.assertEqual(len({c["input"]["hookId"] for c in self.calls("ContinueServiceDeployment")}), 5)

    def test_07_goes_back_to_an_older_revision_all_at_once(self) -> None:
        self.machine.engine()
        self.machine.deploy(digest(7))
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait")
        self.assert_serves(self.image, 0)
        self.assertEqual(self.machine.last_deployment()["deploymentConfiguration"]["strategy"], "BLUE_GREEN")

    def test_09_a_function_of_the_owners_that_says_no_takes_it_back(self) -> None:
        hook = {"hookTargetArn": self.aws.client("lambda").create_function(
            FunctionName="check", Runtime="python3.12", Role=ROLE, Handler="app.handler", Code={"ZipFile": packed("no")})["FunctionArn"],
            "roleArn": ROLE, "lifecycleStages": ["POST_SCALE_UP"]}
        blue_green = {**OWNERS, "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}
        self.machine.set_configuration(**blue_green, lifecycleHooks=[hook])
        self.addCleanup(self.machine.set_configuration, **blue_green, lifecycleHooks=[])
        self.aws.set_behaviours({"function": "check", "payload": {"hookStatus": "FAILED"}})
        self.machine.engine()
        result = self.machine.deploy(digest(9), check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertIn(f"{hook['hookTargetArn']} of POST_SCALE_UP answered FAILED", result.stderr)
        self.assert_serves(self.image, 0)
        self.assertIn(hook, self.calls("UpdateService")[0]["input"]["deploymentConfiguration"]["lifecycleHooks"])
        rest = {"Statement": [s for s in self.policy()["Statement"] if s["Sid"] != "RolesOfHooks"]}
        self.assertEqual({a.action for a in self.denied(rest)}, {"iam:PassRole"})

    def test_10_leaves_a_deployment_of_somebody_elses_alone(self) -> None:
        self.machine.engine(FULL_AT_ONCE)
        definition = self.machine.ecs.register_task_definition(**self.shop.definition("shop/web:theirs"))
        self.machine.set_configuration(strategy="CANARY", bakeTimeInMinutes=0, canaryConfiguration={
            "canaryPercent": 20.0, "canaryBakeTimeInMinutes": 10}, **OWNERS)
        self.machine.ecs.update_service(cluster="shop", service="web",
                                        taskDefinition=definition["taskDefinition"]["taskDefinitionArn"])
        wait_until("20% on theirs", lambda: self.share_of_green() == 20)
        theirs = self.machine.last_deployment()["serviceDeploymentArn"]
        self.assert_refused("has a deployment under way that sluice did not begin", theirs)
        wait_until("their end", lambda: self.machine.last_deployment()["status"] == "SUCCESSFUL")
        self.assertEqual(self.calls("StopServiceDeployment") + self.calls("ContinueServiceDeployment"), [])
        self.assertEqual(self.share_of_green(), 100)

    def test_11_is_refused_with_what_to_do_and_foreseen_by_the_doctor(self) -> None:
        self.machine.engine([{"weight": "10%", "bake": "0s"}, {"weight": "50%", "bake": "0s"}, {"weight": "100%"}])
        self.assertIn("Write the steps 10%, 100%, or use engine: sluice", self.machine.sluice("lint", check=False).stdout)
        self.machine.engine()
        self.assertEqual(self.doctors_finding()["status"], "ok", self.doctors_finding())
        pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
        self.machine.set_configuration(**OWNERS, strategy="BLUE_GREEN", bakeTimeInMinutes=0, lifecycleHooks=[pause])
        self.assert_refused("has a pause hook of its own at POST_TEST_TRAFFIC_SHIFT")
        self.machine.set_configuration(**OWNERS, strategy="ROLLING")
        self.assert_refused("is deployed by rolling updates")
        self.assertEqual(self.doctors_finding()["status"], "lacks")
        self.machine.set_configuration(**OWNERS, strategy="BLUE_GREEN", bakeTimeInMinutes=0)
        self.machine.engine(place={"rules": self.shop.rules})
        self.assert_refused("moves the rule", "(productionListenerRule)")
        self.machine.engine(place={"container": "app"})
        self.assert_refused("has no load balancer for the container app; it has some for: web")
        self.assertEqual(self.calls("UpdateService"), [])
        self.mark()  # what the doctor asks is no part of the policy

    def doctors_finding(self) -> dict:
        """Of the service."""
        output = self.machine.sluice("doctor", "--environment", "staging", "--json", check=False).stdout
        return next(f for f in map(json.loads, output.splitlines()) if f["name"] == "web")

    def assert_refused(self, *sentences: str) -> None:
        result = self.machine.deploy(digest(10), check=False)
        self.assertNotEqual(result.returncode, SUCCEEDED)
        for sentence in sentences:
            self.assertIn(sentence, result.stderr)


if __name__ == "__main__":
    unittest.main()
