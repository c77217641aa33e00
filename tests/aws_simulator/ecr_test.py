"""Scans of images in ECR."""
import hashlib
import json

from simulator_case import SimulatorCase, main

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
BASIC = {"name": "CVE-2019-5188", "severity": "MEDIUM", "uri": "http://people.ubuntu.com/~ubuntu-security/cve/CVE-2019-5188",
         "attributes": [{"key": "package_name", "value": "e2fsprogs"}, {"key": "package_version", "value": "1.44.1"}]}
ENHANCED = {"title": "CVE-2022-49043 - libxml2", "severity": "HIGH", "status": "ACTIVE", "type": "PACKAGE_VULNERABILITY",
            "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2022-49043", "vulnerablePackages": [
                {"name": "libxml2", "version": "2.9.14", "fixedInVersion": "2.9.15"}]}}


class Scans(SimulatorCase):

    def setUp(self):
        super().setUp()
        self.ecr = self.aws.client("ecr")
        self.ecr.create_repository(repositoryName="shop/web", imageScanningConfiguration={"scanOnPush": True})

    def push(self, tag: str, repository: str = "shop/web", **manifest) -> str:
        text = json.dumps({"schemaVersion": 2, "mediaType": DOCKER, "config": {"digest": tag}, "layers": [], **manifest})
        return self.ecr.put_image(repositoryName=repository, imageManifest=text, imageTag=tag)["image"]["imageId"]["imageDigest"]

    def scan(self, digest: str, **more) -> dict:
        return self.ecr.describe_image_scan_findings(repositoryName="shop/web", imageId={"imageDigest": digest}, **more)

    def status(self, digest: str) -> str:
        return self.scan(digest)["imageScanStatus"]["status"]

    def test_a_pushed_image_is_scanned_after_a_while(self):
        self.aws.set_scans({"repository": "shop/*", "findings": [BASIC]})
        image = self.push("one")
        self.refused("ScanNotFoundException", self.scan, image)
        self.aws.advance(4)
        self.assertEqual(self.status(image), "IN_PROGRESS")
        self.aws.advance(20)
        told = self.scan(image)
        self.assertEqual(told["imageScanStatus"]["status"], "COMPLETE")
        self.assertEqual(told["imageScanFindings"]["findings"], [BASIC])
        self.assertEqual(told["imageScanFindings"]["findingSeverityCounts"], {"MEDIUM": 1})
        self.assertLess(told["imageScanFindings"]["imageScanCompletedAt"].timestamp(), self.aws.now())

    def test_findings_come_in_pages(self):
        self.aws.set_scans({"findings": [{"name": f"CVE-{n}", "severity": "LOW"} for n in range(250)]})
        image = self.push("one")
        self.aws.advance(30)
        first = self.scan(image)
        self.assertEqual(len(first["imageScanFindings"]["findings"]), 100)
        self.assertEqual(first["imageScanFindings"]["findingSeverityCounts"], {"LOW": 250})
        pages = self.ecr.get_paginator("describe_image_scan_findings").paginate(
            repositoryName="shop/web", imageId={"imageDigest": image})
        names = [f["name"] for p in pages for f in p["imageScanFindings"]["findings"]]
        self.assertEqual(names, [f"CVE-{n}" for n in range(250)])
        self.assertNotIn("nextToken", self.scan(image, maxResults=1000))

    def test_enhanced_scanning_says_that_it_is_done_before_it_tells_anything(self):
        self.ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[
            {"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}])
        self.aws.set_scans({"findings": [ENHANCED]})
        image = self.push("one")
        self.aws.advance(5)
        self.assertEqual(self.status(image), "PENDING")
        self.aws.advance(20)
        silent = self.scan(image)
        self.assertEqual((silent["imageScanStatus"]["status"], silent["imageScanFindings"]), ("ACTIVE", {"findings": []}))
        self.aws.advance(20)
        self.assertEqual(self.scan(image)["imageScanFindings"]["enhancedFindings"], [ENHANCED])
        self.refused("ValidationException", self.ecr.start_image_scan, repositoryName="shop/web",
                     imageId={"imageDigest": image})

    def test_a_scan_may_end_without_findings(self):
        image = self.push("one")
        self.aws.set_scans({"digest": image, "status": "UNSUPPORTED_IMAGE", "description": "scratch is not supported"})
        self.aws.advance(30)
        self.assertEqual(self.scan(image)["imageScanStatus"],
                         {"status": "UNSUPPORTED_IMAGE", "description": "scratch is not supported"})
        self.assertNotIn("imageScanFindings", self.scan(image))

    def test_an_image_is_scanned_by_hand_once_a_day(self):
        self.ecr.create_repository(repositoryName="shop/other")
        image = {"imageDigest": self.push("one", "shop/other")}
        self.aws.advance(60)
        self.refused("ScanNotFoundException", self.ecr.describe_image_scan_findings, repositoryName="shop/other", imageId=image)
        started = self.ecr.start_image_scan(repositoryName="shop/other", imageId=image)
        self.assertEqual(started["imageScanStatus"]["status"], "IN_PROGRESS")
        self.refused("LimitExceededException", self.ecr.start_image_scan, repositoryName="shop/other", imageId=image)
        self.aws.advance(24 * 3600)
        self.ecr.start_image_scan(repositoryName="shop/other", imageId=image)

    def test_an_index_has_no_scan(self):
        child = self.push("one")
        index = self.push("all", mediaType=INDEX, manifests=[
            {"mediaType": DOCKER, "digest": child, "platform": {"os": "linux", "architecture": "amd64"}}])
        self.aws.advance(30)
        self.assertEqual(self.status(child), "COMPLETE")
        self.refused("ScanNotFoundException", self.scan, index)
        self.refused("UnsupportedImageTypeException", self.ecr.start_image_scan, repositoryName="shop/web",
                     imageId={"imageDigest": index})
        self.refused("ImageNotFoundException", self.scan, "sha256:" + 64 * "0")

    def test_a_digest_is_that_of_the_manifest(self):
        text = json.dumps({"schemaVersion": 2, "mediaType": DOCKER, "config": {}, "layers": []})
        put = dict(repositoryName="shop/web", imageManifest=text, imageTag="one")
        self.refused("ImageDigestDoesNotMatchException", self.ecr.put_image, imageDigest="sha256:" + 64 * "0", **put)
        self.assertEqual(self.ecr.put_image(**put)["image"]["imageId"]["imageDigest"],
                         "sha256:" + hashlib.sha256(text.encode()).hexdigest())

    def test_a_registry_of_another_account_is_asked_by_its_id(self):
        image = self.push("one")
        self.aws.advance(30)
        stranger = self.aws.client("ecr", keys=self.aws.make_keys("stranger", "210987654321"))
        asked = dict(repositoryName="shop/web", imageId={"imageDigest": image})
        self.refused("RepositoryNotFoundException", stranger.describe_image_scan_findings, **asked)
        told = stranger.describe_image_scan_findings(registryId="123456789012", **asked)
        self.assertEqual((told["registryId"], told["imageScanStatus"]["status"]), ("123456789012", "COMPLETE"))


if __name__ == "__main__":
    main()
