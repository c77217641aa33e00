"""A function of Lambda behind an alias, deployed by the real program to the simulated AWS, which checks the signature and
the shape of every request. The end state is read by botocore.

All tests have one world: each begins with what the one before has left serving.
"""

import base64
import hashlib
import io
import json
import os
import signal
import sys
import unittest
import zipfile
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator  # noqa: E402

from iam_decision import Asked, asked_by, is_allowed  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE, SluiceInAws, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE, FAILED_BEFORE_TRAFFIC = 0, 1, 2, 4
FUNCTION, ALIAS = "mangaassist-overflow", "live"
FUNCTION_ARN = f"arn:aws:lambda:eu-west-1:123456789012:function:{FUNCTION}"
ROLE = "arn:aws:iam::123456789012:role/function"
SHORT_STEPS = [{"weight": "5%", "bake": "200ms"}, {"weight": "100%"}]
LONG_STEPS = [{"weight": "0.5%", "bake": "10m"}, {"weight": "100%"}]
BUCKET = "packages"
WRITES = ("UpdateFunctionCode", "PublishVersion", "PutProvisionedConcurrencyConfig", "UpdateAlias",
          "DeleteProvisionedConcurrencyConfig")
WORLD: "FunctionInAws"


def packed(word: str) -> bytes:
    """A package whose bytes are the same each time."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), f"def handler(event, context):\n    return {word!r}\n")
    return data.getvalue()


class FunctionInAws(SluiceInAws):
    """With `lam`, botocore's client of Lambda."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        super().__init__(build, aws, None)
        self.lam = aws.client("lambda")

    def make_function(self, name: str, **code: object) -> None:
        of_zip = {"Runtime": "python3.12", "Handler": "app.handler"} if "ZipFile" in code else {"PackageType": "Image"}
        self.lam.create_function(FunctionName=name, Role=ROLE, Code=code, **of_zip)
        self.settle(name)

    def settle(self, name: str = FUNCTION) -> None:
        def is_settled() -> bool:
            shown = self.lam.get_function_configuration(FunctionName=name)
            return shown["State"] == "Active" and shown["LastUpdateStatus"] == "Successful"
        wait_until("an update of the function", is_settled)

    def package(self, word: str) -> str:
        (self.folder / "dist").mkdir(exist_ok=True)
        (self.folder / "dist" / f"{word}.zip").write_bytes(packed(word))
        return f"dist/{word}.zip"

    def configure(self, steps: list[dict], place: dict | None = None, service: dict | None = None,
                  alarms: dict | None = None, name: str = "overflow") -> None:
        place = {"function": FUNCTION, "alias": ALIAS} | (place or {})
        (self.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "analysis": "off", "alarms": alarms or {},
            "strategy": {"steps": steps, "drain": "100ms", "drain_websockets": "0s", "hold_for": "10m"},
            "environments": {"staging": {"target": "aws", "region": "eu-west-1"}},
            "services": {name: {"kind": "function", "aws": place} | (service or {})}}, indent=1))

    def deploy(self, code: str, *arguments: str, check: bool = True):
        return self.sluice("deploy", "overflow", "--environment", "staging", "--code", code, *arguments, check=check)

    # What botocore sees.

    def alias(self) -> tuple[str, dict]:
        """The alias's version, and its additional weights."""
        shown = self.lam.get_alias(FunctionName=FUNCTION, Name=ALIAS)
        return shown["FunctionVersion"], shown.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})

    def versions(self) -> list[str]:
        found = self.lam.get_paginator("list_versions_by_function").paginate(FunctionName=FUNCTION)
        return [v["Version"] for page in found for v in page["Versions"] if v["Version"] != "$LATEST"]

    def sha_of(self, version: str) -> str:
        return self.lam.get_function_configuration(FunctionName=FUNCTION, Qualifier=version)["CodeSha256"]

    def provisioned(self) -> dict[str, int]:
        found = self.lam.list_provisioned_concurrency_configs(FunctionName=FUNCTION)["ProvisionedConcurrencyConfigs"]
        return {c["FunctionArn"].rpartition(":")[2]: c["RequestedProvisionedConcurrentExecutions"] for c in found}


def sha(word: str) -> str:
    return base64.b64encode(hashlib.sha256(packed(word)).digest()).decode()


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(FunctionInAws(BUILD, aws))
    WORLD.make_function(FUNCTION, ZipFile=packed("first"))
    WORLD.lam.publish_version(FunctionName=FUNCTION)
    WORLD.lam.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")


class Lambda(unittest.TestCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.since = max((r["number"] for r in self.aws.requests()), default=0)
        self.blue, weights = self.machine.alias()
        self.assertEqual(weights, {})
        self.versions_before = len(self.machine.versions())

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])
        self.assertEqual(self.denied(self.policy()), [])

    def policy(self) -> dict:
        return json.loads(self.machine.sluice("iam-policy", "--environment", "staging").stdout)

    def denied(self, policy: dict) -> list[Asked]:
        asked = [a for r in self.aws.requests(since=self.since, who="sluice")
                 if FUNCTION in r["input"].get("FunctionName", FUNCTION) for a in asked_by(r)]
        return [a for a in asked if not is_allowed(policy, a)]

    def calls(self, operation: str) -> list[dict]:
        return [r for r in self.aws.requests(since=self.since, who="sluice") if r["operation"] == operation]

    def assert_serves(self, word: str, new_versions: int) -> None:
        version, weights = self.machine.alias()
        self.assertEqual((self.machine.sha_of(version), weights), (sha(word), {}))
        self.assertEqual(len(self.machine.versions()) - self.versions_before, new_versions)

    def outcome(self) -> str:
        return self.machine.objects("history", "--most", "1")[0]["outcome"]

    def test_01_goes_from_5_to_100_percent_and_clears_the_weights(self) -> None:
        self.machine.configure(SHORT_STEPS)
        code = self.machine.package("one")
        plan = self.machine.sluice("plan", "overflow", "--environment", "staging", "--code", code).stdout
        self.assertIn(f"on the alias {ALIAS} of the function {FUNCTION} in eu-west-1", plan)
        self.assertIn(f'image: "version 1 CodeSha256={sha("first")}" → "{self.machine.folder}/{code} CodeSha256={sha("one")}"',
                      plan)
        self.assertEqual(self.calls("UpdateFunctionCode"), [])
        self.assertEqual(self.machine.deploy(code).returncode, SUCCEEDED)
        self.assert_serves("one", 1)
        written = [(r["input"]["FunctionVersion"], r["input"]["RoutingConfig"]["AdditionalVersionWeights"])
                   for r in self.calls("UpdateAlias")]
        self.assertEqual(written, [("1", {"2": 0.05}), ("2", {})])
        self.assertTrue(all("RevisionId" in r["input"] for o in ("UpdateFunctionCode", "PublishVersion", "UpdateAlias")
                            for r in self.calls(o)))
        self.assertIn("unchanged", self.machine.deploy(code, "--json").stdout)
        self.assertEqual(len(self.calls("UpdateFunctionCode")), 1)
        self.assert_printed_policy_is_the_least()

    def assert_printed_policy_is_the_least(self) -> None:
        policy = self.policy()
        for left_out in policy["Statement"]:
            rest = {"Statement": [s for s in policy["Statement"] if s is not left_out]}
            self.assertTrue(self.denied(rest), left_out)

    def test_02_goes_back_to_the_version_before_without_publishing_it_again(self) -> None:
        self.machine.configure(FULL_AT_ONCE)
        self.machine.deploy(self.machine.package("two"))
        self.assert_serves("two", 1)
        self.machine.sluice("rollback", "overflow", "--environment", "staging", "--wait")
        self.assert_serves("one", 1)
        self.assertEqual(self.machine.alias()[0], self.blue)
        self.assertEqual((len(self.calls("UpdateFunctionCode")), len(self.calls("PublishVersion"))), (1, 1))

    def test_03_is_taken_back_by_a_persons_word_in_the_middle(self) -> None:
        self.machine.configure(LONG_STEPS)
        self.machine.deploy(self.machine.package("three"), "--detach")
        wait_until("0.5% on GREEN", lambda: list(self.machine.alias()[1].values()) == [0.005])
        back = self.machine.sluice("rollback", "overflow", "--environment", "staging", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        self.assert_serves("one", 1)
        self.assertEqual(self.machine.alias(), (self.blue, {}))

    def test_04_deploys_once_more_what_was_taken_back(self) -> None:
        """The code is in $LATEST and published already: Lambda makes no second version of it."""
        self.machine.configure(SHORT_STEPS)
        self.assertEqual(self.machine.deploy("dist/three.zip").returncode, SUCCEEDED)
        self.assert_serves("three", 0)
        self.assertEqual(self.calls("UpdateFunctionCode"), [])

    def test_05_goes_on_after_the_controller_was_killed(self) -> None:
        self.machine.configure(LONG_STEPS)
        self.machine.deploy(self.machine.package("five"), "--detach")
        wait_until("0.5% on GREEN", lambda: list(self.machine.alias()[1].values()) == [0.005])
        os.kill(self.machine.controller_pid(), signal.SIGKILL)
        self.machine.sluice("promote", "overflow", "--environment", "staging", "--full")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.outcome(), "succeeded")
        self.assert_serves("five", 1)
        self.assertEqual((len(self.calls("UpdateFunctionCode")), len(self.calls("PublishVersion"))), (1, 1))

    def test_06_ends_the_same_killed_at_any_write(self) -> None:
        self.machine.configure(SHORT_STEPS, {"provisioned_concurrency": 2})
        self.machine.deploy(self.machine.package("six"))  # so that BLUE has some to lose
        for operation in WRITES:
            for kind in ("pause_before", "pause_after"):
                with self.subTest(operation=operation, kind=kind):
                    self.is_killed_at(operation, kind)

    def is_killed_at(self, operation: str, kind: str) -> None:
        word = f"{operation}-{kind}".lower()
        code, before = self.machine.package(word), len(self.machine.versions())
        self.aws.set_faults({"kind": kind, "operation": operation, "times": 1})
        self.machine.deploy(code, "--detach")
        wait_until(operation, self.aws.paused)
        os.kill(self.machine.controller_pid(), signal.SIGKILL)
        self.aws.release(drop=True)
        self.aws.set_faults()
        wait_until("the end", lambda: not self.machine.deployments(), 120)
        self.assertEqual(self.outcome(), "succeeded")
        version, weights = self.machine.alias()
        self.assertEqual((self.machine.sha_of(version), weights), (sha(word), {}))
        self.assertEqual(len(self.machine.versions()), before + 1)
        self.assertEqual(self.machine.provisioned(), {version: 2})

    def test_07_has_its_provisioned_concurrency_before_it_has_traffic(self) -> None:
        self.machine.configure(SHORT_STEPS, {"provisioned_concurrency": 3})
        self.machine.deploy(self.machine.package("seven"))
        self.assert_serves("seven", 1)
        self.assertEqual(self.machine.provisioned(), {self.machine.alias()[0]: 3})
        order = [r["operation"] for r in self.aws.requests(since=self.since, who="sluice") if r["operation"] in WRITES]
        self.assertEqual(order, ["UpdateFunctionCode", "PublishVersion", "PutProvisionedConcurrencyConfig", "UpdateAlias",
                                 "UpdateAlias", "DeleteProvisionedConcurrencyConfig"])
        self.assert_printed_policy_is_the_least()

    def test_08_ends_right_though_a_fifth_of_the_calls_goes_wrong(self) -> None:
        self.machine.configure(SHORT_STEPS)
        self.aws.misbehave(seed=11, share=0.05)
        result = self.machine.deploy(self.machine.package("eight"), check=False)
        self.aws.set_faults()
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        self.assert_serves("eight", 1)

    def test_09_is_refused_with_what_to_do(self) -> None:
        self.machine.configure(SHORT_STEPS)
        before, _ = self.machine.alias()
        for operation, permission in (("UpdateFunctionCode", "lambda:UpdateFunctionCode"), ("GetAlias", "lambda:GetAlias")):
            self.aws.set_faults({"kind": "denied", "operation": operation})
            result = self.machine.deploy(self.machine.package("nine"), check=False)
            self.assertNotEqual(result.returncode, SUCCEEDED)
            self.assertIn(f"allow {permission} to the keys in use (the environment)", result.stderr)
            self.aws.set_faults()
        for code, message in (("dist/none.zip", "there is no package"), ("sluice.yaml", "is no zip"),
                              ("s3://packages/one.zip", "names no version")):
            result = self.machine.deploy(code, check=False)
            self.assertEqual(result.returncode, USAGE if code != "dist/none.zip" else result.returncode, result.stderr)
            self.assertIn(message, result.stderr)
        self.assertEqual(self.machine.alias(), (before, {}))

    def test_10_leaves_an_alias_that_somebody_else_has_moved(self) -> None:
        self.machine.configure(LONG_STEPS)
        self.machine.deploy(self.machine.package("ten"), "--detach")
        wait_until("0.5% on GREEN", lambda: list(self.machine.alias()[1].values()) == [0.005])
        wait_until("the bake", lambda: [d["stage"] for d in self.machine.deployments()] == ["bake"])
        self.machine.lam.update_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1", RoutingConfig={})
        self.machine.sluice("promote", "overflow", "--environment", "staging")
        wait_until("the reason", lambda: "somebody else has changed it" in self.machine.sluice("status", "--json").stdout)
        self.assertEqual(self.machine.alias(), ("1", {}))
        self.machine.lam.update_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion=self.blue, RoutingConfig={})
        wait_until("the end", lambda: not self.machine.deployments(), 90)
        self.assert_serves("eight", 1)

    def test_11_waits_while_somebody_else_updates_the_function_and_says_when_it_is_overwritten(self) -> None:
        self.machine.configure(SHORT_STEPS)
        self.machine.lam.update_function_configuration(FunctionName=FUNCTION, Timeout=9)
        self.assertEqual(self.machine.deploy(self.machine.package("eleven")).returncode, SUCCEEDED)
        self.assert_serves("eleven", 1)

        self.aws.set_faults({"kind": "pause_before", "operation": "PublishVersion", "times": 1})
        self.machine.deploy(self.machine.package("twelve"), "--detach")
        wait_until("the publication", self.aws.paused)
        self.machine.lam.update_function_code(FunctionName=FUNCTION, ZipFile=packed("theirs"))
        self.machine.settle()
        self.aws.release()
        wait_until("the end", lambda: not self.machine.deployments())
        ended = self.machine.objects("history", "--most", "1")[0]
        self.assertEqual(ended["outcome"], "failed_before_traffic")
        self.assertIn("somebody else has put other code into $LATEST", ended["cause"])
        self.assert_serves("eleven", 1)

    def test_12_takes_a_package_from_s3(self) -> None:
        self.machine.configure(SHORT_STEPS)
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        version = s3.put_object(Bucket=BUCKET, Key="a b+c.zip", Body=packed("stored"))["VersionId"]
        s3.put_object(Bucket=BUCKET, Key="a b+c.zip", Body=packed("newer"))
        self.machine.deploy(f"s3://{BUCKET}/a b+c.zip?versionId={version}")
        self.assert_serves("stored", 1)

    def test_13_says_what_was_deleted(self) -> None:
        self.machine.configure(FULL_AT_ONCE)
        self.machine.deploy(self.machine.package("thirteen"))
        self.machine.lam.delete_function(FunctionName=FUNCTION, Qualifier=self.blue)
        result = self.machine.sluice("rollback", "overflow", "--environment", "staging", "--wait", check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertIn(f"version {self.blue} of the function {FUNCTION}", result.stderr)
        self.assertIn("was deleted", result.stderr)
        self.assertEqual(self.machine.sha_of(self.machine.alias()[0]), sha("thirteen"))

    def test_14_refuses_an_alias_with_provisioned_concurrency_of_its_own(self) -> None:
        self.machine.configure(SHORT_STEPS)
        where = {"FunctionName": FUNCTION, "Qualifier": ALIAS}
        self.machine.lam.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=4, **where)
        result = self.machine.deploy(self.machine.package("fourteen"), check=False)
        self.machine.lam.delete_provisioned_concurrency_config(**where)
        self.assertNotEqual(result.returncode, SUCCEEDED)
        self.assertIn("'provisioned_concurrency: 4'", result.stderr)


class FirstDeployment(unittest.TestCase):
    def test_makes_the_alias_at_the_end(self) -> None:
        machine, name = WORLD, "newcomer"
        machine.make_function(name, ZipFile=packed("as made"))
        machine.configure(SHORT_STEPS, {"function": name}, name=name)
        machine.sluice("deploy", name, "--environment", "staging", "--code", machine.package("new"))
        shown = machine.lam.get_alias(FunctionName=name, Name=ALIAS)
        self.assertEqual((shown["FunctionVersion"], shown.get("RoutingConfig")), ("1", None))
        self.assertEqual(WORLD.aws.problems(), [])


if __name__ == "__main__":
    unittest.main()
