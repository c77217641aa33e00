"""`sluice adopt`: services with rolling updates and CodeDeploy's controller taken over by the real program in the simulated
AWS, which checks the signature and the shape of every request. The end state is read by botocore.
"""

import json
import subprocess
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator  # noqa: E402

from adoption_in_aws import NEW, OLD, AdoptionInAws  # noqa: E402
from copilot_in_aws import GROUPS, OF_THE_ENVIRONMENT, REGISTRY, CopilotInAws  # noqa: E402
from copilot_in_aws import NEW as BESIDE_COPILOTS, OLD as COPILOTS, OLD_GROUP as COPILOTS_GROUP  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE, wait_until  # noqa: E402

ELB = {"elbv2": "elasticloadbalancing"}
# A call that also needs IAM's PassRole and tags names only itself.
WRITES = {"CreateTargetGroup", "ModifyTargetGroupAttributes", "ModifyRule", "CreateService", "CreateTaskSet",
          "UpdateServicePrimaryTaskSet", "DeleteService"}


class Adopted(unittest.TestCase):
    """A world of its own for each test; `controller` is the old service's."""

    def make(self, controller: str = "ECS", green_exists: bool = False) -> None:
        self.aws = self.enterContext(Simulator(scale=60))
        self.machine = self.enterContext(AdoptionInAws(BUILD, self.aws, controller, green_exists))
        self.shop = self.machine.shop
        self.since = self.aws.newest_request()

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])

    def adopt(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.machine.sluice("adopt", "web", "--environment", "staging", *arguments, check=check)

    def asked(self) -> list[dict]:
        return self.aws.requests(since=self.since, who="sluice")

    def writes(self) -> list[str]:
        return [r["operation"] for r in self.asked() if r["operation"] in WRITES]

    def assert_adopted(self, controller: str) -> None:
        self.assertEqual(self.machine.shares(), [(0, 100), (0, 100)])
        (first,) = self.machine.task_sets()
        self.assertEqual((first["status"], first["externalId"]), ("PRIMARY", f"adopted-from-{OLD}"))
        self.assertEqual(first["taskDefinition"], self.shop.task_definition)
        self.assertEqual(first["networkConfiguration"], self.shop.network)
        old = self.machine.service(OLD)
        self.assertEqual((old["status"], old["runningCount"], old["deploymentController"]["type"]), ("ACTIVE", 2, controller))

    def test_a_plan_changes_nothing_and_names_what_iam_must_allow_for_all_of_it(self) -> None:
        self.make()
        plan = json.loads(self.adopt("--json").stdout)
        self.assertEqual((plan["from"], plan["controller"], plan["to"]), ("web", "ECS", NEW))
        self.assertEqual(self.writes(), [])
        self.assertEqual(set(self.machine.groups()), {"shop-blue"})
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
                      for arn in (self.machine.groups()["shop-blue"], self.machine.groups()["shop-green"])]
        self.assertEqual(attributes[0], attributes[1])
        self.assertEqual(attributes[1]["deregistration_delay.timeout_seconds"], "30")

    def assert_goes_back_and_is_deployed_to_later(self) -> None:
        self.assertIn("move all requests back to shop-blue", self.adopt("--undo", "--from", "web").stdout)
        self.assertEqual(self.machine.shares(), [(0, 100), (0, 100)])
        self.adopt("--undo", "--from", "web", "--yes")
        self.assertEqual(self.machine.shares(), [(100, 0), (100, 0)])
        wait_until("the service beside is gone", lambda: self.machine.service(NEW)["status"] == "INACTIVE")
        self.adopt("--yes", "--at-once")
        self.assert_adopted("ECS")
        self.assertIn("serves all requests", self.adopt("--yes").stdout)  # once is enough

        self.machine.configure_adoption(FULL_AT_ONCE)
        digest = "sha256:" + "1".zfill(64)
        refused = self.machine.deploy(digest, check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("2 targets that no task set of this service made", refused.stderr)
        self.aws.client("ecs").delete_service(cluster="shop", service="web", force=True)
        wait_until("the old service is gone", lambda: self.machine.service("web")["status"] == "INACTIVE")
        self.machine.deploy(digest)
        self.assertEqual(self.machine.shares(), [(100, 0), (100, 0)])
        (now,) = self.machine.task_sets()
        self.assertEqual(self.machine.image_of(now), f"shop/web@{digest}")
        late = self.adopt("--undo", "--from", "web", check=False)
        self.assertNotEqual(late.returncode, 0)

    def test_a_service_of_codedeploy_is_taken_over_though_the_command_was_killed(self) -> None:
        """At every write: kills_test.py."""
        self.make(controller="CODE_DEPLOY", green_exists=True)
        self.kill_at("CreateTaskSet", "pause_after")
        self.adopt("--yes")
        self.assert_adopted("CODE_DEPLOY")
        self.assertEqual(self.machine.services(), [OLD, NEW])

    def kill_at(self, operation: str, kind: str) -> None:
        """The request never arrives, or is carried out and its answer lost."""
        self.aws.set_faults({"kind": kind, "operation": operation, "times": 1})
        command = subprocess.Popen([BUILD / "sluice", "adopt", "web", "--environment", "staging", "--yes"],
                                   cwd=self.machine.folder, env=self.machine.env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(operation, self.aws.paused)
        command.kill()
        command.wait()
        self.aws.release(drop=True)
        self.aws.set_faults()

    def test_refuses_with_the_reason_what_it_cannot_take_over(self) -> None:
        self.make()
        ecs, image = self.aws.client("ecs"), "shop/web@sha256:" + "2".zfill(64)
        self.shop.service = "web"
        self.machine.configure_adoption()
        itself = self.adopt("--yes", check=False)
        self.assertIn("such as web-sluice, which is made, and say --from web", itself.stderr)
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", image, check=False)
        self.assertIn("has the deployment controller ECS", plan.stderr)
        self.assertIn("`sluice adopt`", plan.stderr)

        ecs.update_service(cluster="shop", service="web", serviceConnectConfiguration={"enabled": True, "namespace": "shop"})
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", image, check=False)
        self.assertIn("uses Service Connect, and ECS gives its proxy to no task of a task set", plan.stderr)
        self.shop.service = NEW
        self.machine.configure_adoption()
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
        self.assertEqual(self.machine.shares(), [(100, 0), (100, 0)])
        self.adopt("--undo", "--from", "web", "--yes")
        self.assertEqual(self.machine.service(NEW)["status"] in ("DRAINING", "INACTIVE"), True)


class OfCopilot(unittest.TestCase):
    """A service that Copilot deploys, with a domain."""

    def setUp(self) -> None:
        self.aws = self.enterContext(Simulator(scale=60))
        self.machine = self.enterContext(CopilotInAws(BUILD, self.aws))
        self.machine.configure_adoption()
        self.old, self.redirect = self.machine.service(COPILOTS), self.machine.describe_rule(self.machine.redirect)

    def tearDown(self) -> None:
        self.assertEqual(self.aws.problems(), [])

    def adopt(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.machine.sluice("adopt", "web", "--environment", "staging", *arguments, check=check)

    def test_is_taken_over_after_a_plan_and_given_back(self) -> None:
        plan = json.loads(self.adopt("--json").stdout)
        self.assertEqual((plan["from"], plan["controller"], plan["tasks"]), (COPILOTS, "ECS", 2))
        self.assertTrue([n for n in plan["notes"] if "Application Auto Scaling (2 to 10 tasks)" in n], plan["notes"])
        self.assertEqual(self.machine.service(COPILOTS), self.old)
        self.assertEqual(self.machine.weights(), {COPILOTS_GROUP: 1})
        self.adopt("--yes")
        self.assertEqual(self.machine.weights(), {COPILOTS_GROUP: 0, GROUPS[0]: 100})
        self.assert_beside_is_like_it()
        self.assert_is_as_it_was()
        self.adopt("--undo", "--from", COPILOTS, "--yes")
        self.assertEqual(self.machine.weights(), {COPILOTS_GROUP: 100, GROUPS[0]: 0})
        wait_until("the service beside is gone", lambda: self.machine.service(BESIDE_COPILOTS)["status"] == "INACTIVE")
        self.assert_is_as_it_was()

    def assert_is_as_it_was(self) -> None:
        self.assertEqual(self.machine.service(COPILOTS), self.old)
        self.assertEqual(self.machine.describe_rule(self.machine.redirect), self.redirect)

    def assert_beside_is_like_it(self) -> None:
        beside = self.machine.service(BESIDE_COPILOTS)
        for member in ("desiredCount", "propagateTags", "enableExecuteCommand", "healthCheckGracePeriodSeconds"):
            self.assertEqual(beside[member], self.old[member], member)
        # Copilot finds its service by its own tags, and wants to find one.
        self.assertEqual({t["key"]: t["value"] for t in beside["tags"]}, OF_THE_ENVIRONMENT)
        (tasks,) = self.machine.task_sets()
        for member in ("taskDefinition", "networkConfiguration", "launchType", "platformVersion"):
            self.assertEqual(tasks[member], self.old[member], member)
        self.assertEqual(tasks["serviceRegistries"], [REGISTRY])
        groups = {g["TargetGroupName"]: g for g in self.machine.elb.describe_target_groups()["TargetGroups"]}
        for name in GROUPS:
            copied = groups[name] | {m: groups[COPILOTS_GROUP][m] for m in ("TargetGroupName", "TargetGroupArn", "LoadBalancerArns")}
            self.assertEqual(copied, groups[COPILOTS_GROUP])
            told = self.machine.elb.describe_target_group_attributes(TargetGroupArn=groups[name]["TargetGroupArn"])["Attributes"]
            self.assertIn({"Key": "deregistration_delay.timeout_seconds", "Value": "60"}, told)

    def test_is_refused_with_service_connect(self) -> None:
        """`network: {connect: true}` of its manifest."""
        self.machine.ecs.update_service(cluster=self.machine.shop.cluster, service=COPILOTS,
                                        serviceConnectConfiguration={"enabled": True, "namespace": "test.shop.local"})
        self.assertIn("it uses Service Connect", self.adopt("--yes", check=False).stderr)
        self.assertEqual(self.machine.weights(), {COPILOTS_GROUP: 1})


if __name__ == "__main__":
    unittest.main()
