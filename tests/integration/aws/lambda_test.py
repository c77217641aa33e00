"""A function of Lambda behind an alias, deployed by the real program to the simulated AWS, which checks the signature and
the shape of every request. The end state is read by botocore.

All tests have one world: each begins with what the one before has left serving.
"""

import base64
import hashlib
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
from function_in_aws import ALIAS, FUNCTION, FunctionInAws, packed  # noqa: E402
from iam_decision import Asked, asked_by  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE, FAILED_BEFORE_TRAFFIC = 0, 1, 2, 4
SHORT_STEPS = [{"weight": "5%", "bake": "200ms"}, {"weight": "100%"}]
LONG_STEPS = [{"weight": "0.5%", "bake": "10m"}, {"weight": "100%"}]
BUCKET = "packages"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
WRITES = ("UpdateFunctionCode", "PublishVersion", "PutProvisionedConcurrencyConfig", "UpdateAlias",
          "DeleteProvisionedConcurrencyConfig")
WORLD: FunctionInAws


def sha(word: str) -> str:
    return base64.b64encode(hashlib.sha256(packed(word)).digest()).decode()


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(FunctionInAws(BUILD, aws))
    WORLD.make_function(FUNCTION, ZipFile=packed("first"))
    WORLD.lam.publish_version(FunctionName=FUNCTION)
    WORLD.lam.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")


class Lambda(AskingCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.mark()
        self.blue, weights = self.machine.alias()
        self.assertEqual(weights, {})
        self.versions_before = len(self.machine.versions())

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])
        self.assertEqual(self.denied(self.policy()), [])

    def asked(self) -> list[Asked]:
        """Without what is asked about other functions than this one."""
        return [a for r in self.aws.requests(since=self.since, who="sluice")
                if FUNCTION in r["input"].get("FunctionName", r["input"].get("logGroupName", FUNCTION)) for a in asked_by(r)]

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
        self.machine.kill_controller()
        wait_until("the next controller", self.machine.deployments)
        self.machine.sluice("promote", "overflow", "--environment", "staging", "--full")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.outcome(), "succeeded")
        self.assert_serves("five", 1)
        self.assertEqual((len(self.calls("UpdateFunctionCode")), len(self.calls("PublishVersion"))), (1, 1))

    def test_06_ends_the_same_killed_at_a_write(self) -> None:
        """At every one: kills_test.py."""
        self.machine.configure(SHORT_STEPS, {"provisioned_concurrency": 2})
        self.machine.deploy(self.machine.package("six"))  # so that BLUE has some to lose
        self.is_killed_at("PublishVersion", "pause_after")

    def is_killed_at(self, operation: str, kind: str) -> None:
        word = f"{operation}-{kind}".lower()
        code, before = self.machine.package(word), len(self.machine.versions())
        self.aws.set_faults({"kind": kind, "operation": operation, "times": 1})
        self.machine.deploy(code, "--detach")
        wait_until(operation, self.aws.paused)
        self.machine.kill_controller()
        self.aws.release(drop=True)
        self.aws.set_faults()
        wait_until("the end", lambda: not self.machine.deployments(), 120)
        self.assertEqual(self.outcome(), "succeeded")
        version, weights = self.machine.alias()
        self.assertEqual((self.machine.sha_of(version), weights), (sha(word), {}))
        self.assertEqual(len(self.machine.versions()), before + 1)
        self.assertEqual(self.machine.provisioned(), {version: 2})

    def test_07_has_its_provisioned_concurrency_before_it_has_traffic(self) -> None:
        hook = {"command": ["sh", "-c", "echo $SLUICE_VERSION > hooked"]}
        self.machine.configure(SHORT_STEPS, {"provisioned_concurrency": 3}, {"hooks": {"BeforeAllowTraffic": hook}})
        self.machine.deploy(self.machine.package("seven"))
        self.assertEqual((self.machine.folder / "hooked").read_text().strip(), self.machine.alias()[0])
        self.assert_serves("seven", 1)
        self.assertEqual(self.machine.provisioned(), {self.machine.alias()[0]: 3})
        order = [r["operation"] for r in self.aws.requests(since=self.since, who="sluice") if r["operation"] in WRITES]
        self.assertEqual(order, ["UpdateFunctionCode", "PublishVersion", "PutProvisionedConcurrencyConfig", "UpdateAlias",
                                 "UpdateAlias", "DeleteProvisionedConcurrencyConfig"])
        self.assert_printed_policy_is_the_least()

    def test_08_takes_provisioned_concurrency_away_that_lambda_could_not_allocate(self) -> None:
        before, newest = self.machine.alias(), max(map(int, self.machine.versions()))
        self.machine.configure(SHORT_STEPS, {"provisioned_concurrency": 4})
        self.aws.set_behaviours({"function": FUNCTION, "version": str(newest + 1), "provisioning_failure": "FUNCTION_ERROR_INIT_FAILURE"})
        self.addCleanup(self.aws.set_behaviours)
        result = self.machine.deploy(self.machine.package("eight"), check=False)
        self.assertEqual(self.outcome(), "failed_before_traffic")
        self.assertIn(f"the provisioned concurrency of version {newest + 1}", result.stderr)
        self.assertIn("FUNCTION_ERROR_INIT_FAILURE", result.stderr)
        self.assertEqual(self.machine.alias(), before)
        self.assertNotIn(str(newest + 1), self.machine.provisioned())

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
        self.assert_serves("seven", 1)

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

    def test_15_takes_away_the_alias_that_it_made_when_the_first_deployment_is_taken_back(self) -> None:
        self.machine.configure([{"weight": "100%", "bake": "10m"}], place={"alias": "fresh"}, name="fresh")
        self.machine.sluice("deploy", "fresh", "--environment", "staging", "--code", self.machine.package("fresh"), "--detach")
        aliases = lambda: {a["Name"] for a in self.machine.lam.list_aliases(FunctionName=FUNCTION)["Aliases"]}  # noqa: E731
        wait_until("an alias", lambda: "fresh" in aliases())
        self.machine.sluice("rollback", "fresh", "--environment", "staging", "--wait", check=False)
        self.assertEqual(aliases(), {ALIAS})
        self.assertEqual(self.outcome(), "rolled_back")


class OfAnotherFunction(unittest.TestCase):
    def test_makes_the_alias_at_the_end_of_a_first_deployment(self) -> None:
        machine, name = WORLD, "newcomer"
        machine.make_function(name, ZipFile=packed("as made"))
        machine.configure(SHORT_STEPS, {"function": name}, name=name)
        machine.sluice("deploy", name, "--environment", "staging", "--code", machine.package("new"))
        shown = machine.lam.get_alias(FunctionName=name, Name=ALIAS)
        self.assertEqual((shown["FunctionVersion"], shown.get("RoutingConfig")), ("1", None))
        self.assertEqual(WORLD.aws.problems(), [])

    def test_takes_an_image_by_its_digest(self) -> None:
        machine, name, repository = WORLD, "thumbnails", "shop/thumbnails"
        ecr = WORLD.aws.client("ecr")
        ecr.create_repository(repositoryName=repository)
        images = []
        for word in ("first", "second"):
            manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": f"sha256:{word}"}, "layers": []})
            digest = "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()
            ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=word, imageDigest=digest)
            images.append(f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{repository}@{digest}")
        machine.make_function(name, ImageUri=images[0])
        machine.lam.publish_version(FunctionName=name)
        machine.lam.create_alias(FunctionName=name, Name=ALIAS, FunctionVersion="1")
        machine.configure(SHORT_STEPS, {"function": name}, {"image": repository}, name=name)
        refused = machine.sluice("deploy", name, "--environment", "staging", "--code", machine.package("none"), check=False)
        self.assertIn("name its image with --image", refused.stderr)
        machine.sluice("deploy", name, "--environment", "staging", "--image", images[1])
        self.assertEqual(machine.lam.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"], "2")
        self.assertEqual(machine.lam.get_function(FunctionName=name, Qualifier="2")["Code"]["ResolvedImageUri"], images[1])
        machine.configure(SHORT_STEPS, {"function": name}, name=name)
        refused = machine.sluice("deploy", name, "--environment", "staging", "--code", machine.package("none"), check=False)
        self.assertIn("is of the package type Image", refused.stderr)
        self.assertEqual(WORLD.aws.problems(), [])


if __name__ == "__main__":
    unittest.main()
