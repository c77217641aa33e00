"""A service of ECS behind a load balancer, deployed by the real program to the simulated AWS, which checks the signature
and the shape of every request. The end state is read by botocore."""

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
from aws_simulator import Simulator, make_shop  # noqa: E402

from sluice_in_aws import GOOD, LONG_STEPS, SHORT_STEPS, SluiceInAws, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE, FAILED_BEFORE_TRAFFIC = 0, 1, 2, 4
NEWER = "sha256:" + "2" * 64
# What AWS itself fills in.
FILLED_IN = {"compatibilities", "deregisteredAt", "registeredAt", "registeredBy", "requiresAttributes", "revision", "status",
             "taskDefinitionArn"}


class EcsCase(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = self.enterContext(Simulator(scale=60))
        self.shop = make_shop(self.aws)
        self.machine = self.enterContext(SluiceInAws(BUILD, self.aws, self.shop))

    def assert_serves(self, image: str, blue_and_green: tuple[int, int]) -> None:
        self.assertEqual(self.shop.weights(self.aws), [blue_and_green] * 2)
        sets = self.machine.task_sets()
        self.assertEqual([(s["status"], self.machine.image_of(s)) for s in sets], [("PRIMARY", image)])
        self.assertEqual(self.aws.problems(), [])

    def under_way_at(self, weights: tuple[int, int]) -> None:
        wait_until(f"weights {weights}", lambda: self.shop.weights(self.aws) == [weights] * 2)


class Deployment(EcsCase):
    def test_goes_from_0_to_100_percent_and_back_again(self) -> None:
        self.machine.configure(SHORT_STEPS)
        before = self.machine.definition(self.shop.task_definition)["taskDefinition"]
        rules = self.aws.client("elbv2").describe_rules(RuleArns=self.shop.rules)["Rules"]
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", f"shop/web@{GOOD}").stdout
        self.assertIn(f'image: "shop/web:1" → "shop/web@{GOOD}"', plan)
        self.assertEqual(self.aws.requests(who="sluice", operation="RegisterTaskDefinition"), [])
        self.assertEqual(self.machine.deploy(GOOD, "--wait").returncode, SUCCEEDED)
        self.assert_serves(f"shop/web@{GOOD}", (0, 100))

        # Nothing but the image has changed, and the weights of the two rules.
        carried = self.machine.definition(self.machine.task_sets()[0]["taskDefinition"])["taskDefinition"]
        before["containerDefinitions"][0]["image"] = f"shop/web@{GOOD}"
        strip = lambda definition: {k: v for k, v in definition.items() if k not in FILLED_IN}  # noqa: E731
        self.assertEqual(strip(carried), strip(before))
        for old, new in zip(rules, self.aws.client("elbv2").describe_rules(RuleArns=self.shop.rules)["Rules"]):
            for rule in (old, new):
                for group in rule["Actions"][-1]["ForwardConfig"]["TargetGroups"]:
                    group["Weight"] = None
            self.assertEqual(old, new)
        steps = [r["input"]["Actions"][-1]["ForwardConfig"]["TargetGroups"][1]["Weight"]
                 for r in self.aws.requests(who="sluice", operation="ModifyRule")]
        self.assertEqual(steps, [10, 10, 50, 50, 100, 100])

        # An older revision comes back with the very task definition that it had.
        own = self.machine.task_sets()[0]["taskDefinition"]
        self.assertEqual(self.machine.deploy(NEWER, "--wait").returncode, SUCCEEDED)
        self.assert_serves(f"shop/web@{NEWER}", (100, 0))
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait")
        self.assert_serves(f"shop/web@{GOOD}", (0, 100))
        self.assertEqual(self.machine.task_sets()[0]["taskDefinition"], own)

        # The next one goes the other way, and what a person says takes it back.
        self.machine.configure(LONG_STEPS)
        self.machine.deploy(NEWER, "--detach")
        self.under_way_at((10, 90))
        back = self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        self.assert_serves(f"shop/web@{GOOD}", (0, 100))

    def test_that_crashes_again_and_again_has_no_traffic_and_says_why(self) -> None:
        self.machine.configure(SHORT_STEPS)
        self.aws.set_behaviours({"image": GOOD, "exit_code": 3, "exit_after": 1})
        result = self.machine.deploy(GOOD, "--wait", check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertRegex(result.stdout + result.stderr, r"crash loop: \d tasks of it failed: Essential container in task "
                                                        r"exited \(container web exited 3\)")
        self.assert_serves("shop/web:1", (100, 0))
        self.assertEqual(self.aws.requests(who="sluice", operation="ModifyRule"), [])

    def test_goes_on_after_the_controller_was_killed(self) -> None:
        self.machine.configure(LONG_STEPS)
        self.machine.deploy(GOOD, "--detach")
        self.under_way_at((90, 10))
        os.kill(self.machine.controller_pid(), signal.SIGKILL)
        self.machine.sluice("promote", "web", "--environment", "staging", "--full")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.machine.objects("history", "--most", "1")[0]["outcome"], "succeeded")
        self.assert_serves(f"shop/web@{GOOD}", (0, 100))
        self.assertEqual(self.machine.revisions_of_definition(), 2)

    def test_ends_right_though_a_fifth_of_the_calls_goes_wrong(self) -> None:
        self.machine.configure(SHORT_STEPS)
        self.machine.sluice("plan", "web", "--environment", "staging", "--image", f"shop/web@{GOOD}")
        self.aws.misbehave(seed=7, share=0.05)
        result = self.machine.deploy(GOOD, "--wait", check=False)
        self.aws.set_faults()
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        self.assert_serves(f"shop/web@{GOOD}", (0, 100))
        self.assertEqual(self.machine.revisions_of_definition(), 2)


class Refusal(EcsCase):
    def test_names_a_container_that_the_task_definition_lacks(self) -> None:
        self.shop.container = "wob"
        self.machine.configure(SHORT_STEPS)
        result = self.machine.deploy(GOOD, check=False)
        self.assertNotEqual(result.returncode, SUCCEEDED)
        self.assertIn("has no container 'wob'; it has web", result.stdout + result.stderr)
        self.assertEqual(self.aws.requests(who="sluice", operation="RegisterTaskDefinition"), [])

    def test_of_aws_is_told_with_what_to_allow_whom(self) -> None:
        self.machine.configure(SHORT_STEPS)
        self.aws.set_faults({"kind": "denied", "operation": "CreateTaskSet"})
        result = self.machine.deploy(GOOD, "--wait", check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertIn("allow ecs:CreateTaskSet to the keys in use (the environment)", result.stdout + result.stderr)
        self.assert_serves("shop/web:1", (100, 0))

    def test_of_keys_that_are_of_machines_has_line_and_column(self) -> None:
        self.machine.configure(SHORT_STEPS, service={"env": {"A": "b"}})
        result = self.machine.sluice("lint", check=False)
        self.assertRegex(result.stdout + result.stderr, r"sluice.yaml:\d+:\d+: error: 'env' is not for 'target: aws'")


if __name__ == "__main__":
    unittest.main()
