"""Scans of images in ECR: basic ones, and those of Amazon Inspector (enhanced scanning).

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
"""
import collections
import dataclasses
import fnmatch
import json

from ..problems import AwsError
from .service import page

DAY_SECONDS = 24 * 3600
MOST_ON_A_PAGE, FEWER_BY_DEFAULT = 1000, 100
DESCRIPTIONS = {"IN_PROGRESS": "", "PENDING": "Pending start of the image scan.",
                "COMPLETE": "The scan was completed successfully.", "ACTIVE": "Continuous scan is selected for image."}


@dataclasses.dataclass
class ScanOutcome:
    """What a scan of the images that it matches ends with. The first that matches holds; without one nothing is found.

    `repository` is a pattern as in a shell; `digest` names one image, None any. `findings` are members of ImageScanFinding,
    or with enhanced scanning of EnhancedImageScanFinding. `status` is another end than success (FAILED, …).
    """
    repository: str = "*"
    digest: str | None = None
    findings: list = dataclasses.field(default_factory=list)
    status: str | None = None
    description: str = ""

    def matches(self, repository: str, digest: str) -> bool:
        return fnmatch.fnmatchcase(repository, self.repository) and self.digest in (None, digest)


class Scans:
    """Those of one registry: an account's in a region."""

    def __init__(self, registry):
        self._registry = registry
        self._began: dict[tuple[str, str], float] = {}
        self.outcomes: list[ScanOutcome] = []

    def pushed(self, repository: str, image: dict) -> None:
        """An image has come. An index is not scanned: its images are, and come by themselves."""
        if self._is_index(image) or not self._scans_on_push(repository):
            return
        self._began.setdefault((repository, image["imageId"]["imageDigest"]), self._now)

    def start(self, repository: str, image: dict) -> dict:
        """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartImageScan.html"""
        if self._is_enhanced:
            raise AwsError("ValidationException", "This feature is disabled", 400)
        if self._is_index(image):
            raise AwsError("UnsupportedImageTypeException", "The image is of a type that cannot be scanned.", 400)
        key = (repository, image["imageId"]["imageDigest"])
        if key in self._began and self._now - self._began[key] < DAY_SECONDS:
            raise AwsError("LimitExceededException", "The scan quota per image has been exceeded. Wait and try again.", 400)
        self._began[key] = self._now - self._delays.scan_known
        return {"imageScanStatus": {"status": "IN_PROGRESS", "description": ""}}

    def describe(self, repository: str, image: dict, token: str | None, size: int | None) -> dict:
        digest = image["imageId"]["imageDigest"]
        age = self._now - self._began.get((repository, digest), self._now)
        if (repository, digest) not in self._began or age < self._delays.scan_known:
            raise AwsError("ScanNotFoundException", "Image scan does not exist for the image with '{imageDigest:'" + digest +
                           "'}' in the repository with name '" + repository + "'", 400)
        age -= self._delays.scan_known
        enhanced = self._is_enhanced
        if age < self._delays.image_scan:
            return self._told("PENDING" if enhanced else "IN_PROGRESS")
        outcome = next((o for o in self.outcomes if o.matches(repository, digest)), ScanOutcome())
        if outcome.status:
            return self._told(outcome.status, outcome.description)
        status = "ACTIVE" if enhanced and self._frequency(repository) == "CONTINUOUS_SCAN" else "COMPLETE"
        # Seen with enhanced scanning: https://github.com/aws/aws-sdk/issues/289
        if enhanced and age < self._delays.image_scan + self._delays.scan_findings:
            return {**self._told(status), "imageScanFindings": {"findings": []}}
        found, after = page(outcome.findings, token, size or FEWER_BY_DEFAULT, MOST_ON_A_PAGE)
        answer = {**self._told(status), "imageScanFindings": {
            "imageScanCompletedAt": self._now - age + self._delays.image_scan,
            "vulnerabilitySourceUpdatedAt": self._now - age,
            "findingSeverityCounts": self._counts(outcome.findings),
            "enhancedFindings" if enhanced else "findings": found}}
        return {**answer, "nextToken": after} if after else answer

    @staticmethod
    def _counts(findings: list[dict]) -> dict:
        severities = ["UNDEFINED" if f["severity"] == "UNTRIAGED" else f["severity"] for f in findings]
        return dict(collections.Counter(severities))

    @staticmethod
    def _told(status: str, description: str = "") -> dict:
        return {"imageScanStatus": {"status": status, "description": description or DESCRIPTIONS.get(status, "")}}

    @staticmethod
    def _is_index(image: dict) -> bool:
        return "manifests" in json.loads(image["imageManifest"])

    @property
    def _now(self) -> float:
        return self._registry.place.now

    @property
    def _delays(self):
        return self._registry.place.delays

    @property
    def _configuration(self) -> dict:
        return self._registry.store("GetRegistryScanningConfiguration")["scanningConfiguration"]

    @property
    def _is_enhanced(self) -> bool:
        return self._configuration.get("scanType") == "ENHANCED"

    def _frequency(self, repository: str) -> str | None:
        for rule in self._configuration.get("rules", []):
            if any(fnmatch.fnmatchcase(repository, f["filter"]) for f in rule["repositoryFilters"]):
                return rule["scanFrequency"]
        return None

    def _scans_on_push(self, repository: str) -> bool:
        frequency = self._frequency(repository)
        if self._is_enhanced or frequency:
            return frequency in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN")
        described = self._registry.store("DescribeRepositories", repositoryNames=[repository])["repositories"][0]
        return described.get("imageScanningConfiguration", {}).get("scanOnPush", False)
