"""Where keys come from: each provider of botocore's own chain gets some here, and they sign what follows."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

from simulator_case import SimulatorCase, main

from aws_simulator.environment import interpreter_options


class Providers(SimulatorCase):

    def account(self, **variables: str) -> str:
        """The ARN that botocore's chain arrives at with these variables alone."""
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, "AWS_ENDPOINT_URL": self.aws.url,
                       "AWS_DEFAULT_REGION": "eu-west-1", **variables}
        program = ("import botocore.session; client = botocore.session.Session().create_client('sts'); "
                   "print(client.get_caller_identity()['Arn'])")
        options = interpreter_options(pathlib.Path(sys.executable))
        done = subprocess.run([sys.executable, *options, "-c", program], env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = folder.name

    def write(self, name: str, text: str) -> str:
        path = pathlib.Path(self.home) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def test_the_environment(self):
        self.assertEqual(self.account(**{k: v for k, v in self.aws.environment().items() if "KEY" in k}),
                         "arn:aws:iam::123456789012:user/sluice")

    def test_the_instances_metadata(self):
        self.assertIn("assumed-role/sluice/i-", self.account(AWS_EC2_METADATA_SERVICE_ENDPOINT=self.aws.url))

    def test_the_containers_endpoint(self):
        self.assertIn("assumed-role/sluice/", self.account(
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{self.aws.url}/container-credentials",
            AWS_CONTAINER_AUTHORIZATION_TOKEN="container-token"))

    def test_a_web_identity_from_githubs_token(self):
        request = urllib.request.Request(f"{self.aws.url}/github-token?x=1&audience=sts.amazonaws.com",
                                         headers={"Authorization": "bearer github-request-token"})
        with urllib.request.urlopen(request) as answer:
            token = self.write("token", json.load(answer)["value"])
        self.assertEqual(self.account(AWS_WEB_IDENTITY_TOKEN_FILE=token, AWS_ROLE_ARN="arn:aws:iam::123456789012:role/deploy",
                                      AWS_ROLE_SESSION_NAME="job"),
                         "arn:aws:sts::123456789012:assumed-role/deploy/job")

    def test_a_profile_that_assumes_a_role(self):
        self.write(".aws/credentials", f"[base]\naws_access_key_id = {self.aws.sluice['access_key']}\n"
                   f"aws_secret_access_key = {self.aws.sluice['secret_key']}\n")
        self.write(".aws/config", "[profile deploy]\nrole_arn = arn:aws:iam::210987654321:role/deploy\nsource_profile = base\n"
                   "role_session_name = job\n")
        self.assertEqual(self.account(AWS_PROFILE="deploy"), "arn:aws:sts::210987654321:assumed-role/deploy/job")

    def test_identity_center(self):
        self.aws.control("sso_tokens", access="cached", seconds=600, refresh="again")
        cache = hashlib.sha1(b"shop").hexdigest()
        self.write(f".aws/sso/cache/{cache}.json", json.dumps({
            "accessToken": "cached", "expiresAt": "2099-01-01T00:00:00Z", "region": "eu-west-1",
            "startUrl": "https://example.awsapps.com/start"}))
        self.write(".aws/config", "[profile deploy]\nsso_session = shop\nsso_account_id = 123456789012\nsso_role_name = Deploy\n"
                   "[sso-session shop]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n")
        self.assertIn("AWSReservedSSO_Deploy", self.account(AWS_PROFILE="deploy"))
        self.write(f".aws/sso/cache/{cache}.json", json.dumps({
            "accessToken": "old", "expiresAt": "2020-01-01T00:00:00Z", "region": "eu-west-1", "refreshToken": "again",
            "clientId": "c", "clientSecret": "s", "registrationExpiresAt": "2099-01-01T00:00:00Z",
            "startUrl": "https://example.awsapps.com/start"}))
        self.assertIn("AWSReservedSSO_Deploy", self.account(AWS_PROFILE="deploy"))
        self.assertEqual([r["status"] for r in self.aws.requests(operation="CreateToken")], [200])


if __name__ == "__main__":
    main()
