"""ECR: what moto has, with a token that is not already expired, registries of other accounts, and scans of images.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
"""
import hashlib

from ..problems import AwsError
from .ecr_scans import Scans
from .service import Service

TOKEN_SECONDS = 12 * 3600


class Registry(Service):
    NAME = "ecr"

    def __init__(self, place):
        super().__init__(place)
        self.scans = Scans(self)

    def GetAuthorizationToken(self, i: dict) -> dict:
        output = self.store("GetAuthorizationToken", **i)
        return {"authorizationData": [{**data, "expiresAt": self.place.now + TOKEN_SECONDS}
                                      for data in output["authorizationData"]]}

    def BatchGetImage(self, i: dict) -> dict:
        return self._registry_of(i).store("BatchGetImage", **i)

    def PutImage(self, i: dict) -> dict:
        """moto's digests are not those of the manifests."""
        digest = "sha256:" + hashlib.sha256(i["imageManifest"].encode()).hexdigest()
        if i.get("imageDigest", digest) != digest:
            raise AwsError("ImageDigestDoesNotMatchException", "The image digest does not match the calculated digest.", 400)
        output = self._registry_of(i).store("PutImage", **{**i, "imageDigest": digest})
        self._registry_of(i).scans.pushed(i["repositoryName"], output["image"])
        return output

    def StartImageScan(self, i: dict) -> dict:
        registry, image = self._image_of(i)
        return {**self._named(registry, i, image), **registry.scans.start(i["repositoryName"], image)}

    def DescribeImageScanFindings(self, i: dict) -> dict:
        registry, image = self._image_of(i)
        told = registry.scans.describe(i["repositoryName"], image, i.get("nextToken"), i.get("maxResults"))
        return {**self._named(registry, i, image), **told}

    def _registry_of(self, i: dict) -> "Registry":
        account = i.get("registryId", self.place.account)
        return self if account == self.place.account else self.world.place(account, self.place.region).service("ecr")

    def _image_of(self, i: dict) -> tuple["Registry", dict]:
        registry = self._registry_of(i)
        found = registry.store("BatchGetImage", repositoryName=i["repositoryName"], imageIds=[i["imageId"]])["images"]
        if not found:
            raise AwsError("ImageNotFoundException", f"The image with imageId {i['imageId']} does not exist within the "
                           f"repository with name '{i['repositoryName']}' in the registry with id "
                           f"'{registry.place.account}'", 400)
        return registry, found[0]

    @staticmethod
    def _named(registry: "Registry", i: dict, image: dict) -> dict:
        return {"registryId": registry.place.account, "repositoryName": i["repositoryName"],
                "imageId": {k: v for k, v in image["imageId"].items() if v}}
