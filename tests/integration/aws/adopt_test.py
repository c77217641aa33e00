"""`sluice adopt`: services with rolling updates and CodeDeploy's controller taken over by the real program in the simulated
AWS, which checks the signature and the shape of every request. The end state is read by botocore.
"""

import json
import subprocess
import sys
import time
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from sluice_in_aws import FULL_AT_ONCE, SluiceInAws, wait_until  # noqa: E402

STEPS = [{"weight": "10%", "bake": "100ms"}, {"weight": "100%", "bake": "100ms"}]
NEW = "web-sluice"
ELB = {"elbv2": "elasticloadbalancing"}
# A call that also needs IAM's PassRole and tags names only itself.
WRITES = {"CreateTargetGroup", "ModifyTargetGroupAttributes", "ModifyRule", "CreateService", "CreateTaskSet",
          "UpdateServicePrimaryTaskSet", "DeleteService"}


class Adopted(unittest.TestCase):
    """A world of its own for each test; `controller` is the old service's."""

    def make(self, controller: str = "ECS", green_exists: bool = False) -> None:
        self.aws = self.enterContext(Simulator(scale=60))
        self.shop = make_shop(self.aws, controller=controller)
        elb = self.aws.client("elbv2")
        elb.modify_target_group(TargetGroupArn=self.shop.blue_group, HealthCheckTimeoutSeconds=2, UnhealthyThresholdCount=3)
        if not green_exists:  # as a service with rolling updates has it: one group, named alone
            for rule in self.shop.rules:
                elb.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "TargetGroupArn": self.shop.blue_group}])
            elb.delete_target_group(TargetGroupArn=self.shop.green_group)
            self.shop.green_group = ""
        self.machine = self.enterContext(SluiceInAws(BUILD, self.aws, self.shop))
        self.old = self.shop.service
        self.shop.service = NEW
        self.configure()
        self.since = self.aws.newest_request()

    def configure(self, steps: list[dict] = STEPS) -> None:
        green, self.shop.green_group = self.shop.green_group, "shop-green"
        self.machine.configure(steps)
        self.shop.green_group = green

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])

    def adopt(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.machine.sluice("adopt", "web", "--environment", "staging", *arguments, check=check)

    def asked(self) -> list[dict]:
        return self.aws.requests(since=self.since, who="sluice")

    def writes(self) -> list[str]:
        return [r["operation"] for r in self.asked() if r["operation"] in WRITES]

    def service(self, name: str) -> dict:
        return self.aws.client("ecs").describe_services(cluster="shop", services=[name])["services"][0]

    def groups(self) -> dict[str, str]:
        return {g["TargetGroupName"]: g["TargetGroupArn"]
                for g in self.aws.client("elbv2").describe_target_groups()["TargetGroups"]}

    def shares(self) -> list[tuple[int, int]]:
        """Of blue and green in each rule."""
        self.shop.green_group = self.groups().get("shop-green", "")
        return self.shop.weights(self.aws)

    def assert_adopted(self, controller: str) -> None:
        self.assertEqual(self.shares(), [(0, 100), (0, 100)])
        (first,) = self.machine.task_sets()
        self.assertEqual((first["status"], first["externalId"]), ("PRIMARY", f"adopted-from-{self.old}"))
        self.assertEqual(first["taskDefinition"], self.shop.task_definition)
        self.assertEqual(first["networkConfiguration"], self.shop.network)
        old = self.service(self.old)
        self.assertEqual((old["status"], old["runningCount"], old["deploymentController"]["type"]), ("ACTIVE", 2, controller))

    def test_a_plan_changes_nothing_and_names_what_iam_must_allow_for_all_of_it(self) -> None:
        self.make()
        plan = json.loads(self.adopt("--json").stdout)
        self.assertEqual((plan["from"], plan["controller"], plan["to"]), ("web", "ECS", NEW))
        self.assertEqual(self.writes(), [])
        self.assertEqual(set(self.groups()), {"shop-blue"})
        text = self.adopt().stdout
        self.assertIn("1. make the target group shop-green like shop-blue", text)
        self.assertIn("Nothing was changed. With --yes it is done", text)
        self.adopt("--yes")
        self.assert_adopted("ECS")
        needed = {f"{ELB.get(r['service'], r['service'])}:{r['operation']}" for r in self.asked()}
        self.assertLessEqual(needed, set(plan["iam_actions"]))
        # Beside those of the calls: roles that are passed, tags, looks at failed tasks, a default rule.
        self.assertLessEqual(set(plan["iam_actions"]) - needed, {
            "iam:PassRole", "ecs:TagResource", "ecs:ListTasks", "ecs:DescribeTasks", "elasticloadbalancing:ModifyListener"})
        self.assert_group_is_a_copy()
        self.assert_goes_back_and_is_deployed_to_later()

    def assert_group_is_a_copy(self) -> None:
        elb = self.aws.client("elbv2")
        blue, green = (elb.describe_target_groups(Names=[n])["TargetGroups"][0] for n in ("shop-blue", "shop-green"))
        for member in ("TargetGroupArn", "TargetGroupName"):
            self.assertNotEqual(blue.pop(member), green.pop(member))
        self.assertEqual(blue, green)
        attributes = [{a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]}
                      for arn in (self.groups()["shop-blue"], self.groups()["shop-green"])]
        self.assertEqual(attributes[0], attributes[1])
        self.assertEqual(attributes[1]["deregistration_delay.timeout_seconds"], "30")

    def assert_goes_back_and_is_deployed_to_later(self) -> None:
        self.assertIn("move all requests back to shop-blue", self.adopt("--undo", "--from", "web").stdout)
        self.assertEqual(self.shares(), [(0, 100), (0, 100)])
        self.adopt("--undo", "--from", "web", "--yes")
        self.assertEqual(self.shares(), [(100, 0), (100, 0)])
        wait_until("the service beside is gone", lambda: self.service(NEW)["status"] == "INACTIVE")
        self.adopt("--yes", "--at-once")
        self.assert_adopted("ECS")
        self.assertIn("serves all requests", self.adopt("--yes").stdout)  # once is enough

        self.configure(FULL_AT_ONCE)
        digest = "sha256:" + "1".zfill(64)
        refused = self.machine.deploy(digest, check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("2 targets that no task set of this service made", refused.stderr)
        self.aws.client("ecs").delete_service(cluster="shop", service="web", force=True)
        wait_until("the old service is gone", lambda: self.service("web")["status"] == "INACTIVE")
        self.machine.deploy(digest)
        self.assertEqual(self.shares(), [(100, 0), (100, 0)])
        (now,) = self.machine.task_sets()
        self.assertEqual(self.machine.image_of(now), f"shop/web@{digest}")
        late = self.adopt("--undo", "--from", "web", check=False)
        self.assertNotEqual(late.returncode, 0)

    def test_a_service_of_codedeploy_goes_on_wherever_the_command_was_killed(self) -> None:
        self.make(controller="CODE_DEPLOY", green_exists=True)
        for operation in ("CreateService", "CreateTaskSet", "ModifyRule", "UpdateServicePrimaryTaskSet"):
            for kind in ("pause_before", "pause_after"):
                self.kill_at(operation, kind)
        self.adopt("--yes")
        self.assert_adopted("CODE_DEPLOY")
        made = [r["input"] for r in self.asked() if r["operation"] == "CreateService"]
        self.assertEqual(len({json.dumps(i, sort_keys=True) for i in made}), 1)
        services = self.aws.client("ecs").list_services(cluster="shop")["serviceArns"]
        self.assertEqual(sorted(a.rpartition("/")[2] for a in services), ["web", NEW])

    def kill_at(self, operation: str, kind: str) -> None:
        """The request never arrives, or is carried out and its answer lost. One that is never sent is no matter."""
        self.aws.set_faults({"kind": kind, "operation": operation, "times": 1})
        command = subprocess.Popen([BUILD / "sluice", "adopt", "web", "--environment", "staging", "--yes"],
                                   cwd=self.machine.folder, env=self.machine.env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while command.poll() is None and not self.aws.paused():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        command.kill()
        command.wait()
        self.aws.release(drop=True)
        self.aws.set_faults()

    def test_ends_right_though_some_of_the_calls_go_wrong(self) -> None:
        self.make(controller="CODE_DEPLOY", green_exists=True)
        self.aws.misbehave(seed=3, share=0.05)
        for _ in range(5):
            if self.adopt("--yes", check=False).returncode == 0:
                break
        self.aws.set_faults()
        self.adopt("--yes")
        self.assert_adopted("CODE_DEPLOY")

    def test_refuses_with_the_reason_what_it_cannot_take_over(self) -> None:
        self.make()
        ecs, image = self.aws.client("ecs"), "shop/web@sha256:" + "2".zfill(64)
        self.shop.service = "web"
        self.configure()
        itself = self.adopt("--yes", check=False)
        self.assertIn("such as web-sluice, which is made, and say --from web", itself.stderr)
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", image, check=False)
        self.assertIn("has the deployment controller ECS", plan.stderr)
        self.assertIn("`sluice adopt`", plan.stderr)

        ecs.update_service(cluster="shop", service="web", serviceConnectConfiguration={"enabled": True, "namespace": "shop"})
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", image, check=False)
        self.assertIn("uses Service Connect, and ECS gives its proxy to no task of a task set", plan.stderr)
        self.shop.service = NEW
        self.configure()
        connected = self.adopt("--yes", check=False)
        self.assertIn("the service web cannot be taken over: it uses Service Connect", connected.stderr)
        self.assertEqual(self.writes(), [])

    def test_leaves_the_requests_where_they_are_when_the_new_tasks_crash(self) -> None:
        self.make(green_exists=True)
        self.aws.set_behaviours({"image": "shop/web", "exit_code": 3, "exit_after": 1})
        crashed = self.adopt("--yes", check=False)
        self.assertEqual(crashed.returncode, 1, crashed.stderr)
        self.assertIn("the new tasks are in a crash loop", crashed.stderr)
        self.assertIn("no request has moved", crashed.stderr)
        self.assertEqual(self.shares(), [(100, 0), (100, 0)])
        self.adopt("--undo", "--from", "web", "--yes")
        self.assertEqual(self.service(NEW)["status"] in ("DRAINING", "INACTIVE"), True)


if __name__ == "__main__":
    unittest.main()
