"""What a user of CodeDeploy brings: hooks that are functions, and AppSpec files, both with the engine of sluice. The real
program deploys to the simulated AWS, which checks the signature and the shape of every request. The end state is read by
botocore.

All tests of a class have one world: each begins with what the one before has left serving.
"""

import io
import json
import sys
import unittest
import zipfile
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
TESTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from asking_case import AskingCase  # noqa: E402
from iam_decision import asked_by, is_allowed  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE, LONG_STEPS, SHORT_STEPS, SluiceInAws, digest, variables_of, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE, FAILED_BEFORE_TRAFFIC = 0, 1, 2, 4
STORY = (TESTS / "golden/appspec/ok/story.yaml").read_text()
# Written for CodeDeploy, as its user guide shows: the verdict is reported and not returned.
CALLS_BACK = """
    import boto3
    client = boto3.client("codedeploy")
    client.put_lifecycle_event_hook_execution_status(deploymentId=event["DeploymentId"], status="Succeeded",
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"])
"""
SWALLOWS = CALLS_BACK.replace("    client.put", "    try: client.put") + "    except Exception as why: print(why)\n"
FUNCTIONS = {
    "validate-deployment": "return {'status': 'Succeeded'}", "run-smoke-tests": "return None",
    "says-failed": "return {'status': 'Failed', 'reason': 'GREEN answers in Latin'}",
    "raises": "raise ValueError('no answer for the intent order_status')", "calls-back": CALLS_BACK, "swallows": SWALLOWS,
    "sleeps": "import time; time.sleep(5)", "asks-for-time": "return {'hookStatus': 'IN_PROGRESS'}"}
POLICIES: list[dict] = []  # printed so far
WORLD: SluiceInAws


def packed(body: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), f"def handler(event, context):\n    {body.strip()}\n")
    return data.getvalue()


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(SluiceInAws(BUILD, aws, make_shop(aws, container="chatbot")))
    functions = aws.client("lambda")
    for name, body in FUNCTIONS.items():
        functions.create_function(FunctionName=name, Role="arn:aws:iam::123456789012:role/hooks", Runtime="python3.12",
                                  Handler="app.handler", Timeout=30, Code={"ZipFile": packed(body)})
    wait_until("the functions", lambda: all(f["State"] == "Active" for f in (
        functions.get_function_configuration(FunctionName=name) for name in FUNCTIONS)))


class World(AskingCase):
    def setUp(self) -> None:
        self.aws, self.shop, self.machine = WORLD.aws, WORLD.shop, WORLD
        self.mark()
        self.invoked_before = len(self.aws.invocations())
        self.policy_options: list[str] = []

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.aws.set_behaviours()
        self.assertEqual(self.aws.problems(), [])
        self.check_policy()

    def check_policy(self) -> None:
        """What was asked for so far is allowed by what is printed for the configuration that there is now."""
        # The controller goes on looking at what the configurations before this one deployed.
        POLICIES.append(json.loads(self.machine.sluice("iam-policy", "--environment", "staging", *self.policy_options).stdout))
        asked = [a for r in self.aws.requests(since=self.since, who="sluice") for a in asked_by(r)]
        self.assertEqual([a for a in asked if not any(is_allowed(policy, a) for policy in POLICIES)], [])
        self.mark()
        self.invoked_before = len(self.aws.invocations())

    def invoked(self) -> list[tuple[str, dict]]:
        return [(name, json.loads(payload)) for name, payload in self.aws.invocations()[self.invoked_before:]]

    def write(self, text: str, name: str = "appspec.yaml") -> str:
        (self.machine.folder / name).write_text(text)
        return name


class Hooks(World):
    """Functions of sluice.yaml."""

    def configure(self, steps: list[dict], **hooks: object) -> None:
        self.machine.configure(steps, {"hooks": {name: hook if isinstance(hook, dict) else {"lambda": hook}
                                                 for name, hook in hooks.items()}})

    def test_01_pass_and_are_told_what_codedeploy_tells(self) -> None:
        self.configure(SHORT_STEPS, BeforeInstall="run-smoke-tests", AfterInstall="validate-deployment",
                       BeforeAllowTraffic="arn:aws:lambda:eu-west-1:123456789012:function:validate-deployment",
                       AfterAllowTraffic="run-smoke-tests")
        self.assertEqual(self.machine.sluice("lint").stdout.count("error"), 0)
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", f"shop/web@{digest(1)}").stdout
        self.assertIn("hook AfterInstall: the function validate-deployment", plan)
        self.assertEqual(self.machine.deploy(digest(1)).returncode, SUCCEEDED)
        (deployment,) = {payload["DeploymentId"] for _, payload in self.invoked()}
        self.assertEqual(deployment, self.last()["deployment"])
        self.assertEqual([(payload["hook"], name.rpartition(":")[2]) for name, payload in self.invoked()], [
            ("BeforeInstall", "run-smoke-tests"), ("AfterInstall", "validate-deployment"),
            ("BeforeAllowTraffic", "validate-deployment"), ("AfterAllowTraffic", "run-smoke-tests")])
        for _, payload in self.invoked():
            self.assertEqual(payload["LifecycleEventHookExecutionId"], payload["token"])
            self.assertEqual((payload["service"], payload["image"]), ("web", f"shop/web@{digest(1)}"))

    def assert_fails(self, function: str, *sentences: str, within: str = "1m") -> list[str]:
        """The functions that were invoked."""
        self.configure(SHORT_STEPS, BeforeAllowTraffic={"lambda": function, "within": within})
        (blue,) = self.machine.task_sets()
        result = self.machine.deploy(digest(2), check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        for sentence in sentences:
            self.assertIn(sentence, self.last()["cause"])
        self.assertEqual([s["taskSetArn"] for s in self.machine.task_sets()], [blue["taskSetArn"]])
        self.assertEqual(self.calls("ModifyRule"), [])
        invoked = [name for name, _ in self.invoked()]
        self.check_policy()
        return invoked

    def test_02_fail_by_what_they_return(self) -> None:
        self.assert_fails("says-failed", "BeforeAllowTraffic hook: the function says-failed returned", "GREEN answers in Latin")

    def test_03_fail_by_what_they_raise(self) -> None:
        self.assert_fails("raises", "the function raises failed: ValueError: no answer for the intent order_status")

    def test_04_that_call_back_are_explained(self) -> None:
        self.assert_fails("calls-back", "reports to CodeDeploy", "DeploymentDoesNotExistException",
                          "return the verdict instead")
        self.assert_fails("swallows", "reports to CodeDeploy", "return the verdict instead")

    def test_05_that_take_too_long_fail_and_are_not_invoked_twice(self) -> None:
        self.assertEqual(self.assert_fails("sleeps", "it may have been carried out", within="1s"), ["sleeps"])

    def test_06_that_are_not_done_are_invoked_again(self) -> None:
        self.configure(SHORT_STEPS, BeforeAllowTraffic="asks-for-time")
        self.machine.deploy(digest(3), "--detach")
        wait_until("two invocations", lambda: len(self.invoked()) >= 2)
        self.aws.set_behaviours({"function": "asks-for-time", "payload": {"hookStatus": "SUCCEEDED"}})
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.last()["outcome"], "succeeded")

    def test_07_are_invoked_again_by_the_controller_after_the_one_that_was_killed(self) -> None:
        self.configure(FULL_AT_ONCE, BeforeAllowTraffic="validate-deployment")
        self.aws.set_faults({"kind": "pause_after", "operation": "Invoke", "times": 1})
        self.machine.deploy(digest(4), "--detach")
        wait_until("the invocation", self.aws.paused)
        self.machine.kill_controller()
        self.aws.release(drop=True)
        self.aws.set_faults()
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.last()["outcome"], "succeeded")
        self.assertEqual(len({payload["token"] for _, payload in self.invoked()}), 1)

    def test_08_are_refused_with_what_to_do(self) -> None:
        self.assert_fails("nobody", "lambda Invoke of function nobody", "ResourceNotFoundException")
        self.aws.set_faults({"kind": "denied", "operation": "Invoke"})
        self.assert_fails("validate-deployment", "allow lambda:InvokeFunction to the keys in use (the environment)")


class AppSpecs(World):
    """A file of CodeDeploy, as it is."""

    def setUp(self) -> None:
        super().setUp()
        self.machine.configure(SHORT_STEPS)
        self.policy_options = ["--appspec", self.write(STORY, "story.yaml")]

    def deploy(self, number: int, *arguments: str, file: str = "appspec.yaml", check: bool = True):
        return self.machine.deploy(digest(number), "--appspec", file, *arguments, check=check)

    def test_1_of_the_story_is_carried_out(self) -> None:
        self.write(STORY)
        lint = self.machine.sluice("lint", "sluice.yaml", "appspec.yaml")
        self.assertNotIn("error", lint.stdout)
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", f"shop/web@{digest(11)}",
                                   "--appspec", "appspec.yaml").stdout
        self.assertIn('ecs.terms.platform_version: (none) → "LATEST"', plan)
        self.assertIn("hook BeforeAllowTraffic: the function validate-deployment", plan)
        self.deploy(11)
        (serving,) = self.machine.task_sets()
        self.assertEqual((serving["platformVersion"], self.machine.image_of(serving)), ("LATEST", f"shop/web@{digest(11)}"))
        self.assertEqual(serving["loadBalancers"][0]["containerPort"], 8080)
        self.assertEqual([(payload["hook"], name) for name, payload in self.invoked()],
                         [("BeforeAllowTraffic", "validate-deployment"), ("AfterAllowTraffic", "run-smoke-tests")])

    def test_2_says_the_network_and_the_task_definition(self) -> None:
        base = self.shop.definition("shop/web:base", {"LOG_LEVEL": "debug"})
        arn = self.aws.client("ecs").register_task_definition(**base)["taskDefinition"]["taskDefinitionArn"]
        network = {"AwsvpcConfiguration": {"Subnets": self.shop.subnets[:1], "SecurityGroups": [self.shop.security_group],
                                           "AssignPublicIp": "ENABLED"}}
        service = {"Type": "AWS::ECS::Service", "Properties": {
            "TaskDefinition": arn, "LoadBalancerInfo": {"ContainerName": "chatbot", "ContainerPort": 8080},
            "NetworkConfiguration": network}}
        self.write(json.dumps({"version": 0.0, "Resources": [{"Web": service}]}), "appspec.json")
        self.deploy(12, file="appspec.json")
        (serving,) = self.machine.task_sets()
        self.assertEqual(serving["networkConfiguration"], {"awsvpcConfiguration": {
            "subnets": self.shop.subnets[:1], "securityGroups": [self.shop.security_group], "assignPublicIp": "ENABLED"}})
        self.assertEqual(serving["platformVersion"], "LATEST")  # as BLUE has it
        (container,) = self.machine.definition(serving["taskDefinition"])["taskDefinition"]["containerDefinitions"]
        self.assertEqual(container["image"], f"shop/web@{digest(12)}")
        self.assertEqual(variables_of(container)["LOG_LEVEL"], "debug")

    def test_3_has_hooks_that_take_a_deployment_back(self) -> None:
        self.write(STORY.replace("run-smoke-tests", "says-failed"))
        self.policy_options = ["--appspec", "web=appspec.yaml"]
        (blue,) = self.machine.task_sets()
        result = self.deploy(13, check=False)
        self.assertEqual(result.returncode, ROLLED_BACK, result.stdout + result.stderr)
        self.assertIn("AfterAllowTraffic hook: the function says-failed returned", self.last()["cause"])
        self.assertEqual([s["taskSetArn"] for s in self.machine.task_sets()], [blue["taskSetArn"]])

    def test_4_is_refused_with_the_place_and_what_to_do(self) -> None:
        for change, sentence in (
                (("ContainerName: \"chatbot\"", "ContainerName: chatbox"), "has no container 'chatbox'; it has chatbot"),
                (("ContainerPort: 8080", "ContainerPort: 9090"), "does not offer the port 9090; it offers 8080"),
                (("  - BeforeAllowTraffic", "  - AfterAllowTestTraffic"), "'AfterAllowTestTraffic' needs test traffic"),
                (("  - BeforeAllowTraffic", "  - BeforeAllowTrafic"), "appspec.yaml:12:5: error: 'BeforeAllowTrafic' is no "
                                                                      "lifecycle hook: did you mean 'BeforeAllowTraffic'?")):
            self.write(STORY.replace(*change))
            result = self.deploy(14, check=False)
            self.assertEqual(result.returncode, USAGE, result.stdout + result.stderr)
            self.assertIn(sentence, result.stderr)
        lint = self.machine.sluice("lint", check=False)  # the file stands beside sluice.yaml
        self.assertIn("appspec.yaml:12:5: error:", lint.stdout)
        self.assertEqual((lint.returncode, self.calls("CreateTaskSet")), (1, []))

    def test_5_goes_on_after_the_controller_was_killed(self) -> None:
        self.machine.configure(LONG_STEPS)
        self.deploy(15, "--detach", file="story.yaml")
        wait_until("the bake", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"])
        self.machine.kill_controller()
        wait_until("the next controller", self.machine.deployments)
        self.machine.sluice("promote", "web", "--environment", "staging", "--full")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.last()["outcome"], "succeeded")
        self.assertEqual([name for name, _ in self.invoked()], ["validate-deployment", "run-smoke-tests"])
        self.assertEqual(len(self.calls("CreateTaskSet")), 1)


class AppSpecsOfFunctions(World):
    def test_points_the_alias_at_the_version_that_the_file_names(self) -> None:
        functions = self.aws.client("lambda")
        name = "overflow"
        functions.create_function(FunctionName=name, Role="arn:aws:iam::123456789012:role/function", Runtime="python3.12",
                                  Handler="app.handler", Code={"ZipFile": packed("return 1")}, Publish=True)
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        settled = lambda: functions.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful"  # noqa: E731
        wait_until("the function", settled)
        functions.update_function_code(FunctionName=name, ZipFile=packed("return 2"))
        wait_until("the update", settled)
        functions.publish_version(FunctionName=name)
        (self.machine.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "analysis": "off",
            "strategy": {"steps": [{"weight": "5%", "bake": "200ms"}, {"weight": "100%"}], "drain": "100ms"},
            "environments": {"staging": {"target": "aws", "region": "eu-west-1"}},
            "services": {name: {"kind": "function", "aws": {"function": name, "alias": "live"}}}}))
        self.policy_options = ["--appspec", "appspec.yaml"]

        def spec(current: int, alias: str = "live") -> None:
            properties = {"Name": name, "Alias": alias, "CurrentVersion": current, "TargetVersion": "2"}
            self.write(json.dumps({"version": 0.0, "Hooks": [{"BeforeAllowTraffic": "validate-deployment"}],
                                   "Resources": [{name: {"Type": "AWS::Lambda::Function", "Properties": properties}}]}))
        deploy = ("deploy", name, "--environment", "staging", "--appspec", "appspec.yaml")
        for current, alias, sentence in ((7, "live", "the alias live points at 1"), (1, "latest", "'Alias' is latest")):
            spec(current, alias)
            self.assertIn(sentence, self.machine.sluice(*deploy, check=False).stderr)
        spec(1)
        self.machine.sluice(*deploy)
        shown = functions.get_alias(FunctionName=name, Name="live")
        self.assertEqual((shown["FunctionVersion"], shown.get("RoutingConfig")), ("2", None))
        self.assertEqual([(n, payload["version"]) for n, payload in self.invoked()], [("validate-deployment", "2")])
        self.assertEqual((self.calls("UpdateFunctionCode"), self.calls("PublishVersion")), ([], []))
        self.check_policy()


if __name__ == "__main__":
    unittest.main()
