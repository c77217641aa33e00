"""STS: the keys that it gives are known to the signature check, live as long as asked, and expire.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (DurationSeconds 900 to 43200, default 3600)
"""
import base64
import json
import time

from ..problems import AwsError
from .service import Service


class SecurityTokens(Service):

    def AssumeRole(self, i: dict) -> dict:
        return self._assume(i, "AssumeRole", i["RoleArn"])

    def AssumeRoleWithWebIdentity(self, i: dict) -> dict:
        self._check_web_token(i["WebIdentityToken"])
        return self._assume(i, "AssumeRoleWithWebIdentity", i["RoleArn"])

    def GetSessionToken(self, i: dict) -> dict:
        return {"Credentials": self._keys(i.get("DurationSeconds", 43200), self.place.call.keys.arn, self.place.account)}

    def GetCallerIdentity(self, i: dict) -> dict:
        keys = self.place.call.keys
        return {"UserId": keys.access_key, "Account": keys.account, "Arn": keys.arn}

    def _assume(self, i: dict, operation: str, role: str) -> dict:
        pieces = role.split(":")
        if len(pieces) < 6 or pieces[2] != "iam" or not pieces[5].startswith("role/"):
            raise AwsError("ValidationError", f"{role} is invalid", 400)
        account, name, session = pieces[4], pieces[5].rpartition("/")[2], i["RoleSessionName"]
        arn = f"arn:{pieces[1]}:sts::{account}:assumed-role/{name}/{session}"
        output = {"Credentials": self._keys(i.get("DurationSeconds", 3600), arn, account),
                  "AssumedRoleUser": {"AssumedRoleId": f"AROA{self.world.hex_id(16).upper()}:{session}", "Arn": arn}}
        if operation == "AssumeRoleWithWebIdentity":
            claims = _claims(i["WebIdentityToken"])
            output.update(SubjectFromWebIdentityToken=claims.get("sub", "unknown"), Audience=claims.get("aud", "unknown"),
                          Provider=claims.get("iss", "unknown"))
        return output

    def _keys(self, duration: int, arn: str, account: str) -> dict:
        lifetime = self.world.credential_lifetime if self.world.credential_lifetime is not None else duration
        # Keys are the one thing that lives on the wall clock: it is the client's clock that decides when to refresh.
        keys = self.world.add_keys(self._owner(), account, self.world.hex_id(356), time.time() + lifetime, arn)
        return {"AccessKeyId": keys.access_key, "SecretAccessKey": keys.secret_key, "SessionToken": keys.token,
                "Expiration": keys.expires}

    def _owner(self) -> str:
        keys = self.place.call.keys
        return keys.who if keys else "sluice"

    @staticmethod
    def _check_web_token(token: str) -> None:
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html (errors)
        claims = _claims(token)
        if not claims:
            raise AwsError("InvalidIdentityToken", "The ID Token provided is not a valid JWT", 400)
        if "exp" in claims and claims["exp"] < time.time():
            raise AwsError("ExpiredTokenException", "Token expired: current date/time must be before the expiration", 400)


def _claims(token: str) -> dict:
    """The claims of a JWT, empty where it is none. Its own signature is not checked: no issuer's keys are in here."""
    try:
        part = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
