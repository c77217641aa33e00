"""A deployment by the real program with credentials of each source, and what serves then as the AWS CLI prints it."""

import base64
import hashlib
import json
import sys
import unittest
import urllib.request
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator  # noqa: E402

from aws_cli import AwsCli  # noqa: E402
from function_in_aws import ALIAS, FUNCTION, FunctionInAws, packed  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE  # noqa: E402

ROLE = "arn:aws:iam::123456789012:role/deploy"
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED")
AWS: Simulator
AWS_CLI: AwsCli


def setUpModule() -> None:
    global AWS, AWS_CLI
    AWS = unittest.enterModuleContext(Simulator(scale=60))
    AWS_CLI = AwsCli(BUILD, AWS)
    with FunctionInAws(BUILD, AWS) as first:
        first.make_function(FUNCTION, ZipFile=packed("first"))
        first.lam.publish_version(FunctionName=FUNCTION)
        first.lam.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")


class Providers(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = AWS
        self.machine = self.enterContext(FunctionInAws(BUILD, self.aws))
        for name in KEYS:
            del self.machine.env[name]
        self.home = self.machine.folder

    def tearDown(self) -> None:
        self.assertEqual(self.aws.problems(), [])

    def write(self, name: str, text: str) -> str:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def deploys(self, who: str, role: str = "", **variables: str) -> None:
        """With nothing but these variables; AWS saw `who` make the change."""
        self.machine.env |= variables
        self.machine.configure(FULL_AT_ONCE)
        if role:
            text = json.loads((self.machine.folder / "sluice.yaml").read_text())
            text["environments"]["staging"]["role"] = role
            (self.machine.folder / "sluice.yaml").write_text(json.dumps(text))
        since = self.aws.newest_request()
        word = self.id().rpartition(".")[2]
        self.machine.deploy(self.machine.package(word))
        serving = AWS_CLI("lambda", "get-alias", "--function-name", FUNCTION, "--name", ALIAS)
        self.assertNotIn("AdditionalVersionWeights", serving.get("RoutingConfig", {}))
        code = AWS_CLI("lambda", "get-function-configuration", "--function-name", FUNCTION, "--qualifier",
                       serving["FunctionVersion"])
        self.assertEqual(code["CodeSha256"], self.machine.lam.get_function(
            FunctionName=FUNCTION, Qualifier=serving["FunctionVersion"])["Configuration"]["CodeSha256"])
        self.assertEqual(code["CodeSha256"], base64.b64encode(hashlib.sha256(packed(word)).digest()).decode())
        changed = {r["arn"] or r["who"] for r in self.aws.requests(since=since, operation="UpdateAlias")}
        self.assertEqual(len(changed), 1)
        self.assertIn(who, changed.pop())

    def test_environment(self) -> None:
        keys = self.aws.sluice
        self.deploys("sluice", AWS_ACCESS_KEY_ID=keys["access_key"], AWS_SECRET_ACCESS_KEY=keys["secret_key"])

    def test_environment_that_takes_on_the_role_of_the_file(self) -> None:
        keys = self.aws.sluice
        self.deploys("assumed-role/deploy/sluice", role=ROLE, AWS_ACCESS_KEY_ID=keys["access_key"],
                     AWS_SECRET_ACCESS_KEY=keys["secret_key"])

    def test_job_of_github(self) -> None:
        self.deploys("assumed-role/deploy/sluice", role=ROLE, ACTIONS_ID_TOKEN_REQUEST_URL=f"{self.aws.url}/github-token?x=1",
                     ACTIONS_ID_TOKEN_REQUEST_TOKEN="github-request-token")

    def test_token_in_a_file(self) -> None:
        request = urllib.request.Request(f"{self.aws.url}/github-token?audience=sts.amazonaws.com",
                                         headers={"Authorization": "bearer github-request-token"})
        with urllib.request.urlopen(request) as answer:
            token = self.write("token", json.load(answer)["value"])
        self.deploys("assumed-role/deploy/pod", AWS_WEB_IDENTITY_TOKEN_FILE=token, AWS_ROLE_ARN=ROLE,
                     AWS_ROLE_SESSION_NAME="pod")

    def profile(self, text: str) -> dict[str, str]:
        return {"AWS_CONFIG_FILE": self.write("aws-config", "[profile deploy]\n" + text), "AWS_PROFILE": "deploy",
                "AWS_SHARED_CREDENTIALS_FILE": str(self.home / "aws-credentials")}

    def test_profile_that_takes_on_a_role(self) -> None:
        keys = self.aws.sluice
        self.write("aws-credentials", f"[base]\naws_access_key_id = {keys['access_key']}\n"
                                      f"aws_secret_access_key = {keys['secret_key']}\n")
        self.deploys("assumed-role/deploy/job", **self.profile(
            f"role_arn = {ROLE}\nsource_profile = base\nrole_session_name = job\n"))

    def test_program_of_a_profile(self) -> None:
        keys = {"Version": 1, "AccessKeyId": self.aws.sluice["access_key"], "SecretAccessKey": self.aws.sluice["secret_key"]}
        self.deploys("sluice", **self.profile(f"credential_process = cat {self.write('keys.json', json.dumps(keys))}\n"))

    def test_identity_center(self) -> None:
        self.aws.control("sso_tokens", access="old", seconds=600, refresh="again")  # it is renewed
        cache = f".aws/sso/cache/{hashlib.sha1(b'shop').hexdigest()}.json"
        self.write(cache, json.dumps({
            "accessToken": "gone", "expiresAt": "2020-01-01T00:00:00Z", "region": "eu-west-1", "refreshToken": "again",
            "clientId": "c", "clientSecret": "s", "registrationExpiresAt": "2099-01-01T00:00:00Z"}))
        self.deploys("AWSReservedSSO_Deploy", **self.profile(
            "sso_session = shop\nsso_account_id = 123456789012\nsso_role_name = Deploy\n[sso-session shop]\n"
            "sso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n"))

    def test_container(self) -> None:
        self.deploys("assumed-role/sluice/", AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{self.aws.url}/container-credentials",
                     AWS_CONTAINER_AUTHORIZATION_TOKEN="container-token")

    def test_instance(self) -> None:
        self.deploys("assumed-role/sluice/i-", AWS_EC2_METADATA_SERVICE_ENDPOINT=self.aws.url)


if __name__ == "__main__":
    unittest.main()
