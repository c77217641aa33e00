"""Listener rules and target groups that somebody else edits or deletes in the middle of a rollout, and rules with more in
them than a forward action: by the real program, with two rules in the simulated AWS. Each test has a world of its own."""

import copy
import shutil
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from sluice_in_aws import LONG_STEPS, SHORT_STEPS, SluiceInAws, digest, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK = 0, 1
TOPIC = "arn:aws:sns:eu-west-1:123456789012:people"


class Rules(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = self.enterContext(Simulator(scale=60))
        self.shop = make_shop(self.aws)
        self.machine = self.enterContext(SluiceInAws(BUILD, self.aws, self.shop))
        self.elb = self.aws.client("elbv2")
        self.aws.client("sns").create_topic(Name="people")
        (self.blue,) = self.machine.task_sets()

    def tearDown(self) -> None:
        self.assertEqual(self.aws.problems(), [])

    def begin(self, number: int = 1) -> None:
        """A deployment that stays at 10%."""
        self.machine.configure(LONG_STEPS, environment={"notify": [{"sns": {"topic": TOPIC}}]})
        self.machine.deploy(digest(number), "--detach")
        wait_until("10% on GREEN", lambda: self.shop.weights(self.aws) == [(90, 10)] * 2)

    def forward_to(self, rule: str, *groups: tuple[str, int]) -> None:
        """As a person sets a rule."""
        self.elb.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]}}])

    def make_group(self, name: str) -> str:
        return self.elb.create_target_group(Name=name, Protocol="HTTP", Port=self.shop.port, VpcId=self.shop.vpc, TargetType="ip")[
            "TargetGroups"][0]["TargetGroupArn"]

    def weights_of(self, rule: str) -> dict[str, int]:
        (found,) = self.elb.describe_rules(RuleArns=[rule])["Rules"]
        return {g["TargetGroupArn"]: g["Weight"] for g in found["Actions"][-1]["ForwardConfig"]["TargetGroups"]}

    def roll_back(self) -> str:
        """What is said of it; it has ended."""
        back = self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        return back.stdout + back.stderr

    def messages(self) -> list[str]:
        return [r["input"]["Message"] for r in self.aws.requests(who="sluice", operation="Publish")]

    def assert_blue_alone(self) -> None:
        self.assertEqual([s["taskSetArn"] for s in self.machine.task_sets()], [self.blue["taskSetArn"]])
        self.assertEqual(self.machine.objects("history", "--most", "1")[0]["outcome"], "rolled_back")

    def test_a_rule_that_somebody_deletes_does_not_stand_in_the_way_back(self) -> None:
        self.begin()
        self.elb.delete_rule(RuleArn=self.shop.rules[0])
        told = self.roll_back()
        self.assertIn(f"listener rule {self.shop.rules[0]} is gone", told)
        self.assertEqual(self.weights_of(self.shop.rules[1]), {self.shop.blue_group: 100, self.shop.green_group: 0})
        self.assert_blue_alone()
        wait_until("the message", lambda: any("is gone" in m for m in self.messages()))

    def test_a_rule_that_somebody_deletes_lets_nothing_go_on(self) -> None:
        self.begin()
        self.elb.delete_rule(RuleArn=self.shop.rules[1])
        self.machine.sluice("promote", "web", "--environment", "staging", "--full", check=False)
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertIn(f"listener rule {self.shop.rules[1]} is gone", self.machine.objects("history", "--most", "1")[0]["cause"])
        self.assertEqual(self.weights_of(self.shop.rules[0]), {self.shop.blue_group: 100, self.shop.green_group: 0})
        self.assert_most_on_green(10)
        self.assert_blue_alone()

    def assert_most_on_green(self, weight: int) -> None:
        written = [g["Weight"] for r in self.aws.requests(who="sluice", operation="ModifyRule")
                   for g in r["input"]["Actions"][-1]["ForwardConfig"]["TargetGroups"]
                   if g["TargetGroupArn"] == self.shop.green_group]
        self.assertEqual(max(written), weight)

    def test_a_rule_that_somebody_points_elsewhere_is_left_so_on_the_way_back(self) -> None:
        self.begin()
        third = self.make_group("maintenance")
        self.forward_to(self.shop.rules[0], (third, 100))
        told = self.roll_back()
        self.assertIn(f"listener rule {self.shop.rules[0]}: it gives weight 100 to {third}, which is none of the two", told)
        self.assertEqual(self.weights_of(self.shop.rules[0]), {third: 100})
        self.assertEqual(self.weights_of(self.shop.rules[1]), {self.shop.blue_group: 100, self.shop.green_group: 0})
        self.assert_blue_alone()

    def test_a_rule_with_a_third_group_that_still_gives_green_traffic_is_told_until_it_is_mended(self) -> None:
        self.begin()
        third = self.make_group("other")
        self.forward_to(self.shop.rules[0], (self.shop.blue_group, 50), (self.shop.green_group, 20), (third, 30))
        self.machine.sluice("rollback", "web", "--environment", "staging", check=False)
        blue_alone = {self.shop.blue_group: 100, self.shop.green_group: 0}
        wait_until("the other rule", lambda: self.weights_of(self.shop.rules[1]) == blue_alone)
        message = wait_until("the message", lambda: next((m for m in self.messages() if "cannot be rolled back yet" in m), None))
        self.assertIn(self.shop.rules[0], message)
        self.assertIn("take that target group out of it", message)
        self.assertEqual(len(self.machine.task_sets()), 2)
        status = wait_until("the failure in the status", lambda: next(
            (s for s in [self.machine.sluice("status").stdout] if "and again: " in s), None))
        self.assertIn("take that target group out of it", status)
        self.forward_to(self.shop.rules[0], (self.shop.blue_group, 70), (self.shop.green_group, 30))
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.weights_of(self.shop.rules[0]), blue_alone)
        self.assert_blue_alone()

    def test_weights_that_somebody_sets_are_set_right_again(self) -> None:
        self.begin()
        self.forward_to(self.shop.rules[0], (self.shop.blue_group, 40), (self.shop.green_group, 60))
        self.roll_back()
        self.assertEqual(self.shop.weights(self.aws), [(100, 0)] * 2)
        self.assert_blue_alone()

    def test_greens_target_group_that_somebody_deletes_does_not_stand_in_the_way_back(self) -> None:
        self.begin()
        for rule in self.shop.rules:
            self.forward_to(rule, (self.shop.blue_group, 1))
        self.elb.delete_target_group(TargetGroupArn=self.shop.green_group)
        told = self.roll_back()
        self.assertIn(f"does not name the target group {self.shop.green_group} any more", told)
        self.assertEqual([self.weights_of(r) for r in self.shop.rules], [{self.shop.blue_group: 1}] * 2)
        self.assert_blue_alone()

    def test_greens_target_group_that_somebody_deletes_lets_nothing_go_on(self) -> None:
        self.begin()
        for rule in self.shop.rules:
            self.forward_to(rule, (self.shop.blue_group, 0))
        self.elb.delete_target_group(TargetGroupArn=self.shop.green_group)
        self.machine.sluice("promote", "web", "--environment", "staging", "--full", check=False)
        wait_until("the end", lambda: not self.machine.deployments())
        cause = self.machine.objects("history", "--most", "1")[0]["cause"]
        self.assertIn("TargetGroupNotFound", cause)
        self.assertIn("Somebody has deleted", cause)
        self.assertEqual([self.weights_of(r) for r in self.shop.rules], [{self.shop.blue_group: 100}] * 2)
        self.assert_blue_alone()

    def test_without_blues_target_group_green_keeps_the_traffic_and_people_are_told(self) -> None:
        self.begin()
        for rule in self.shop.rules:
            self.forward_to(rule, (self.shop.green_group, 1))
        self.elb.delete_target_group(TargetGroupArn=self.shop.blue_group)
        self.machine.sluice("rollback", "web", "--environment", "staging", check=False)
        message = wait_until("the message", lambda: next((m for m in self.messages() if "cannot be rolled back yet" in m), None))
        self.assertIn("the target group shop-blue, which had the traffic before, is gone", message)
        self.assertEqual([self.weights_of(r) for r in self.shop.rules], [{self.shop.green_group: 1}] * 2)
        self.assertEqual(len(self.machine.task_sets()), 2)
        # Made again by its name, it has the traffic again.
        again = self.make_group("shop-blue")
        wait_until("the way back", lambda: all(self.weights_of(r).get(again) == 100 for r in self.shop.rules))
        # GREEN is left alone while BLUE's task set is in no group that has traffic: its end would be minutes away.
        self.machine.kill_controller()
        shutil.rmtree(self.machine.run_directory)

    def test_all_else_of_a_rule_is_as_it_was(self) -> None:
        oidc = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {
            "Issuer": "https://id.example.com", "AuthorizationEndpoint": "https://id.example.com/a",
            "TokenEndpoint": "https://id.example.com/t", "UserInfoEndpoint": "https://id.example.com/u", "ClientId": "c",
            "ClientSecret": "s", "SessionCookieName": "shop", "Scope": "openid email", "SessionTimeout": 3600,
            "AuthenticationRequestExtraParams": {"prompt": "login"}, "OnUnauthenticatedRequest": "authenticate"}}
        forward = {"Type": "forward", "Order": 7, "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": self.shop.blue_group, "Weight": 1}],
            "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 600}}}
        rewrite = [{"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/shop/(.*)", "Replace": "/$1"}]}}]
        self.shop.rules[1] = self.elb.create_rule(
            ListenerArn=self.shop.https_listener, Priority=30, Actions=[oidc, forward], Transforms=rewrite, Conditions=[
                {"Field": "host-header", "HostHeaderConfig": {"Values": ["shop.example.com"]}},
                {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/shop/*"]}}])["Rules"][0]["RuleArn"]
        before = self.rule_without_weights()
        self.machine.configure(SHORT_STEPS)
        self.assertEqual(self.machine.deploy(digest(1)).returncode, SUCCEEDED)
        self.assertEqual(self.shop.weights(self.aws), [(0, 100)] * 2)
        self.assertEqual(self.rule_without_weights(), before)
        self.machine.configure(LONG_STEPS)
        self.machine.deploy(digest(2), "--detach")
        wait_until("10% on GREEN", lambda: self.shop.weights(self.aws) == [(10, 90)] * 2)
        self.roll_back()
        self.assertEqual(self.shop.weights(self.aws), [(0, 100)] * 2)
        self.assertEqual(self.rule_without_weights(), before)

    def rule_without_weights(self) -> dict:
        """The second rule; the two target groups are in it from the first write on."""
        rule = copy.deepcopy(self.elb.describe_rules(RuleArns=[self.shop.rules[1]])["Rules"][0])
        rule["Actions"][-1].pop("TargetGroupArn", None)
        del rule["Actions"][-1]["ForwardConfig"]["TargetGroups"]
        return rule


if __name__ == "__main__":
    unittest.main()
