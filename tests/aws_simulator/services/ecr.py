"""ECR: what moto has, with a token that is not already expired.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
"""
from .service import Service

TOKEN_SECONDS = 12 * 3600


class Registry(Service):
    NAME = "ecr"

    def GetAuthorizationToken(self, i: dict) -> dict:
        output = self.store("GetAuthorizationToken", **i)
        return {"authorizationData": [{**data, "expiresAt": self.place.now + TOKEN_SECONDS}
                                      for data in output["authorizationData"]]}
