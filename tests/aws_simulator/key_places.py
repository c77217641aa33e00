"""Where a program inside AWS, or a job of GitHub, finds keys or a token: the instance's metadata service, the container's
credential endpoint, GitHub's token service.

All of them are served by the simulator's own listener; a test points the program at them by the variables that each has:
    AWS_EC2_METADATA_SERVICE_ENDPOINT=URL
    AWS_CONTAINER_CREDENTIALS_FULL_URI=URL/container-credentials  AWS_CONTAINER_AUTHORIZATION_TOKEN=container-token
    ACTIONS_ID_TOKEN_REQUEST_URL=URL/github-token?x=1              ACTIONS_ID_TOKEN_REQUEST_TOKEN=github-request-token
"""
import base64
import json
import time

from .request_log import iso
from .service_models import HttpRequest
from .store import ACCOUNT
from .wire_answer import HttpAnswer

ROLE = "sluice"
CONTAINER_TOKEN = "container-token"
GITHUB_REQUEST_TOKEN = "github-request-token"
LIFETIME_SECONDS = 3600
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html (IMDSv2: the longest token is 6 hours)
LONGEST_METADATA_TOKEN_SECONDS = 21600


class KeyPlaces:
    """Answers GET and PUT of those paths; None for any other path."""

    def __init__(self, world):
        self._world = world
        self._metadata_tokens: dict[str, float] = {}

    def answer(self, request: HttpRequest) -> HttpAnswer | None:
        if request.path == "/latest/api/token":
            return self._metadata_token(request)
        if request.path.startswith("/latest/"):
            return self._metadata(request)
        if request.path == "/container-credentials":
            return self._container(request)
        if request.path == "/github-token":
            return self._github(request)
        return None

    @staticmethod
    def _text(status: int, text: str, kind: str = "text/plain") -> HttpAnswer:
        return HttpAnswer(status, [("Content-Type", kind)], text.encode())

    def _metadata_token(self, request: HttpRequest) -> HttpAnswer:
        seconds = request.header("x-aws-ec2-metadata-token-ttl-seconds")
        if request.method != "PUT" or not seconds.isdigit() or not 1 <= int(seconds) <= LONGEST_METADATA_TOKEN_SECONDS:
            return self._text(400, "Bad Request")
        token = self._world.hex_id(56)
        self._metadata_tokens[token] = time.time() + int(seconds)
        answer = self._text(200, token)
        answer.headers.append(("x-aws-ec2-metadata-token-ttl-seconds", seconds))
        return answer

    def _metadata(self, request: HttpRequest) -> HttpAnswer:
        if self._metadata_tokens.get(request.header("x-aws-ec2-metadata-token"), 0) < time.time():
            return self._text(401, "Unauthorized")  # IMDSv1 is off, as it is by default on new instances
        path = request.path.removeprefix("/latest/meta-data/").rstrip("/")
        if path == "iam/security-credentials":
            return self._text(200, ROLE)
        if path == f"iam/security-credentials/{ROLE}":
            keys = self._keys()
            return self._text(200, json.dumps({"Code": "Success", "LastUpdated": iso(time.time()), "Type": "AWS-HMAC", **keys}))
        if path == "placement/region":
            return self._text(200, "eu-west-1")
        return self._text(404, "Not Found")

    def _container(self, request: HttpRequest) -> HttpAnswer:
        # https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
        if request.header("authorization") != CONTAINER_TOKEN:
            return self._text(403, json.dumps({"code": "AccessDenied", "message": "wrong token"}), "application/json")
        return self._text(200, json.dumps(self._keys()), "application/json")

    def _keys(self) -> dict:
        lifetime = self._world.credential_lifetime if self._world.credential_lifetime is not None else LIFETIME_SECONDS
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/i-0123456789abcdef0"
        keys = self._world.add_keys("sluice", ACCOUNT, self._world.hex_id(356), time.time() + lifetime, arn)
        return {"AccessKeyId": keys.access_key, "SecretAccessKey": keys.secret_key, "Token": keys.token,
                "Expiration": iso(keys.expires).split(".")[0] + "Z", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"}

    def _github(self, request: HttpRequest) -> HttpAnswer:
        # https://docs.github.com/en/actions/reference/security/oidc (the request's token, the audience, the claims)
        if request.header("authorization").lower() != f"bearer {GITHUB_REQUEST_TOKEN}":
            return self._text(401, json.dumps({"message": "Unauthorized"}), "application/json")
        audience = dict(request.query_pairs()).get("audience", "https://github.com/example")
        now = int(time.time())
        claims = {"iss": "https://token.actions.githubusercontent.com", "aud": audience, "iat": now, "exp": now + 300,
                  "sub": "repo:example/shop:ref:refs/heads/main", "repository": "example/shop", "ref": "refs/heads/main"}
        pieces = [base64.urlsafe_b64encode(json.dumps(x).encode()).decode().rstrip("=")
                  for x in ({"alg": "RS256", "typ": "JWT"}, claims)]
        token = ".".join([*pieces, base64.urlsafe_b64encode(b"not signed").decode().rstrip("=")])
        return self._text(200, json.dumps({"value": token, "count": len(token)}), "application/json")
