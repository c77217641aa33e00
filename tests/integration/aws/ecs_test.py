"""A service of ECS behind a load balancer, deployed by the real program to the simulated AWS, which checks the signature
and the shape of every request. The end state is read by botocore.

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
from aws_simulator import Simulator, make_shop, task_sets_of  # noqa: E402

from asking_case import AskingCase  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE, LONG_STEPS, SHORT_STEPS, SluiceInAws, digest, revision_of, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE, FAILED_BEFORE_TRAFFIC = 0, 1, 2, 4
# What AWS itself fills in.
FILLED_IN = {"compatibilities", "deregisteredAt", "registeredAt", "registeredBy", "requiresAttributes", "revision", "status",
             "taskDefinitionArn"}
WORLD: SluiceInAws


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(SluiceInAws(BUILD, aws, make_shop(aws)))


class Ecs(AskingCase):
    def setUp(self) -> None:
        self.aws, self.shop, self.machine = WORLD.aws, WORLD.shop, WORLD
        self.mark()
        (self.blue,) = self.machine.task_sets()
        self.image = self.machine.image_of(self.blue)
        self.blue_is_first = self.shop.weights(self.aws)[0] == (100, 0)

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.aws.set_behaviours()
        self.assertEqual(self.aws.problems(), [])
        self.assertEqual(self.denied(self.policy()), [])

    def share_of_green(self) -> list[int]:
        """By rule."""
        return [weights[1 if self.blue_is_first else 0] for weights in self.shop.weights(self.aws)]

    def scale(self, desired: int) -> None:
        """As Application Auto Scaling does it: by the service, whatever task sets it has."""
        self.aws.client("ecs").update_service(cluster=self.shop.cluster, service=self.shop.service, desiredCount=desired)

    def assert_serves(self, image: str, green_weight: int) -> None:
        self.assertEqual(self.share_of_green(), [green_weight] * 2)
        self.assertEqual(self.shop.weights(self.aws)[0], self.shop.weights(self.aws)[1])
        self.assertEqual(sum(self.shop.weights(self.aws)[0]), 100)
        found = [(s["status"], self.machine.image_of(s)) for s in self.machine.task_sets()]
        self.assertEqual(found, [("PRIMARY", image)])

    def test_1_goes_from_0_to_100_percent_and_changes_nothing_else(self) -> None:
        self.scale_by_itself()
        self.machine.configure(SHORT_STEPS)
        before = self.machine.definition(self.blue["taskDefinition"])["taskDefinition"]
        rules = self.aws.client("elbv2").describe_rules(RuleArns=self.shop.rules)["Rules"]
        image = f"shop/web@{digest(1)}"
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", image).stdout
        self.assertIn(f'image: "shop/web:1" → "{image}"', plan)
        self.assertEqual(self.calls("RegisterTaskDefinition"), [])
        self.assertEqual(self.machine.deploy(digest(1)).returncode, SUCCEEDED)
        self.assert_serves(image, 100)
        (service,) = self.cli("ecs", "describe-services", "--cluster", self.shop.cluster, "--services", self.shop.service)["services"]
        (primary,) = service["taskSets"]
        self.assertEqual((primary["status"], primary["stabilityStatus"]), ("PRIMARY", "STEADY_STATE"))
        for rule in self.cli("elbv2", "describe-rules", "--rule-arns", *self.shop.rules)["Rules"]:
            self.assertEqual([g["Weight"] for g in rule["Actions"][-1]["ForwardConfig"]["TargetGroups"]], [0, 100])

        described = self.machine.definition(self.machine.task_sets()[0]["taskDefinition"])
        carried = described["taskDefinition"]
        before["containerDefinitions"][0]["image"] = image
        before["containerDefinitions"][0]["environment"].append({"name": "SLUICE_REVISION", "value": revision_of(described)})
        strip = lambda definition: {k: v for k, v in definition.items() if k not in FILLED_IN}  # noqa: E731
        self.assertEqual(strip(carried), strip(before))
        for old, new in zip(rules, self.aws.client("elbv2").describe_rules(RuleArns=self.shop.rules)["Rules"]):
            for rule in (old, new):
                for group in rule["Actions"][-1]["ForwardConfig"]["TargetGroups"]:
                    group["Weight"] = None
            self.assertEqual(old, new)
        written = [r["input"]["Actions"][-1]["ForwardConfig"]["TargetGroups"][1]["Weight"] for r in self.calls("ModifyRule")]
        self.assertEqual(written, [10, 10, 50, 50, 100, 100])
        self.assertEqual(self.suspended(), set())
        self.assert_printed_policy_is_the_least()

    def assert_printed_policy_is_the_least(self) -> None:
        """After a whole deployment: without any one of its statements something is denied."""
        policy = self.policy()
        for left_out in policy["Statement"]:
            rest = {"Statement": [s for s in policy["Statement"] if s is not left_out]}
            actions = {asked.action for asked in self.denied(rest)}
            # Without a crash there is no look for its reason; no rule of the shop is its listener's default one.
            if left_out["Sid"] not in ("ListTasks", "StoppedTasks", "DefaultRules"):
                self.assertTrue(actions, left_out)
            self.assertLessEqual(actions, set(left_out["Action"]))

    def test_2_goes_back_to_an_older_revision_with_its_own_task_definition(self) -> None:
        self.machine.configure(FULL_AT_ONCE)
        self.machine.deploy(digest(2))
        self.assert_serves(f"shop/web@{digest(2)}", 100)
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait")
        self.assert_serves(self.image, 0)
        self.assertEqual(self.machine.task_sets()[0]["taskDefinition"], self.blue["taskDefinition"])

    def test_3_is_taken_back_by_a_persons_word_in_the_middle(self) -> None:
        self.machine.configure(LONG_STEPS)
        self.machine.deploy(digest(3), "--detach")
        wait_until("10% on GREEN", lambda: self.share_of_green() == [10, 10])
        self.scale(3)
        wait_until("three tasks of each", lambda: [s["runningCount"] for s in self.machine.task_sets()] == [3, 3])
        back = self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        self.assert_serves(self.image, 0)
        self.scale(2)
        self.assertEqual([s["taskSetArn"] for s in self.machine.task_sets()], [self.blue["taskSetArn"]])

    def test_4_has_no_traffic_when_it_crashes_again_and_again(self) -> None:
        self.machine.configure(SHORT_STEPS)
        self.aws.set_behaviours({"image": digest(4), "exit_code": 3, "exit_after": 1})
        result = self.machine.deploy(digest(4), check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r"crash loop: \d tasks of it failed: Essential container in task "
                                        r"exited \(container web exited 3\)")
        self.assert_serves(self.image, 0)
        self.assertEqual(self.calls("ModifyRule"), [])
        self.assertLessEqual({"ecs:ListTasks", "ecs:DescribeTasks"}, {asked.action for asked in self.asked()})

    def test_5_goes_on_after_the_controller_was_killed(self) -> None:
        self.machine.configure(LONG_STEPS)
        self.machine.deploy(digest(5), "--detach")
        wait_until("10% on GREEN", lambda: self.share_of_green() == [10, 10])
        self.machine.kill_controller()
        wait_until("the next controller", self.machine.deployments)
        self.machine.sluice("promote", "web", "--environment", "staging", "--full")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.machine.objects("history", "--most", "1")[0]["outcome"], "succeeded")
        self.assert_serves(f"shop/web@{digest(5)}", 100)
        self.assertEqual((len(self.calls("RegisterTaskDefinition")), len(self.calls("CreateTaskSet"))), (1, 1))

    def test_6_ends_right_though_a_fifth_of_the_calls_goes_wrong(self) -> None:
        self.machine.configure(SHORT_STEPS)
        before = self.machine.revisions_of_definition()
        self.aws.misbehave(seed=7, share=0.05)
        result = self.machine.deploy(digest(6), check=False)
        self.aws.set_faults()
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        self.assert_serves(f"shop/web@{digest(6)}", 100)
        self.assertEqual(self.machine.revisions_of_definition(), before + 1)

    def test_7_is_refused_with_what_to_do(self) -> None:
        self.shop.container = "wob"
        self.machine.configure(SHORT_STEPS)
        self.shop.container = "web"
        result = self.machine.deploy(digest(7), check=False)
        self.assertEqual(result.returncode, USAGE, result.stdout + result.stderr)
        self.assertIn("has no container 'wob'; it has web", result.stderr)

        self.machine.configure(SHORT_STEPS)
        self.aws.set_faults({"kind": "denied", "operation": "CreateTaskSet"})
        result = self.machine.deploy(digest(7), check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertIn("allow ecs:CreateTaskSet to the keys in use (the environment)", result.stderr)
        self.assert_serves(self.image, 0)

    def test_8_asks_cloudwatch_for_the_metrics_of_both_colours(self) -> None:
        self.machine.configure(LONG_STEPS, environment={"analysis": {"metrics": {"lost": {
            "source": "cloudwatch", "kind": "ratio", "every": "1s", "namespace": "Shop", "events": "CartsLost",
            "requests": "Carts", "dimensions": {"Service": "web", "Version": "$revision"}}}}})
        self.machine.deploy(digest(8), "--detach")
        wait_until("10% on GREEN", lambda: self.share_of_green() == [10, 10])
        wait_until("both colours", lambda: len(self.versions_asked_for()) == 2)
        back = self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)

    def configure_smoke(self) -> str:
        """With a rule for test traffic beside the users' two; its ARN."""
        elb = self.aws.client("elbv2")
        rules = elb.describe_rules(ListenerArn=self.shop.http_listener)["Rules"]
        test = next((r["RuleArn"] for r in rules if r["Priority"] == "20"), None) or elb.create_rule(
            ListenerArn=self.shop.http_listener, Priority=20,
            Conditions=[{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "x-test", "Values": ["green"]}}],
            Actions=[{"Type": "forward", "TargetGroupArn": self.shop.blue_group}])["Rules"][0]["RuleArn"]
        self.machine.configure(SHORT_STEPS, environment={"url": self.aws.front_door(self.shop.rules[0])},
                               service={"smoke": [{"name": "chat", "get": "/chat",
                                                   "expect": {"status": 200, "json": {"/intent": "greeting"}}}]},
                               place={"test": {"rule": test, "url": self.aws.front_door(test)}})
        return test

    def test_9_asks_green_by_test_traffic_before_users_do(self) -> None:
        test = self.configure_smoke()
        self.aws.set_behaviours({"image": digest(9), "answers": {"/chat": {"intent": "order"}}},
                                {"answers": {"/chat": {"intent": "greeting"}}})
        result = self.machine.deploy(digest(9), check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertIn("smoke test 'chat' (GET /chat): expected /intent in the body to be \"greeting\", got \"order\"",
                      result.stderr)
        self.assert_serves(self.image, 0)
        self.assertEqual({c["input"]["RuleArn"] for c in self.calls("ModifyRule")}, {test})
        self.assertEqual(self.groups_of(test), [self.blue["loadBalancers"][0]["targetGroupArn"]])

    def test_a_asks_it_again_as_users_do_once_it_has_everything(self) -> None:
        test = self.configure_smoke()
        self.aws.set_behaviours({"answers": {"/chat": {"intent": "greeting"}}})
        self.aws.set_faults({"kind": "pause_before", "operation": "ModifyRule", "skip": 5, "times": 1})
        self.machine.deploy(digest(10), "--detach")
        # Test traffic, then 10%, 50% of two rules: the next write is the first of 100%.
        wait_until("100%", self.aws.paused, 120)
        self.assertEqual(self.groups_of(test), [self.green_group()])
        self.aws.set_behaviours({"answers": {"/chat": {"intent": "order"}}})
        self.aws.release()
        wait_until("the end", lambda: not self.machine.deployments(), 120)
        ended = self.machine.objects("history", "--most", "1")[0]
        self.assertEqual((ended["outcome"], ended["cause_kind"]), ("rolled_back", "smoke"))
        self.assert_serves(self.image, 0)
        self.assertEqual(self.groups_of(test), [self.blue["loadBalancers"][0]["targetGroupArn"]])

    def test_b_ends_right_though_replies_come_late_and_in_another_order(self) -> None:
        self.machine.configure(SHORT_STEPS)
        self.aws.set_faults({"kind": "slow", "seconds": 1.0})
        result = self.machine.deploy(digest(11), check=False)
        self.aws.set_faults()
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        self.assert_serves(f"shop/web@{digest(11)}", 100)

    TARGET = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}

    def suspended(self) -> set[str]:
        """What of scaling."""
        (target,) = self.aws.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[f"service/{self.shop.cluster}/{self.shop.service}"])["ScalableTargets"]
        return {name for name, is_so in target["SuspendedState"].items() if is_so}

    def scale_by_itself(self, **suspended: bool) -> None:
        self.aws.client("application-autoscaling").register_scalable_target(
            **self.TARGET, ResourceId=f"service/{self.shop.cluster}/{self.shop.service}", MinCapacity=1, MaxCapacity=9,
            SuspendedState=suspended)

    def test_c_is_not_scaled_in_while_two_task_sets_run(self) -> None:
        as_it_was = {"ScheduledScalingSuspended"}
        self.scale_by_itself(ScheduledScalingSuspended=True)
        self.machine.configure(LONG_STEPS)
        self.machine.deploy(digest(12), "--detach")
        wait_until("10% on GREEN", lambda: self.share_of_green() == [10, 10])
        self.assertEqual(self.suspended(), {"DynamicScalingInSuspended"} | as_it_was)
        self.machine.kill_controller()
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        self.assert_serves(self.image, 0)
        self.assertEqual(self.suspended(), as_it_was)
        self.assertEqual(len(self.calls("RegisterScalableTarget")), 2)
        self.machine.configure(SHORT_STEPS)
        self.assertEqual(self.machine.deploy(digest(12)).returncode, SUCCEEDED)
        self.assertEqual(self.suspended(), as_it_was)
        self.assertEqual(len(self.calls("RegisterScalableTarget")), 4)
        self.assertEqual([s["Sid"] for s in self.policy()["Statement"] if s["Sid"] == "ScalingIn"], ["ScalingIn"])

    def test_d_leaves_scaling_in_suspended_where_somebody_wants_it_so(self) -> None:
        self.scale_by_itself(DynamicScalingInSuspended=True)
        self.machine.configure(SHORT_STEPS)
        self.assertEqual(self.machine.deploy(digest(13)).returncode, SUCCEEDED)
        self.assertIn("DynamicScalingInSuspended", self.suspended())
        self.assertEqual(self.calls("RegisterScalableTarget"), [])

    def crowd(self) -> list[str]:
        """Four more task sets, which get no traffic, with all their tasks: as many as ECS takes."""
        ecs, place = self.aws.client("ecs"), {"cluster": self.shop.cluster, "service": self.shop.service}
        made = [ecs.create_task_set(**place, taskDefinition=self.blue["taskDefinition"], launchType="FARGATE",
                                    networkConfiguration=self.shop.network, scale={"value": 50.0, "unit": "PERCENT"})["taskSet"]["id"]
                for _ in range(4)]
        wait_until("their tasks", lambda: all(s["stabilityStatus"] == "STEADY_STATE" for s in self.machine.task_sets()))
        return made

    def disperse(self, task_sets: list[str]) -> None:
        for task_set in task_sets:
            self.aws.client("ecs").delete_task_set(cluster=self.shop.cluster, service=self.shop.service, taskSet=task_set, force=True)

    def is_alone(self) -> bool:
        """No task set drains any more."""
        place = {"cluster": self.shop.cluster, "service": self.shop.service}
        return len(task_sets_of(self.aws.client("ecs"), **place)) == 1

    def test_e_waits_for_task_sets_that_drain_where_ecs_takes_no_more(self) -> None:
        task_sets = self.crowd()
        self.aws.set_delays(task_stopping=240)
        self.disperse(task_sets)
        self.machine.configure(SHORT_STEPS)
        result = self.machine.deploy(digest(14), check=False)
        self.aws.set_delays(task_stopping=5)
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        answers = [r["error"] for r in self.calls("CreateTaskSet")]
        self.assertEqual((answers[0], answers[-1]), ("InvalidParameterException", None), answers)
        wait_until("the end of those that drain", self.is_alone)
        self.assert_serves(f"shop/web@{digest(14)}", 100)

    def test_f_says_what_to_do_where_none_of_too_many_task_sets_drains(self) -> None:
        task_sets = self.crowd()
        self.machine.configure(SHORT_STEPS)
        result = self.machine.deploy(digest(15), check=False)
        self.disperse(task_sets)
        wait_until("their end", self.is_alone)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC)
        for part in ("has 5 task sets, and ECS takes no more", "delete those that are not needed", *task_sets):
            self.assertIn(part, result.stdout + result.stderr)
        self.assertEqual(len(self.calls("CreateTaskSet")), 1)
        self.assert_serves(self.image, 0)

    def green_group(self) -> str:
        return self.shop.green_group if self.blue_is_first else self.shop.blue_group

    def groups_of(self, rule: str) -> list[str]:
        """Those that get traffic."""
        (found,) = self.aws.client("elbv2").describe_rules(RuleArns=[rule])["Rules"]
        return [g["TargetGroupArn"] for g in found["Actions"][-1]["ForwardConfig"]["TargetGroups"] if g["Weight"]]

    def versions_asked_for(self) -> set[str]:
        queries = [q["MetricStat"] for call in self.calls("GetMetricData") for q in call["input"]["MetricDataQueries"]]
        return {d["Value"] for q in queries if q["Metric"]["Namespace"] == "Shop" and q["Period"] == 1
                for d in q["Metric"]["Dimensions"] if d["Name"] == "Version"}


class OfADefaultRule(AskingCase):
    """The last rule of a listener, which is written by another operation than others are."""

    def test_moves_it(self) -> None:
        self.aws = self.enterContext(Simulator(scale=60))
        shop = make_shop(self.aws)
        balancers = self.aws.client("elbv2")
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": shop.blue_group, "Weight": 1}]}}
        listener = balancers.create_listener(LoadBalancerArn=shop.balancer, Protocol="HTTP", Port=8088, DefaultActions=[forward])
        (rule,) = balancers.describe_rules(ListenerArn=listener["Listeners"][0]["ListenerArn"])["Rules"]
        self.assertTrue(rule["IsDefault"])
        self.machine = self.enterContext(SluiceInAws(BUILD, self.aws, shop))
        self.mark()
        self.machine.configure(SHORT_STEPS, place={"rules": [*shop.rules, rule["RuleArn"]]})
        self.assertEqual(self.machine.deploy(digest(1)).returncode, SUCCEEDED)
        (after,) = balancers.describe_rules(RuleArns=[rule["RuleArn"]])["Rules"]
        groups = {g["TargetGroupArn"]: g["Weight"] for g in after["Actions"][-1]["ForwardConfig"]["TargetGroups"]}
        self.assertEqual(groups, {shop.blue_group: 0, shop.green_group: 100})
        written = [c["input"]["DefaultActions"][-1]["ForwardConfig"]["TargetGroups"][1]["Weight"] for c in self.calls("ModifyListener")]
        self.assertEqual(written, [0, 10, 50, 100])
        self.assertEqual(self.denied(self.policy()), [])
        self.assertEqual(self.aws.problems(), [])


if __name__ == "__main__":
    unittest.main()
