"""sluice's own client of AWS against the simulated one, which recomputes each signature and checks each request's shape."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator  # noqa: E402

from tls_proxy import TlsProxy  # noqa: E402

PROGRAM = BUILD / "tests/integration/aws/aws_call"
ROLE = "arn:aws:iam::123456789012:role/deploy"
AWS = Simulator(scale=60)


def setUpModule() -> None:
    unittest.enterModuleContext(AWS)


class Client(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = AWS
        self.aws.control("reset")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.env = inherited | self.aws.environment() | {"HOME": "/nonexistent"}

    def tearDown(self) -> None:
        self.assertEqual(self.aws.problems(), [])

    def call(self, service: str, operation: str, body: dict, *rest: str, check: bool = True) -> dict | str:
        done = subprocess.run([PROGRAM, service, operation, json.dumps(body), *rest], env=self.env, text=True,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0 if check else 1, done.stdout + done.stderr)
        return json.loads(done.stdout) if check else done.stdout

    def test_speaks_every_protocol(self) -> None:
        ecs = self.aws.client("ecs")
        ecs.create_cluster(clusterName="chat")
        self.assertEqual([c.rpartition("/")[2] for c in self.call("ecs", "ListClusters", {})["clusterArns"]], ["chat"])
        self.call("cloudwatch", "PutMetricData", {"Namespace": "sluice", "MetricData": [{"MetricName": "rollouts", "Value": 1}]})
        self.assertEqual(self.call("elbv2", "DescribeLoadBalancers", {"PageSize": 20})["LoadBalancers"], "")
        self.assertIn("arn:aws:", self.call("sts", "GetCallerIdentity", {})["Arn"])
        self.aws.client("ssm").put_parameter(Name="/shop/key", Value="v", Type="String")
        self.assertEqual(self.call("ssm", "GetParameter", {"Name": "/shop/key"})["Parameter"]["Value"], "v")
        # An ARN in a path is encoded once on the wire and twice in the signature.
        arn = "arn:aws:lambda:eu-west-1:123456789012:function:none"
        refused = self.call("lambda", "ListTags", {}, "GET", "/2017-03-31/tags/" + urllib.parse.quote(arn, safe=""), check=False)
        self.assertIn("ResourceNotFoundException", refused)

    def test_takes_on_a_role_and_renews_it_when_aws_calls_it_expired(self) -> None:
        process = subprocess.Popen([PROGRAM, "ecs", "ListClusters", "{}"], text=True, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, env=self.env | {"AWS_CALL_ROLE": ROLE, "AWS_CALL_TIMES": "2"})
        self.assertIn("clusterArns", process.stdout.readline())
        (first,) = self.aws.requests(service="ecs")
        self.assertGreaterEqual(self.aws.control("expire_keys", who=first["who"])["ended"], 1)
        out, _ = process.communicate("\n", timeout=60)
        self.assertIn("clusterArns", out)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(self.aws.requests(service="sts", operation="AssumeRole")), 2)

    def test_adopts_the_services_clock(self) -> None:
        self.aws.control("skew", seconds=3600)
        self.addCleanup(self.aws.control, "skew", seconds=0)
        self.assertIn("clusterArns", self.call("ecs", "ListClusters", {}))

    def test_adopts_the_clock_of_the_service_that_gives_credentials(self) -> None:
        self.aws.control("skew", seconds=3600)
        self.addCleanup(self.aws.control, "skew", seconds=0)
        self.env["AWS_CALL_ROLE"] = ROLE
        self.assertIn("clusterArns", self.call("ecs", "ListClusters", {}))
        self.assertEqual([r["status"] for r in self.aws.requests(operation="AssumeRole")], [403, 200])

    def test_asks_again_for_credentials_after_a_throttle(self) -> None:
        self.aws.set_faults({"kind": "throttle", "operation": "AssumeRole", "times": 2})
        self.addCleanup(self.aws.set_faults)
        self.env["AWS_CALL_ROLE"] = ROLE
        self.assertIn("clusterArns", self.call("ecs", "ListClusters", {}))
        self.assertEqual(len(self.aws.requests(operation="AssumeRole")), 3)

    def test_goes_through_a_proxy_whose_authority_it_is_told_of(self) -> None:
        host = "ecs.eu-west-1.amazonaws.com"
        proxy = self.enterContext(TlsProxy(self.aws.url, [host]))
        del self.env["AWS_ENDPOINT_URL"]
        self.env |= {"https_proxy": proxy.url, "AWS_REGION": "eu-west-1"}
        refused = self.call("ecs", "ListClusters", {}, check=False)
        self.assertIn("no authority that is known vouches for its certificate", refused)
        self.assertEqual(proxy.seen, [host], "that is not tried again")
        self.env["AWS_CA_BUNDLE"] = str(proxy.folder / "none.pem")
        self.assertIn("none.pem", self.call("ecs", "ListClusters", {}, check=False))
        self.env["AWS_CA_BUNDLE"] = str(proxy.certificate)
        self.assertIn("clusterArns", self.call("ecs", "ListClusters", {}))
        self.assertEqual(set(proxy.seen), {host})

    def test_repeats_what_is_throttled_and_no_more_than_three_times(self) -> None:
        self.aws.set_faults({"kind": "throttle", "operation": "ListClusters", "times": 2})
        self.assertIn("clusterArns", self.call("ecs", "ListClusters", {}))
        self.aws.set_faults({"kind": "throttle", "operation": "ListClusters"})
        self.addCleanup(self.aws.set_faults)
        self.assertIn("Throttling", self.call("ecs", "ListClusters", {}, check=False))
        self.assertEqual(len(self.aws.requests(who="sluice", operation="ListClusters")), 6)

    def test_is_told_of_a_wrong_key(self) -> None:
        self.env["AWS_SECRET_ACCESS_KEY"] = "wrong"
        refused = self.call("ecs", "ListClusters", {}, check=False)
        self.assertIn("the keys in use (the environment)", refused)
        self.aws.control("reset")  # a signature that is none is a problem, here a wanted one


class Credentials(unittest.TestCase):
    """Each source gives keys with which a call is signed that the service takes."""

    def setUp(self) -> None:
        self.aws = AWS
        self.aws.control("reset")
        self.home = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name: str, text: str) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def identity(self, **variables: str) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "AWS_ENDPOINT_URL": self.aws.url, "AWS_REGION": "eu-west-1"}
        done = subprocess.run([PROGRAM, "sts", "GetCallerIdentity", "{}"], env=env | variables, text=True, capture_output=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.aws.problems(), [])
        return json.loads(done.stdout)["Arn"]

    def test_of_an_instance(self) -> None:
        self.assertIn("assumed-role/sluice/i-", self.identity(AWS_EC2_METADATA_SERVICE_ENDPOINT=self.aws.url))

    def test_of_a_container(self) -> None:
        self.assertIn("assumed-role/sluice/", self.identity(
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{self.aws.url}/container-credentials",
            AWS_CONTAINER_AUTHORIZATION_TOKEN="container-token"))

    def test_of_a_job_of_github(self) -> None:
        self.assertEqual(self.identity(AWS_CALL_ROLE=ROLE, ACTIONS_ID_TOKEN_REQUEST_URL=f"{self.aws.url}/github-token?x=1",
                                       ACTIONS_ID_TOKEN_REQUEST_TOKEN="github-request-token"),
                         "arn:aws:sts::123456789012:assumed-role/deploy/sluice")

    def test_of_a_file_with_a_token(self) -> None:
        token = self.home / "token"
        request = urllib.request.Request(f"{self.aws.url}/github-token?audience=sts.amazonaws.com",
                                         headers={"Authorization": "bearer github-request-token"})
        with urllib.request.urlopen(request) as answer:
            token.write_text(json.load(answer)["value"])
        self.assertEqual(self.identity(AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ROLE_ARN=ROLE, AWS_ROLE_SESSION_NAME="pod"),
                         "arn:aws:sts::123456789012:assumed-role/deploy/pod")

    def test_of_a_program(self) -> None:
        keys = {"Version": 1, "AccessKeyId": self.aws.sluice["access_key"], "SecretAccessKey": self.aws.sluice["secret_key"]}
        self.write("keys.json", json.dumps(keys))
        self.write(".aws/config", f"[profile deploy]\ncredential_process = cat {self.home}/keys.json\n")
        self.assertIn("user/sluice", self.identity(AWS_PROFILE="deploy"))

    def test_of_a_profile_that_takes_on_a_role(self) -> None:
        self.write(".aws/credentials", f"[base]\naws_access_key_id = {self.aws.sluice['access_key']}\n"
                                       f"aws_secret_access_key = {self.aws.sluice['secret_key']}\n")
        self.write(".aws/config", "[profile deploy]\nrole_arn = arn:aws:iam::210987654321:role/deploy\n"
                                  "source_profile = base\nrole_session_name = job\n")
        self.assertEqual(self.identity(AWS_PROFILE="deploy"), "arn:aws:sts::210987654321:assumed-role/deploy/job")

    def test_of_identity_center_with_a_token_that_is_renewed(self) -> None:
        self.aws.control("sso_tokens", access="old", seconds=600, refresh="again")
        cache = f".aws/sso/cache/{hashlib.sha1(b'shop').hexdigest()}.json"
        self.write(cache, json.dumps({
            "accessToken": "gone", "expiresAt": "2020-01-01T00:00:00Z", "region": "eu-west-1", "refreshToken": "again",
            "clientId": "c", "clientSecret": "s", "registrationExpiresAt": "2099-01-01T00:00:00Z"}))
        self.write(".aws/config", "[profile deploy]\nsso_session = shop\nsso_account_id = 123456789012\n"
                                  "sso_role_name = Deploy\n[sso-session shop]\nsso_region = eu-west-1\n"
                                  "sso_start_url = https://example.awsapps.com/start\n")
        self.assertIn("AWSReservedSSO_Deploy", self.identity(AWS_PROFILE="deploy"))
        self.assertNotEqual(json.loads((self.home / cache).read_text())["accessToken"], "gone")


if __name__ == "__main__":
    unittest.main()
