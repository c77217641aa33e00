"""What `sluice init --aws` writes: the template is made in the simulated AWS, its outputs are filled into the sluice.yaml that was
written beside it, and the real program deploys with that. Terraform's files are held against the template."""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
READERS = environment.add(sys.argv[1], Path(__file__).resolve().parent / "template_requirements.txt")
del sys.argv[1]
import cfnlint.api  # noqa: E402
from aws_simulator import Shop, Simulator, task_sets_of  # noqa: E402
from aws_simulator.fixture import settle  # noqa: E402

from iam_decision import asked_by, is_allowed  # noqa: E402
from sluice_in_aws import SluiceInAws, wait_until  # noqa: E402
from stack_walk import Stack  # noqa: E402
from terraform_as_stack import (COUNTERPARTS, PARTS, WITHOUT_COUNTERPART, in_one_form, known, policy, properties,  # noqa: E402
                                statements)
from terraform_reader import Module  # noqa: E402

GUIDE = Path(__file__).resolve().parents[3] / "docs/guide/from-nothing-to-aws.md"
FIRST, SECOND, THIRD = ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:" + digit * 64 for digit in "123")
WORLD: "InitInAws"


class InitInAws(SluiceInAws):
    """A repository with a Dockerfile, after `sluice init --aws`, and a network for what that wrote."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        super().__init__(build, aws, Shop(service="shop", container="shop", family="shop"))
        self.root, self.folder = self.folder, self.folder / "shop"
        self.folder.mkdir()
        (self.folder / "Dockerfile").write_text(
            'FROM scratch\nEXPOSE 9000\nHEALTHCHECK CMD ["x", "http://127.0.0.1:9000/ready"]\n')
        self.steps = self.objects("init", "--aws")
        subprocess.run(["git", "init", "-q", str(self.folder)], check=True)
        self.infrastructure = self.folder / "infrastructure"
        self.template = (self.infrastructure / "cloudformation.yaml").read_text()
        ec2 = aws.client("ec2")
        self.network = {"Vpc": ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]}
        subnets = [ec2.create_subnet(VpcId=self.network["Vpc"], CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")
                   ["Subnet"]["SubnetId"] for n, zone in enumerate("ab")]
        self.network |= {"BalancerSubnets": ",".join(subnets), "TaskSubnets": ",".join(subnets)}
        self.certificate = aws.client("iam").upload_server_certificate(
            ServerCertificateName="shop", CertificateBody="certificate", PrivateKey="key")["ServerCertificateMetadata"]["Arn"]

    def __exit__(self, *what: object) -> None:
        super().__exit__(*what)
        shutil.rmtree(self.root, ignore_errors=True)

    def module(self, stack: Stack, **more: object) -> Module:
        """Terraform's, with the stack's variables."""
        names = {"Vpc": "vpc", "Certificate": "certificate", "FirstImage": "first_image", "Project": "project",
                 "GithubRepository": "github_repository", "GithubProvider": "github_provider", "AlarmTopic": "alarm_topic"}
        subnets = self.network["TaskSubnets"].split(",")
        return Module(self.infrastructure, region="eu-west-1", balancer_subnets=subnets, task_subnets=subnets,
                      **{name: stack.parameters[parameter] for parameter, name in names.items()}, **more)

    def stack(self, **parameters: str) -> Stack:
        return Stack(self.aws, self.template, **self.network, **parameters)

    def fill_in(self, outputs: dict[str, str]) -> None:
        """With the words of the guide, after a function that says the outputs as the AWS CLI would."""
        (guide,) = re.findall(r"^outputs \| while .*?^done$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
        lines = "".join(f"{name}\t{value}\n" for name, value in outputs.items())
        subprocess.run(["/bin/sh", "-c", "outputs() { cat; }\n" + guide], input=lines, text=True, cwd=self.folder, check=True)


def setUpModule() -> None:
    global WORLD
    WORLD = unittest.enterModuleContext(InitInAws(BUILD, unittest.enterModuleContext(Simulator(scale=60))))


def denied_updates(changed: list[str]) -> list[str]:
    """Of the logical ids those that the stack policy keeps from being modified: an explicit denial counts."""
    policy = json.loads((WORLD.infrastructure / "stack-policy.json").read_text())
    kept = {resource.partition("/")[2] for statement in policy["Statement"]
            if statement["Effect"] == "Deny" and statement["Action"] == "Update:*" for resource in statement["Resource"]}
    return [name for name in changed if name in kept]


class Init(unittest.TestCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD

    def tearDown(self) -> None:
        self.assertEqual(self.aws.problems(), [])

    def test_1_the_template_is_one_of_cloudformation(self) -> None:
        names = {Path(step["path"]).relative_to(WORLD.folder).as_posix() for step in WORLD.steps}
        self.assertLessEqual({"sluice.yaml", ".github/workflows/deploy.yml", "infrastructure/main.tf"}, names)
        config = cfnlint.api.ManualArgs(regions=["eu-west-1", "us-east-1"])
        self.assertEqual([f"{match.linenumber}: {match.message}" for match in cfnlint.api.lint(WORLD.template, config)], [])

    def test_2_the_stack_is_made_and_sluice_deploys_to_it(self) -> None:
        refused = self.machine.sluice("lint", check=False)
        self.assertEqual(refused.returncode, 1, refused.stdout + refused.stderr)
        self.assertIn("the output 'role' of infrastructure/ belongs here", refused.stdout + refused.stderr)

        stack = WORLD.made = WORLD.stack(GithubRepository="octo-org/shop", Certificate=WORLD.certificate).create()
        self.assertNotIn("Service", stack.made)
        self.machine.fill_in(stack.outputs())
        self.machine.sluice("lint")
        stack.update(FirstImage=FIRST)  # pushed meanwhile
        self.read(stack)
        settle(self.aws, self.machine.shop)

        self.deploy_and_promote()
        self.assertEqual(self.machine.shop.weights(self.aws), [(0, 100)] * 2)
        (serving,) = self.machine.task_sets()
        self.assertEqual((serving["status"], self.machine.image_of(serving)), ("PRIMARY", SECOND))
        self.check_rights()
        self.check_alarms()
        self.check_updates(stack)

    def read(self, stack: Stack) -> None:
        shop, made = self.machine.shop, stack.made
        shop.cluster, shop.rules = "shop", stack.outputs()["rules"].split(", ")
        shop.blue_group, shop.green_group = made["BlueGroup"].ref, made["GreenGroup"].ref
        self.assertEqual(len(shop.rules), 2)

    def deploy_and_promote(self) -> None:
        """With the bakes that were written: a person ends them."""
        run = lambda *words: self.machine.sluice(*words, "shop", "--environment", "production")  # noqa: E731
        self.machine.sluice("deploy", "shop", "--image", SECOND, "--detach")
        wait_until("10% on GREEN", lambda: self.machine.shop.weights(self.aws) == [(90, 10)] * 2)
        run("promote", "--full")
        wait_until("100% on GREEN", lambda: self.machine.shop.weights(self.aws) == [(0, 100)] * 2)
        run("promote")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.machine.objects("history", "--most", "1")[0]["outcome"], "succeeded")

    def check_rights(self) -> None:
        """The role of the template may do what sluice did, and what `sluice iam-policy` asks for, and trusts whom that says."""
        iam = self.aws.client("iam")
        policy = iam.get_role_policy(RoleName="shop-sluice", PolicyName="sluice")["PolicyDocument"]
        asked = [asked for request in self.aws.requests(who="sluice") if request["service"] != "sts"
                 for asked in asked_by(request)]
        self.assertIn("ecs:CreateTaskSet", {one.action for one in asked})
        (of_service,) = {json.dumps(query["MetricStat"]["Metric"]["Dimensions"], sort_keys=True)
                         for request in self.aws.requests(who="sluice", operation="GetMetricData")
                         for query in request["input"]["MetricDataQueries"]
                         if query["MetricStat"]["Metric"]["Namespace"] == "AWS/ECS"}
        self.assertEqual(json.loads(of_service), [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "shop"}])
        self.assertEqual([one for one in asked if not is_allowed(policy, one)], [])
        allowed = {action for s in policy["Statement"] for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
        printed = json.loads(self.machine.sluice("iam-policy").stdout)
        wanted = {action for s in printed["Statement"] for action in s["Action"]}
        self.assertEqual(wanted - allowed, set())

        trust = json.loads(self.machine.sluice("iam-policy", "--trust", "--repository", "octo-org/shop", "--branch", "main").stdout)
        given = iam.get_role(RoleName="shop-sluice")["Role"]["AssumeRolePolicyDocument"]
        self.assertIn(trust["Statement"][0], given["Statement"])

    def check_alarms(self) -> None:
        """Those on deployments see what sluice publishes: one deployment of two was rolled back, in seconds."""
        self.machine.sluice("deploy", "shop", "--image", THIRD, "--detach")
        wait_until("10% on GREEN", lambda: self.machine.shop.weights(self.aws) == [(10, 90)] * 2)
        self.machine.sluice("rollback", "shop", "--environment", "production", "--wait", check=False)
        cloudwatch = self.aws.client("cloudwatch")
        published = lambda: cloudwatch.list_metrics(Namespace="Sluice")["Metrics"]  # noqa: E731
        wait_until("the figures", lambda: "TimeToRecovery" in {m["MetricName"] for m in published()})
        in_order = lambda dimensions: sorted(dimensions, key=lambda d: d["Name"])  # noqa: E731
        alarms = [a for a in cloudwatch.describe_alarms()["MetricAlarms"] if a.get("Namespace") == "Sluice"]
        for alarm in alarms:
            self.assertIn((alarm["MetricName"], in_order(alarm["Dimensions"])),
                          [(m["MetricName"], in_order(m["Dimensions"])) for m in published()])
        self.aws.advance(3700)
        both = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        states = {a["AlarmName"]: a["StateValue"] for a in both["MetricAlarms"] + both["CompositeAlarms"]}
        self.assertEqual({name: states[f"shop-{name}"] for name in ("deployment-success", "deployment-duration", "rollbacks",
                                                                    "slow-recoveries", "rollback-today", "recovery")},
                         {"deployment-success": "ALARM", "deployment-duration": "OK", "rollbacks": "OK",
                          "slow-recoveries": "OK", "rollback-today": "ALARM", "recovery": "OK"})
        for name, value in {"TimeToRecovery": 700, "DeploymentDuration": 1300, "Rollbacks": 2}.items():  # a bad week
            cloudwatch.put_metric_data(Namespace="Sluice", MetricData=[{
                "MetricName": name, "Value": value, "Dimensions": alarms[0]["Dimensions"]}])
        self.aws.advance(3700)
        both = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"], StateValue="ALARM")
        self.assertLessEqual({"shop-deployment-success", "shop-deployment-duration", "shop-rollbacks", "shop-recovery"},
                             {a["AlarmName"] for a in both["MetricAlarms"] + both["CompositeAlarms"]})

    def check_updates(self, stack: Stack) -> None:
        """An update writes what the template says anew, and only that; what sluice moves is kept from it."""
        self.assertEqual(stack.changed(), [])
        self.assertEqual(stack.changed(DesiredCount="3"), ["Service"])
        self.assertEqual(denied_updates(["Service"]), [])
        for parameters in ({"FirstImage": SECOND}, {"FirstImage": ""}, {"Certificate": ""}, {"Port": "9001"},
                           {"GreenWeight": "100"}):
            changed = stack.changed(**parameters)
            self.assertNotEqual(denied_updates(changed), [], (parameters, changed))
        self.assertEqual({name for name in stack.made if name in ("HttpRule", "HttpsRule", "FirstTaskSet")},
                         set(denied_updates(["HttpRule", "HttpsRule", "FirstTaskSet"])))

    def test_3_terraform_says_the_same_as_the_template(self) -> None:
        stack = WORLD.made
        module = WORLD.module(stack)
        self.assertEqual(set(module.resources) - PARTS, set(COUNTERPARTS))
        self.assertEqual(set(stack.template["Resources"]) - WITHOUT_COUNTERPART, set(COUNTERPARTS.values()))
        for address, logical in COUNTERPARTS.items():
            with self.subTest(address):
                self.assertEqual(known(properties(module, address), stack), in_one_form(stack.properties[logical]))
        trusts = {"tasks_trust": "TaskRole", "sluice_trust": "SluiceRole"}
        for name, logical in trusts.items():
            self.assertEqual(known(policy(module, name), stack),
                             statements(stack.properties[logical]["AssumeRolePolicyDocument"]))
        self.assertEqual(known(policy(module, "sluice"), stack), statements(stack.properties["SluicePolicy"]["PolicyDocument"]))
        self.assertEqual(known(policy(module, "execution"), stack),
                         statements(stack.properties["ExecutionRole"]["Policies"][0]["PolicyDocument"]))
        self.assertEqual(known(module.outputs, stack), stack.outputs())
        self.assertEqual({name: block.get("Default") for name, block in stack.template["Parameters"].items()
                          if name in ("Port", "HealthPath", "GithubBranch")},
                         {"Port": module.variables["port"], "HealthPath": module.variables["health_path"],
                          "GithubBranch": module.variables["github_branch"]})

        without = WORLD.module(WORLD.stack())
        for address in ("aws_ecs_service.main", "aws_lb_listener_rule.https", "aws_iam_openid_connect_provider.github"):
            self.assertNotIn(address, without.resources)

    def test_4_what_sluice_moves_terraform_leaves_alone(self) -> None:
        module = WORLD.module(WORLD.made)
        ignored = {address: r["lifecycle"][0]["ignore_changes"] for address, r in module.resources.items()
                   if "ignore_changes" in r.get("lifecycle", [{}])[0]}
        self.assertEqual(ignored["aws_lb_listener_rule.http"], ["action"])
        self.assertEqual(ignored["aws_lb_listener_rule.https"], ["action"])
        self.assertEqual(ignored["aws_ecs_task_definition.first"], "all")
        self.assertLessEqual({"desired_count", "task_definition", "load_balancer"}, set(ignored["aws_ecs_service.main"]))
        self.assertNotIn("aws_ecs_task_set", {address.partition(".")[0] for address in module.resources})
        self.assertTrue(module.resources["aws_ecs_task_definition.first"]["skip_destroy"])

    def test_5_the_command_of_terraform_makes_the_first_task_set_once(self) -> None:
        stack = WORLD.stack(Project="store", FirstImage=FIRST)
        stack.left_out = {"FirstTaskSet", "PrimaryTaskSet"}
        stack.create()
        local = WORLD.module(stack).resources["terraform_data.first_task_set"]["provisioner"][0]["local-exec"]
        ecs, template = self.aws.client("ecs"), stack.template["Resources"]["FirstTaskSet"]["Properties"]
        for _ in range(2):
            self.run_command(local["command"], known(local["environment"], stack))
            (made,) = task_sets_of(ecs, "store", "store")
            self.assertEqual((made["status"], made["externalId"]), ("PRIMARY", "first"))
        wanted = stack.resolved(template)
        self.assertEqual(made["networkConfiguration"]["awsvpcConfiguration"]["subnets"],
                         wanted["NetworkConfiguration"]["AwsVpcConfiguration"]["Subnets"])
        self.assertEqual(made["loadBalancers"], [{name[0].lower() + name[1:]: value for name, value in one.items()}
                                                 for one in wanted["LoadBalancers"]])
        self.assertEqual((made["taskDefinition"], made["launchType"], made["scale"]),
                         (wanted["TaskDefinition"], wanted["LaunchType"], {"value": 100.0, "unit": "PERCENT"}))

    def run_command(self, command: str, variables: dict[str, str]) -> None:
        env = self.machine.env | {"AWS_ACCESS_KEY_ID": self.aws.admin["access_key"],
                                  "AWS_SECRET_ACCESS_KEY": self.aws.admin["secret_key"],
                                  "PYTHONPATH": str(READERS), "PATH": f"{READERS / 'bin'}:{os.environ['PATH']}"} | variables
        done = subprocess.run(["/bin/sh", "-c", command], env=env, text=True, capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
