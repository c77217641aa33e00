"""A service of ECS whose traffic CodeDeploy moves, deployed by the real program to the simulated AWS, which checks the
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
from codedeploy_in_aws import AT_ONCE, LONG, SHORT, CodeDeployed  # noqa: E402
from sluice_in_aws import digest, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE, FAILED_BEFORE_TRAFFIC = 0, 1, 2, 4
WORLD: CodeDeployed


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(CodeDeployed(BUILD, aws))


class Engine(AskingCase):
    def setUp(self) -> None:
        self.aws, self.shop, self.machine = WORLD.aws, WORLD.shop, WORLD
        self.mark()
        self.made = len(self.machine.deployments_made())
        (self.blue,) = self.machine.task_sets()
        self.image = self.machine.image_of(self.blue)
        self.blue_is_first = self.shop.weights(self.aws)[0] == (100, 0)

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.aws.set_behaviours()
        self.assertEqual(self.aws.problems(), [])
        self.check_policy()
        self.assertEqual(self.calls("ModifyRule") + self.calls("CreateTaskSet") + self.calls("DeleteTaskSet"), [])

    def check_policy(self) -> None:
        """What was asked for so far is allowed by what is printed for the configuration that there is now."""
        self.assertEqual(self.denied(self.policy()), [])

    def share_of_green(self) -> int:
        return self.shop.weights(self.aws)[0][1 if self.blue_is_first else 0]

    def assert_serves(self, image: str, green_weight: int) -> None:
        self.assertEqual(self.share_of_green(), green_weight)
        self.assertEqual(sum(self.shop.weights(self.aws)[0]), 100)
        found = [(s["status"], self.machine.image_of(s)) for s in self.machine.task_sets()]
        self.assertEqual(found, [("PRIMARY", image)])

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
        self.assertEqual(self.calls("ContinueDeployment"), [])

    def test_01_goes_forward_by_codedeploys_increments(self) -> None:
        self.machine.engine()
        self.assertNotIn("error", self.machine.sluice("lint").stdout)
        image = f"shop/web@{digest(1)}"
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", image).stdout
        self.assertIn("by CodeDeploy's deployment group web of shop", plan)
        self.aws.set_behaviours({"image": digest(1), "log_lines": ["listening on 8080"]})
        self.assertEqual(self.machine.deploy(digest(1)).returncode, SUCCEEDED)
        self.assert_serves(image, 100)
        self.assertIn("listening on 8080", self.machine.sluice("logs", "web", "--environment", "staging").stdout)
        deployment = self.machine.deployments_made()[0]
        self.assertEqual((deployment["status"], deployment["deploymentConfigName"]), ("Succeeded", SHORT))
        shown = self.cli("deploy", "get-deployment", "--deployment-id", deployment["deploymentId"])["deploymentInfo"]
        self.assertEqual((shown["status"], shown["deploymentOverview"]["Failed"]), ("Succeeded", 0))
        self.assertEqual(self.machine.task_sets()[0]["externalId"], deployment["deploymentId"])
        self.assertEqual(len(self.calls("CreateDeployment")), 1)
        waits = [r["input"]["deploymentWaitType"] for r in self.calls("ContinueDeployment")]
        self.assertEqual(waits[0], "READY_WAIT")
        self.assertEqual(set(waits[1:]), {"TERMINATION_WAIT"})
        self.assert_printed_policy_is_the_least()

    def assert_printed_policy_is_the_least(self) -> None:
        policy = self.policy()
        for left_out in policy["Statement"]:
            rest = {"Statement": [s for s in policy["Statement"] if s is not left_out]}
            self.assertTrue(self.denied(rest), left_out)

    def test_02_is_taken_back_by_a_persons_word_at_10_percent(self) -> None:
        self.machine.engine(configuration=LONG)
        self.machine.deploy(digest(2), "--detach")
        self.wait_for_canary()
        held = self.machine.sluice("hold", "web", "--environment", "staging", check=False)
        self.assertNotEqual(held.returncode, SUCCEEDED)
        self.assertIn("it cannot be held, only rolled back", held.stderr)
        back = self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        self.assert_serves(self.image, 0)
        stopped = self.machine.deployments_made()[0]
        self.assertEqual(stopped["status"], "Stopped")
        undone = self.machine.cd.get_deployment(deploymentId=stopped["rollbackInfo"]["rollbackDeploymentId"])["deploymentInfo"]
        self.assertEqual(undone["status"], "Succeeded")
        self.assertEqual([s["taskSetArn"] for s in self.machine.task_sets()], [self.blue["taskSetArn"]])

    def test_03_goes_on_after_the_controller_was_killed(self) -> None:
        self.machine.engine(configuration=LONG)
        self.machine.deploy(digest(3), "--detach")
        self.wait_for_canary()
        self.machine.kill_controller()
        wait_until("the next controller", self.machine.deployments)
        self.machine.sluice("status")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.last()["outcome"], "succeeded")
        self.assert_serves(f"shop/web@{digest(3)}", 100)
        self.assertEqual(len(self.machine.deployments_made()), self.made + 1)

    def test_05_tells_what_codedeploy_says_of_a_failure(self) -> None:
        self.machine.engine()
        self.machine.function("says-failed", "Failed")
        self.machine.function("says-succeeded", "Succeeded")
        service = {"Type": "AWS::ECS::Service", "Properties": {
            "TaskDefinition": "<TASK_DEFINITION>", "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 8080}}}

        def deploy(number: int, hook: str, function: str):
            (self.machine.folder / "appspec.json").write_text(json.dumps(
                {"version": 0.0, "Resources": [{"Web": service}], "Hooks": [{hook: function}]}))
            return self.machine.deploy(digest(number), "--appspec", "appspec.json", check=False)
        result = deploy(51, "AfterInstall", "says-failed")
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertIn("HOOK_EXECUTION_FAILURE: The hook says-failed of AfterInstall answered Failed", self.last()["cause"])
        self.assert_serves(self.image, 0)
        result = deploy(52, "AfterAllowTestTraffic", "says-succeeded")
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        self.assert_serves(f"shop/web@{digest(52)}", 100)
        self.assertEqual(self.calls("Invoke"), [])

    def test_06_is_taken_back_when_codedeploy_is_stopped_by_somebody_else(self) -> None:
        self.machine.engine(configuration=LONG)
        self.machine.deploy(digest(6), "--detach")
        self.wait_for_canary()
        self.machine.cd.stop_deployment(deploymentId=self.machine.deployments_made()[0]["deploymentId"],
                                        autoRollbackEnabled=True)
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.last()["outcome"], "rolled_back")
        self.assertIn("MANUAL_STOP", self.last()["cause"])
        self.assert_serves(self.image, 0)

    def test_07_goes_back_to_an_older_revision_all_at_once(self) -> None:
        self.machine.engine()
        self.machine.deploy(digest(7))
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait")
        self.assert_serves(self.image, 0)
        self.assertEqual(self.machine.deployments_made()[0]["deploymentConfigName"], AT_ONCE)
        self.assertEqual(self.machine.task_sets()[0]["taskDefinition"], self.blue["taskDefinition"])

    def test_10_is_refused_with_what_to_do(self) -> None:
        self.machine.engine(steps=[{"weight": "10%", "bake": "0s"}, {"weight": "50%", "bake": "0s"}, {"weight": "100%"}])
        lint = self.machine.sluice("lint", check=False)
        self.assertIn("Write the steps 10%, 100%, or use engine: sluice", lint.stdout)
        self.machine.engine(alarms={"bad": {"metric": "error_rate", "above": "1%", "every": "60s"}})
        self.assertIn("nothing is held there", self.machine.sluice("lint", check=False).stdout)
        self.machine.engine(configuration="own", place={"every": "10m"})
        self.machine.cd.create_deployment_config(
            deploymentConfigName="own", computePlatform="ECS", trafficRoutingConfig={
                "type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 10}})
        self.assert_refused("goes by 20%, 100% every 10m; 'steps' and 'every' of 'web' say 10%, 100% every 10m")
        self.check_policy()
        self.mark()
        self.machine.engine()
        self.machine.set_waits("CONTINUE_DEPLOYMENT")
        self.assert_refused("moves traffic as soon as GREEN runs", "aws deploy update-deployment-group")
        self.machine.set_waits("STOP_DEPLOYMENT", 1)
        self.assert_refused("ends BLUE 1 min after GREEN has all traffic")
        self.machine.set_waits()
        self.assertEqual(self.calls("CreateDeployment"), [])

    def test_11_is_foreseen_by_the_doctor(self) -> None:
        self.machine.engine()
        self.assertEqual(self.doctors_finding()["status"], "ok", self.doctors_finding())
        self.machine.set_waits("CONTINUE_DEPLOYMENT")
        self.addCleanup(self.machine.set_waits)
        finding = self.doctors_finding()
        self.assertEqual(finding["status"], "lacks", finding)
        self.assertIn("moves traffic as soon as GREEN runs", finding["message"])
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
