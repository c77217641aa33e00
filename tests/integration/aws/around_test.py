"""What surrounds a deployment in AWS, by the real program: secrets and parameters by reference, variables of the container,
and messages to SNS, EventBridge, PagerDuty, GitHub and Slack.

All tests have one world: each begins with what the one before has left serving.
"""

import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timedelta
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from asking_case import AskingCase  # noqa: E402
from ecr_front import HOST, EcrFront, token_of  # noqa: E402
from people_servers import PeopleServers  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE, SluiceInAws, digest, revision_of, variables_of, wait_until  # noqa: E402

SUCCEEDED, USAGE, FAILED_BEFORE_TRAFFIC = 0, 2, 4
VALUES = ["hush-model-1", "hush-model-2", "hush-database", "hush-parameter", "hush-webhook", "hush-token",
          "hush0123456789abcdef0123456789ab"]
TOPIC = "arn:aws:sns:eu-west-1:123456789012:deployments"
WORLD: SluiceInAws
PEOPLE: PeopleServers
ECR: EcrFront


def setUpModule() -> None:
    global WORLD, PEOPLE, ECR
    aws = unittest.enterModuleContext(Simulator(scale=60))
    PEOPLE = unittest.enterModuleContext(PeopleServers())
    secrets, parameters = aws.client("secretsmanager"), aws.client("ssm")
    secrets.create_secret(Name="shop/model_key", SecretString=VALUES[0])
    secrets.create_secret(Name="shop/database", SecretString=json.dumps({"user": "shop", "password": VALUES[2]}))
    secrets.create_secret(Name="shop/pagerduty", SecretString=json.dumps({"routing_key": VALUES[6]}))
    secrets.create_secret(Name="shop/slack", SecretString=f"{PEOPLE.url}/slack/{VALUES[4]}\n")
    parameters.put_parameter(Name="/shop/flag", Value=VALUES[3], Type="SecureString")
    parameters.put_parameter(Name="/shop/github", Value=VALUES[5], Type="SecureString")
    aws.client("sns").create_topic(Name="deployments")
    WORLD = unittest.enterModuleContext(SluiceInAws(BUILD, aws, make_shop(aws)))
    ECR = unittest.enterModuleContext(EcrFront())
    ECR.tokens.add(token_of(aws))
    WORLD.env |= {"GITHUB_API_URL": PEOPLE.url} | ECR.environment()


class Around(AskingCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.mark()

    def tearDown(self) -> None:
        self.aws.set_faults()
        PEOPLE.refuse.clear()
        self.assertEqual(self.aws.problems(), [])
        self.assert_no_value_is_kept()

    def assert_no_value_is_kept(self) -> None:
        """In no file of sluice's: journal, logs, records."""
        for path in [p for root in (WORLD.home, WORLD.run_directory) for p in root.rglob("*") if p.is_file()]:
            content = path.read_bytes()
            for value in VALUES:
                self.assertNotIn(value.encode(), content, path)

    def assert_printed_policy_is_the_least(self, *sids: str) -> None:
        policy = json.loads(self.machine.sluice("iam-policy", "--environment", "staging").stdout)
        self.assertEqual(self.denied(policy), [])
        for sid in sids:
            self.assertIn(sid, [s["Sid"] for s in policy["Statement"]])
            self.assertTrue(self.denied({"Statement": [s for s in policy["Statement"] if s["Sid"] != sid]}), sid)

    def serving_definition(self) -> dict:
        (serving,) = self.machine.task_sets()
        return self.machine.definition(serving["taskDefinition"])

    def container(self) -> dict:
        return self.serving_definition()["taskDefinition"]["containerDefinitions"][0]

    def reference(self, name: str, key: str = "") -> str:
        described = self.aws.client("secretsmanager").describe_secret(SecretId=name)
        (version,) = [v for v, stages in described["VersionIdsToStages"].items() if "AWSCURRENT" in stages]
        return f"{described['ARN']}:{key}::{version}"

    def plan(self, number: int) -> str:
        return self.machine.sluice("plan", "web", "--environment", "staging", "--image", f"shop/web@{digest(number)}").stdout

    SERVICE = {"env": {"LOG_LEVEL": "debug", "REGION": "eu"}, "command": ["serve", "--fast"],
               "secrets": {"MODEL_KEY": {"aws_secret": "shop/model_key"}, "FLAG": {"ssm": "/shop/flag"},
                           "DATABASE": {"aws_secret": "shop/database", "key": "password"}}}

    def test_1_a_container_gets_its_variables_and_secrets_by_reference(self) -> None:
        self.machine.configure(FULL_AT_ONCE, service=self.SERVICE)
        plan = self.plan(1)
        self.assertIn('env.LOG_LEVEL: "info" → "debug"', plan)
        self.assertIn(f'secrets.MODEL_KEY.value_from: (none) → "{self.reference("shop/model_key")}"', plan)
        self.assertEqual(self.machine.deploy(digest(1)).returncode, SUCCEEDED)
        container = self.container()
        self.assertEqual(variables_of(container), {"LOG_LEVEL": "debug", "REGION": "eu", "SLUICE_REVISION": revision_of(self.serving_definition())})
        parameter = self.aws.client("ssm").get_parameter(Name="/shop/flag")["Parameter"]["ARN"]
        self.assertEqual({s["name"]: s["valueFrom"] for s in container["secrets"]},
                         {"MODEL_KEY": self.reference("shop/model_key"), "FLAG": parameter,
                          "DATABASE": self.reference("shop/database", "password")})
        self.assertEqual(container["command"], ["serve", "--fast"])
        self.assertEqual(self.calls("GetSecretValue"), [])
        self.assertFalse(any(r["input"]["WithDecryption"] for r in self.calls("GetParameter")))
        self.assert_printed_policy_is_the_least("VersionsOfSecrets", "Parameters")

    def test_2_a_changed_secret_is_a_new_revision_and_what_is_left_out_goes(self) -> None:
        before = self.reference("shop/model_key")
        self.aws.client("secretsmanager").put_secret_value(SecretId="shop/model_key", SecretString=VALUES[1])
        plan = self.plan(1)
        self.assertIn(f'secrets.MODEL_KEY.value_from: "{before}" → "{self.reference("shop/model_key")}"', plan)
        self.machine.configure(FULL_AT_ONCE, service={
            "env": {"LOG_LEVEL": "debug"}, "secrets": {"MODEL_KEY": {"aws_secret": "shop/model_key"}}})
        self.assertEqual(self.machine.deploy(digest(1)).returncode, SUCCEEDED)
        container = self.container()
        self.assertEqual(variables_of(container), {"LOG_LEVEL": "debug", "SLUICE_REVISION": revision_of(self.serving_definition())})
        self.assertEqual(container["secrets"], [{"name": "MODEL_KEY", "valueFrom": self.reference("shop/model_key")}])
        self.assertFalse(container.get("command"))
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait")
        self.assertEqual(self.container()["command"], ["serve", "--fast"])
        self.assertIn(before, [s["valueFrom"] for s in self.container()["secrets"]])

    def test_3_a_secret_that_is_not_there_or_not_allowed_stops_it_before_anything(self) -> None:
        self.machine.configure(FULL_AT_ONCE, service={"secrets": {"KEY": {"aws_secret": "shop/none"}}})
        result = self.machine.deploy(digest(3), check=False)
        self.assertNotEqual(result.returncode, SUCCEEDED)
        self.assertIn("secret KEY of web: secretsmanager DescribeSecret of secret shop/none", result.stderr)
        self.machine.configure(FULL_AT_ONCE, service=self.SERVICE)
        self.aws.set_faults({"kind": "denied", "operation": "DescribeSecret"})
        result = self.machine.deploy(digest(3), check=False)
        self.assertIn("allow secretsmanager:DescribeSecret to the keys in use", result.stderr)
        self.assertEqual(self.calls("RegisterTaskDefinition") + self.calls("CreateTaskSet"), [])
        self.machine.configure(FULL_AT_ONCE, service={"secrets": {"KEY": {"file": "secrets/key"}}})
        refused = self.machine.sluice("lint", check=False)
        self.assertIn("ECS reads the values of secrets itself", refused.stdout + refused.stderr)

    NOTIFY = [{"sns": {"topic": TOPIC}}, {"event_bridge": {"bus": "default"}},
              {"slack": {"webhook": {"aws_secret": "shop/slack"}}},
              {"github_issue": {"repository": "octo-org/shop", "token": {"ssm": "/shop/github"}}}]

    def told(self) -> list[dict]:
        return self.NOTIFY + [{"pagerduty": {"routing_key": {"aws_secret": "shop/pagerduty", "key": "routing_key"},
                                             "url": PEOPLE.url}}]

    def wait_until_told(self) -> None:
        wait_until("all messages", lambda: not self.machine.deployments() and self.archived())

    def archived(self) -> bool:
        """Everybody has the last deployment's message, or it was given up."""
        with contextlib.closing(sqlite3.connect(f"file:{WORLD.home}/journal.db?mode=ro", uri=True)) as journal:
            return journal.execute("SELECT count(*) FROM deployments WHERE archived = 0").fetchone() == (0,)

    def test_4_what_goes_wrong_is_told_to_all_and_opens_one_incident(self) -> None:
        self.machine.configure(FULL_AT_ONCE, service=self.SERVICE, environment={"notify": self.told()})
        self.aws.set_faults({"kind": "denied", "operation": "CreateTaskSet"})
        PEOPLE.lose.append("POST /repos/octo-org/shop/issues")
        PEOPLE.refuse += [("POST /v2/enqueue", 429, {"Retry-After": "1"}), ("POST /v2/enqueue", 503, {})]
        self.assertEqual(self.machine.deploy(digest(4), check=False).returncode, FAILED_BEFORE_TRAFFIC)
        wait_until("the lost answer", lambda: not PEOPLE.lose)
        self.machine.kill_controller()
        self.machine.sluice("recover", check=False)
        self.wait_until_told()
        (issue,) = PEOPLE.issues
        deployment = self.machine.objects("history", "--most", "1")[0]["deployment"]
        self.assertIn(f"<!-- sluice incident {deployment} -->", issue["body"])
        self.assertIn("allow ecs:CreateTaskSet", issue["body"])
        self.assertEqual(issue["comments_kept"], [])
        self.assertEqual({(e["event_action"], e["dedup_key"]) for e in PEOPLE.events}, {("trigger", deployment)})
        self.assertEqual(PEOPLE.events[0]["routing_key"], VALUES[6])
        self.assertIn(f"Bearer {VALUES[5]}", [authorization for _, authorization, _ in PEOPLE.seen])
        self.assertIn("failed before it had any traffic", PEOPLE.slack[0]["text"])
        (entry,) = self.calls("PutEvents")[0]["input"]["Entries"]
        self.assertEqual((entry["Source"], entry["DetailType"]), ("sluice", "Sluice Deployment Failed Before Traffic"))
        self.assertEqual(json.loads(entry["Detail"])["deployment"], deployment)
        published = self.calls("Publish")[0]["input"]
        self.assertEqual(json.loads(json.loads(published["Message"])["default"])["kind"], "failed_before_traffic")
        self.assertEqual(published["MessageAttributes"]["service"]["StringValue"], "web")
        self.assert_printed_policy_is_the_least("Secrets", "Parameters", "Topics", "EventBuses")

    def test_5_a_later_success_ends_the_incident(self) -> None:
        (failed,) = {e["dedup_key"] for e in PEOPLE.events}
        PEOPLE.events.clear()
        PEOPLE.slack.clear()
        self.assertEqual(self.machine.deploy(digest(5)).returncode, SUCCEEDED)
        self.wait_until_told()
        deployment = self.machine.objects("history", "--most", "1")[0]["deployment"]
        self.assertEqual([(e["event_action"], e["dedup_key"]) for e in PEOPLE.events],
                         [("resolve", deployment), ("resolve", failed)])
        (issue,) = PEOPLE.issues
        self.assertEqual((issue["state"], len(issue["comments_kept"])), ("open", 1))
        self.assertIn("has all of the traffic", issue["comments_kept"][0]["body"])
        self.assertEqual(len(PEOPLE.slack), 1, "who has a message is not told again with those who have not")

    def test_6_who_refuses_for_good_holds_nobody_else_up(self) -> None:
        self.aws.set_faults({"kind": "denied", "operation": "Publish"},
                            {"kind": "unavailable", "operation": "PutEvents", "times": 1})
        PEOPLE.slack.clear()
        self.assertEqual(self.machine.deploy(digest(6)).returncode, SUCCEEDED)
        self.wait_until_told()
        self.assertEqual(len(PEOPLE.slack), 1)
        self.assertEqual(len(self.calls("Publish")), 1)
        self.assertEqual(self.calls("PutEvents")[-1]["status"], 200)

    def test_7_an_image_is_pushed_to_ecr_and_found_there(self) -> None:
        self.machine.configure(FULL_AT_ONCE, environment={"registry": HOST})
        commit = self.commit_with_a_built_image()
        nowhere = self.push()
        self.assertIn("there is no repository shop/web in", nowhere.stderr)
        self.assertIn("aws ecr create-repository --region eu-west-1 --repository-name shop/web", nowhere.stderr)
        self.aws.client("ecr").create_repository(repositoryName="shop/web", imageTagMutability="IMMUTABLE")
        pushed = self.push()
        self.assertEqual(pushed.returncode, SUCCEEDED, pushed.stdout + pushed.stderr)
        self.assertIn("has no lifecycle policy", pushed.stdout + pushed.stderr)
        self.assertIn(f"PUT /v2/shop/web/manifests/sha-{commit}", ECR.seen)
        self.assertEqual(list((WORLD.run_directory / "registry-logins").iterdir()), [])
        plan = self.machine.sluice("plan", "web", "--environment", "staging", "--image", f"sha-{commit}").stdout
        self.assertRegex(plan, rf'image: .* → "{HOST}/shop/web@sha256:[0-9a-f]{{64}}"')
        self.assert_printed_policy_is_the_least("LoginToTheRegistry", "Images")
        # Built again, and its tag means what it meant.
        self.record(commit, rebuilt=True)
        ECR.seen.clear()
        again = self.push()
        self.assertIn("keeps what its tags mean", again.stdout + again.stderr)
        self.assertFalse([line for line in ECR.seen if line.startswith("PUT")])
        self.aws.set_faults({"kind": "denied", "operation": "GetAuthorizationToken"})
        refused = self.machine.sluice("plan", "web", "--environment", "staging", "--image", f"sha-{commit}", check=False)
        self.assertIn("allow ecr:GetAuthorizationToken to the keys in use", refused.stderr)

    def push(self):
        return self.machine.sluice("image", "push", "web", "--environment", "staging", check=False)

    def commit_with_a_built_image(self) -> str:
        """An image of buildah's, and the record that `sluice image build`, `check` and `scan` would have left."""
        run = lambda *argv: subprocess.run(argv, cwd=WORLD.folder, check=True, text=True, capture_output=True).stdout.strip()  # noqa: E731
        context = Path(tempfile.mkdtemp(dir=WORLD.home))
        (context / "Dockerfile").write_text('FROM scratch\nCOPY Dockerfile /it\nCMD ["/it"]\n')
        image = run("buildah", "bud", "--isolation", "chroot", "--quiet", str(context))
        self.addCleanup(subprocess.run, ["buildah", "rmi", image], capture_output=True, check=False)
        self.image_id = run("podman", "image", "inspect", "--format", "{{.Id}}", image)
        (WORLD.folder / ".gitignore").write_text("home/\nrun/\n.aws/\n")
        run("git", "init", "--quiet")
        run("git", "add", "sluice.yaml", ".gitignore")
        run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "m")
        commit = run("git", "rev-parse", "HEAD")
        self.record(commit, rebuilt=False)
        return commit

    def record(self, commit: str, rebuilt: bool) -> None:
        path = WORLD.home / "images" / "shop" / "web" / f"{commit}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        at = "2026-01-02T03:04:05.000Z"
        path.write_text(json.dumps({
            "schema_version": 1, "project": "shop", "service": "web", "commit": commit, "image_id": self.image_id,
            "dockerfile": "Dockerfile", "args": {}, "built_at": at, "used_at": at, "check": "passed", "scan": "passed",
            "rebuilt": rebuilt, "check_findings": [], "scan_findings": [], "digests": {}}))

    def test_8_a_machine_reads_secrets_of_aws_itself(self) -> None:
        self.machine.configure(FULL_AT_ONCE, service=self.SERVICE)
        configuration = json.loads((WORLD.folder / "sluice.yaml").read_text())
        configuration["environments"] = {"local": {"listen": "127.0.0.1:20099"}}
        del configuration["services"]["web"]["aws"]
        configuration["services"]["web"]["secrets"]["DATABASE"]["key"] = "user"
        (WORLD.folder / "sluice.yaml").write_text(json.dumps(configuration))
        plan = self.machine.sluice("plan", "web", "--environment", "local", "--image", digest(7)).stdout
        self.assertIn("secrets.DATABASE.fingerprint", plan)
        self.assertNotIn("value_from", plan)
        self.assertEqual(sorted(r["input"]["SecretId"] for r in self.calls("GetSecretValue")),
                         ["shop/database", "shop/model_key"])
        self.assertTrue(all(r["input"]["WithDecryption"] for r in self.calls("GetParameter")))
        policy = json.loads(self.machine.sluice("iam-policy", "--environment", "local").stdout)
        self.assertEqual([s["Sid"] for s in policy["Statement"]], ["Secrets", "Parameters"])

    def publishes_to(self, namespace: str, steps: list[dict] = FULL_AT_ONCE) -> None:
        self.namespace = namespace
        self.machine.configure(steps, environment={"registry": HOST, "notify": [{"cloudwatch": {"namespace": namespace}}]})

    def figures(self) -> dict[str, list[float]]:
        """By metric, what botocore shows of the minute of the last end: how many data, and their sum."""
        wait_until("the figures", lambda: not self.machine.deployments() and self.archived())
        ended = datetime.fromisoformat(self.last()["ended_at"])
        minute = ended.replace(second=0, microsecond=0)
        cloudwatch, found = self.aws.client("cloudwatch"), {}
        self.aws.advance(120)
        for metric in cloudwatch.list_metrics(Namespace=self.namespace)["Metrics"]:
            self.assertEqual({d["Name"]: d["Value"] for d in metric["Dimensions"]},
                             {"Project": "shop", "Environment": "staging", "Service": "web"})
            (point,) = cloudwatch.get_metric_statistics(
                **metric, StartTime=minute, EndTime=minute + timedelta(minutes=1), Period=60,
                Statistics=["SampleCount", "Sum"])["Datapoints"]
            self.assertEqual(point["Timestamp"], minute)
            found[metric["MetricName"]] = [point["SampleCount"], point["Sum"]]
        units = {d["MetricName"]: d["Unit"] for r in self.calls("PutMetricData") for d in r["input"]["MetricData"]}
        self.assertEqual(units, {name: "Count" if name in ("DeploymentSuccess", "Rollbacks") else "Seconds" for name in found})
        return found

    def seconds(self, since: str, until: str) -> float:
        times = self.last()
        return round((datetime.fromisoformat(times[until]) - datetime.fromisoformat(times[since])).total_seconds(), 3)

    def test_9_the_end_of_a_deployment_is_counted_in_cloudwatch(self) -> None:
        self.publishes_to("Sluice")
        self.aws.set_faults({"kind": "throttle", "operation": "PutMetricData", "times": 5})
        self.assertEqual(self.machine.deploy(digest(9)).returncode, SUCCEEDED)
        self.assertEqual(self.figures(), {"DeploymentSuccess": [1, 1], "Rollbacks": [1, 0],
                                          "DeploymentDuration": [1, self.seconds("started_at", "full_at")]})
        self.assertGreater(len(self.calls("PutMetricData")), 1)
        self.assert_printed_policy_is_the_least("Metrics")
        self.assertTrue(self.denied(json.loads(json.dumps(self.policy()).replace('"Sluice"', '"Other"'))))

    def test_a_a_rollback_says_how_long_it_took(self) -> None:
        self.publishes_to("Shop/RolledBack", [{"weight": "10%", "bake": "5m"}, {"weight": "100%", "bake": "100ms"}])
        self.machine.deploy(digest(10), "--detach")
        wait_until("10% on GREEN", lambda: {tuple(sorted(w)) for w in self.machine.shop.weights(self.aws)} == {(10, 90)})
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        found = self.figures()
        (recovered, seconds) = found.pop("TimeToRecovery")
        self.assertEqual(found, {"DeploymentSuccess": [1, 0], "Rollbacks": [1, 1],
                                 "DeploymentDuration": [1, self.seconds("started_at", "restored_at")]})
        self.assertEqual(recovered, 1)
        self.assertTrue(0 < seconds < found["DeploymentDuration"][1], seconds)

    def test_b_what_was_not_sent_before_a_crash_is_sent_after_it_with_the_time_of_the_end(self) -> None:
        self.publishes_to("Shop/Crashed")
        self.aws.set_faults({"kind": "denied", "operation": "CreateTaskSet"},
                            {"kind": "unavailable", "operation": "PutMetricData"})
        self.assertEqual(self.machine.deploy(digest(11), check=False).returncode, FAILED_BEFORE_TRAFFIC)
        wait_until("an attempt", lambda: self.calls("PutMetricData"))
        self.machine.kill_controller()
        self.aws.set_faults()
        self.machine.sluice("recover", check=False)
        self.assertEqual(self.figures(), {"DeploymentSuccess": [1, 0], "Rollbacks": [1, 0],
                                          "DeploymentDuration": [1, self.seconds("started_at", "ended_at")]})

    def test_c_what_cloudwatch_took_without_an_answer_counts_twice_and_what_it_refuses_holds_nobody_up(self) -> None:
        self.publishes_to("Shop/Lost")
        self.aws.set_faults({"kind": "lost", "operation": "PutMetricData", "times": 1})
        self.assertEqual(self.machine.deploy(digest(12)).returncode, SUCCEEDED)
        self.assertEqual(self.figures()["DeploymentSuccess"], [2, 2])
        self.aws.set_faults({"kind": "denied", "operation": "PutMetricData"})
        self.mark()
        foreseen = self.machine.sluice("doctor", "--environment", "staging", check=False)
        self.assertIn("cloudwatch:PutMetricData", foreseen.stdout)
        self.assertEqual(self.calls("PutMetricData"), [])
        self.assertEqual(self.machine.deploy(digest(13)).returncode, SUCCEEDED)
        self.wait_until_told()
        self.assertEqual(len(self.calls("PutMetricData")), 1)

    def test_d_the_lead_time_counts_from_the_commit_that_the_tag_names(self) -> None:
        self.publishes_to("Shop/Lead")
        commit, committed = subprocess.run(["git", "show", "--no-patch", "--format=%H %ct", "HEAD"], cwd=WORLD.folder, check=True,
                                           text=True, capture_output=True).stdout.split()
        self.machine.sluice("deploy", "web", "--environment", "staging", "--image", f"sha-{commit}")
        full = datetime.fromisoformat(self.last()["full_at"]).timestamp()
        self.assertAlmostEqual(self.figures()["LeadTime"][1], full - int(committed), delta=0.01)

    def test_e_keys_of_another_account_begin_nothing(self) -> None:
        self.machine.configure(FULL_AT_ONCE, environment={"account": "123456789012"})
        self.assertEqual(self.machine.deploy(digest(11)).returncode, SUCCEEDED)
        mine, before = dict(self.machine.env), self.machine.task_sets()
        stranger = self.aws.make_keys("anna", account="210987654321")
        self.machine.sluice("shutdown")
        wait_until("the controller's end", lambda: not (self.machine.run_directory / "control.sock").exists())
        self.machine.env |= {"AWS_ACCESS_KEY_ID": stranger["access_key"], "AWS_SECRET_ACCESS_KEY": stranger["secret_key"]}
        since = self.aws.newest_request()
        try:
            for command in (("deploy", "--image", f"shop/web@{digest(12)}"), ("adopt",)):
                refused = self.machine.sluice(command[0], "web", "--environment", "staging", *command[1:], check=False)
                self.assertEqual(refused.returncode, USAGE, refused.stderr)
                self.assertIn("is in the account 123456789012, and the keys in use are of the account 210987654321 "
                              "(arn:aws:iam::210987654321:user/anna)", refused.stderr)
            doctor = self.machine.sluice("doctor", "--environment", "staging", check=False)
            self.assertIn("keys in use are of the account 210987654321", doctor.stdout)
        finally:
            self.machine.sluice("shutdown", check=False)
            self.machine.env.clear()
            self.machine.env.update(mine)
        writes = {r["operation"] for r in self.aws.requests(since=since, who="anna")
                  if not r["operation"].startswith(("Describe", "Get", "List"))}
        self.assertEqual(writes, set())
        self.assertEqual(self.machine.task_sets(), before)


if __name__ == "__main__":
    unittest.main()
