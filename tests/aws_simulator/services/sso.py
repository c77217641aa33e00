"""IAM Identity Center as a client's credential chain uses it: a role's keys for a cached token, and a new token.

https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
Which tokens are valid is said through control (`sso_tokens`).
"""
import time

from ..problems import AwsError
from .service import Service

ACCESS_TOKEN_SECONDS = 8 * 3600
ROLE_SECONDS = 3600


class Portal(Service):
    NAME = "sso"

    def GetRoleCredentials(self, i: dict) -> dict:
        token = self.world.sso_tokens.get(i["accessToken"])
        if token is None or token["expires"] < time.time():
            raise AwsError("UnauthorizedException", "Session token not found or invalid", 401)
        arn = f"arn:aws:sts::{i['accountId']}:assumed-role/AWSReservedSSO_{i['roleName']}_0123456789abcdef/user"
        lifetime = self.world.credential_lifetime if self.world.credential_lifetime is not None else ROLE_SECONDS
        keys = self.world.add_keys("sluice", i["accountId"], self.world.hex_id(356), time.time() + lifetime, arn)
        return {"roleCredentials": {"accessKeyId": keys.access_key, "secretAccessKey": keys.secret_key,
                                    "sessionToken": keys.token, "expiration": int(keys.expires * 1000)}}


class Tokens(Service):
    NAME = "sso-oidc"

    def CreateToken(self, i: dict) -> dict:
        if i["grantType"] != "refresh_token":
            raise AwsError("UnsupportedGrantTypeException", "Only refresh_token is simulated", 400)
        known = next((t for t in self.world.sso_tokens.values() if t.get("refresh") == i.get("refreshToken")), None)
        if known is None or i.get("refreshToken") is None:
            raise AwsError("InvalidGrantException", "The refresh token is not valid", 400)
        access = self.world.hex_id(64)
        self.world.sso_tokens[access] = {"expires": time.time() + ACCESS_TOKEN_SECONDS, "refresh": known["refresh"]}
        return {"accessToken": access, "tokenType": "Bearer", "expiresIn": ACCESS_TOKEN_SECONDS,
                "refreshToken": known["refresh"]}
