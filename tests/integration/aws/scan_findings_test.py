"""Findings of ECR's scans before a deployment, by the real program: what is waited for, refused and told."""

import json
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from asking_case import AskingCase  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE, SluiceInAws, wait_until  # noqa: E402

SUCCEEDED, FAILED_BEFORE_TRAFFIC = 0, 4
HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
REPOSITORY = "shop/web"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CRITICAL = {"name": "CVE-2024-1111", "severity": "CRITICAL", "attributes": [
    {"key": "package_name", "value": "openssl"}, {"key": "package_version", "value": "3.0.11-1"}]}
MEDIUM = {"name": "CVE-2024-2222", "severity": "MEDIUM"}
ENHANCED = {"title": "CVE-2024-3333 - libxml2", "severity": "HIGH", "status": "ACTIVE", "packageVulnerabilityDetails": {
    "vulnerabilityId": "CVE-2024-3333", "vulnerablePackages": [
        {"name": "libxml2", "version": "2.9.14", "fixedInVersion": "2.9.15"}]}}
WORLD: SluiceInAws


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    aws.client("ecr").create_repository(repositoryName=REPOSITORY, imageScanningConfiguration={"scanOnPush": True})
    WORLD = unittest.enterModuleContext(SluiceInAws(BUILD, aws, make_shop(aws)))


class ScanFindings(AskingCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.ecr = self.aws.client("ecr")
        self.configure({})
        self.mark()

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.aws.set_scans()
        self.aws.set_scale(60)
        self.ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[])
        self.assertEqual(self.aws.problems(), [])

    def configure(self, gate: dict | str | None) -> None:
        place = {} if gate is None else {"scan_findings": gate}
        self.machine.configure(FULL_AT_ONCE, environment={"registry": HOST}, place=place)

    def push(self, tag: str, **manifest) -> str:
        """The digest of a new image, whose scan begins."""
        text = json.dumps({"schemaVersion": 2, "mediaType": DOCKER, "config": {"digest": tag}, "layers": [], **manifest})
        pushed = self.ecr.put_image(repositoryName=REPOSITORY, imageManifest=text, imageTag=tag)
        return pushed["image"]["imageId"]["imageDigest"]

    def ask(self, command: str, digest: str):
        return self.machine.sluice(command, "web", "--environment", "staging", "--image", f"{HOST}/{REPOSITORY}@{digest}",
                                   check=False)

    def assert_refused(self, digest: str, *reasons: str) -> str:
        """Before any task starts."""
        before = self.machine.task_sets()
        result = self.ask("deploy", digest)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        ended = self.last()
        self.assertEqual((ended["outcome"], ended["cause_kind"]), ("failed_before_traffic", "scan"))
        for reason in (f"web's image {HOST}/{REPOSITORY}@{digest}", *reasons):
            self.assertIn(reason, ended["cause"])
        self.assertEqual(self.calls("RegisterTaskDefinition") + self.calls("CreateTaskSet") + self.calls("ModifyRule"), [])
        self.assertEqual(self.machine.task_sets(), before)
        return result.stdout + result.stderr

    def assert_deployed(self, digest: str) -> None:
        result = self.ask("deploy", digest)
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        (serving,) = self.machine.task_sets()
        self.assertEqual(self.machine.image_of(serving), f"{HOST}/{REPOSITORY}@{digest}")

    def test_an_image_without_blocked_findings_is_deployed_when_its_scan_is_over(self) -> None:
        self.aws.set_scans({"findings": [MEDIUM]})
        self.aws.set_scale(0)
        image = self.push("clean")
        self.machine.sluice("deploy", "web", "--environment", "staging", "--image", f"{HOST}/{REPOSITORY}@{image}", "--detach")
        looked = lambda: self.calls("DescribeImageScanFindings")  # noqa: E731
        wait_until("a look that finds no scan", looked)
        self.assertEqual(looked()[0]["status"], 400)
        (waiting,) = self.machine.deployments()
        self.assertEqual(waiting["stage_title"], "check of the image's scan")
        self.aws.set_scale(60)
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.last()["outcome"], "succeeded")
        self.assertEqual({c["input"]["registryId"] for c in looked()}, {"123456789012"})

    def test_a_blocked_finding_refuses_it_with_its_name(self) -> None:
        # More than a page of others, which the blocked one comes after.
        others = [{"name": f"CVE-2023-{n}", "severity": "LOW"} for n in range(1200)]
        self.aws.set_scans({"findings": [*others, CRITICAL]})
        image = self.push("vulnerable")
        told = self.assert_refused(image, "(1 CRITICAL): CVE-2024-1111 (CRITICAL) in openssl 3.0.11-1")
        self.assertIn("CVE-2024-1111", told)
        plan = self.ask("plan", image)
        self.assertEqual(plan.returncode, SUCCEEDED, plan.stderr)
        self.assertIn("scan: it would be refused: web's image", plan.stdout)
        self.configure({"allow": ["CVE-2024-1111"]})
        self.assertIn("scan: nothing is found that would stop it", self.ask("plan", image).stdout)
        self.assert_deployed(image)

    def test_enhanced_findings_count_once_they_are_there(self) -> None:
        self.ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[
            {"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}])
        self.aws.set_scans({"findings": [ENHANCED]})
        self.assert_refused(self.push("enhanced"), "(1 HIGH): CVE-2024-3333 (HIGH) in libxml2 2.9.14, fixed in 2.9.15")
        self.aws.set_scans({"findings": [{**ENHANCED, "status": "SUPPRESSED"}]})
        self.assert_deployed(self.push("suppressed"))

    def test_each_image_of_an_index_is_judged(self) -> None:
        images = [self.push(name) for name in ("amd64", "arm64")]
        manifests = [{"mediaType": DOCKER, "digest": digest, "platform": {"os": "linux", "architecture": name}}
                     for digest, name in zip(images, ("amd64", "arm64"))]
        attestation = {"mediaType": DOCKER, "digest": "sha256:" + 64 * "0",
                       "platform": {"os": "unknown", "architecture": "unknown"}}
        index = self.push("all", mediaType=INDEX, manifests=[*manifests, attestation])
        self.aws.set_scans({"digest": images[1], "findings": [CRITICAL]})
        self.assert_refused(index, "for linux/arm64 has findings")
        self.aws.set_scans()
        self.assert_deployed(index)

    def test_a_scan_that_brings_nothing_refuses_with_what_to_do(self) -> None:
        self.aws.set_scans({"status": "UNSUPPORTED_IMAGE", "description": "The operating system is not supported."})
        self.assert_refused(self.push("scratch"), "ECR cannot scan what it is made of",
                            "ECR says: The operating system is not supported.")
        self.mark()
        self.configure({"within": "2s"})
        self.ecr.create_repository(repositoryName="shop/unscanned")
        image = self.ecr.put_image(repositoryName="shop/unscanned", imageTag="one", imageManifest=json.dumps(
            {"schemaVersion": 2, "mediaType": DOCKER, "layers": []}))["image"]["imageId"]["imageDigest"]
        refused = self.machine.sluice("deploy", "web", "--environment", "staging", "--image",
                                      f"{HOST}/shop/unscanned@{image}", check=False)
        self.assertEqual(refused.returncode, FAILED_BEFORE_TRAFFIC)
        cause = self.last()["cause"]
        self.assertIn("ECR has no scan of it", cause)
        self.assertIn("`aws ecr start-image-scan --region eu-west-1 --registry-id 123456789012 --repository-name "
                      f"shop/unscanned --image-id imageDigest={image}`", cause)
        self.assertIn("as long as 'within' of 'scan_findings' says, 2s", cause)

    def test_what_is_not_there_or_not_in_ecr_is_refused(self) -> None:
        absent = self.ask("deploy", "sha256:" + 64 * "1")
        self.assertEqual(absent.returncode, FAILED_BEFORE_TRAFFIC)
        self.assertIn("there is no image shop/web@sha256:1111", self.last()["cause"])
        elsewhere = self.machine.sluice("deploy", "web", "--environment", "staging", "--image",
                                        f"example.org/shop/web@sha256:{64 * '2'}", check=False)
        self.assertEqual(elsewhere.returncode, FAILED_BEFORE_TRAFFIC)
        self.assertIn("is not in a private repository of Amazon ECR", self.last()["cause"])

    def test_the_permission_is_printed_tried_and_named(self) -> None:
        policy = json.loads(self.machine.sluice("iam-policy", "--environment", "staging").stdout)
        (statement,) = [s for s in policy["Statement"] if s["Sid"] == "ScanFindings"]
        self.assertEqual(statement["Resource"], [f"arn:aws:ecr:eu-west-1:123456789012:repository/{REPOSITORY}"])
        image = self.push("denied")
        self.assert_deployed(image)
        self.assertEqual(self.denied(policy), [])
        self.assertTrue(self.denied({"Statement": [s for s in policy["Statement"] if s["Sid"] != "ScanFindings"]}))
        self.aws.set_faults({"kind": "denied", "operation": "DescribeImageScanFindings"})
        doctor = self.machine.sluice("doctor", "--environment", "staging", check=False)
        self.assertIn("ecr:DescribeImageScanFindings", doctor.stdout + doctor.stderr)
        self.mark()
        image = self.push("denied-again")
        result = self.ask("deploy", image)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC)
        self.assertIn("allow ecr:DescribeImageScanFindings to the keys in use", result.stdout + result.stderr)

    def test_without_the_gate_nothing_is_asked(self) -> None:
        self.aws.set_scans({"findings": [CRITICAL]})
        for gate in (None, "off"):
            self.configure(gate)
            self.assert_deployed(self.push(f"ungated-{gate}"))
        self.assertEqual(self.calls("DescribeImageScanFindings"), [])
        policy = self.machine.sluice("iam-policy", "--environment", "staging").stdout
        self.assertNotIn("DescribeImageScanFindings", policy)

    def test_a_way_back_has_no_gate(self) -> None:
        self.assert_deployed(self.push("first"))
        self.assert_deployed(self.push("second"))
        self.aws.set_scans({"findings": [CRITICAL]})
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait")
        self.assertEqual(self.last()["outcome"], "succeeded")


if __name__ == "__main__":
    unittest.main()
