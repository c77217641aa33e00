"""Tasks that run their command for real, and addresses of S3 that were signed beforehand."""
import time
import urllib.error
import urllib.request

from simulator_case import SimulatorCase, main

import botocore.exceptions

from aws_simulator import make_shop

ECHO = ("trap 'echo told to end; exit 5' TERM; echo \"$GREETING from $(pwd)\"; "
        "[ -z \"$STAY\" ] || { sleep 600 & wait; }; exit \"${CODE:-0}\"")


class Run(SimulatorCase):

    def setUp(self):
        super().setUp()
        shop = make_shop(self.aws)
        self.cluster, self.network = shop.cluster, shop.network
        self.ecs = self.aws.client("ecs")
        self.aws.client("logs").create_log_group(logGroupName="/ci")
        self.ecs.register_task_definition(
            family="job", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/pull",
            containerDefinitions=[{"name": "job", "image": "ci/job:1", "entryPoint": ["sh", "-c"], "command": [ECHO],
                                   "environment": [{"name": "GREETING", "value": "hello"}],
                                   "logConfiguration": {"logDriver": "awslogs", "options": {
                                       "awslogs-group": "/ci", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "job"}}}])
        self.aws.set_behaviours({"image": "ci/", "runs": True})

    def run_task(self, token: str | None = None, **variables: str) -> dict:
        return self.ecs.run_task(
            cluster=self.cluster, taskDefinition="job", launchType="FARGATE", networkConfiguration=self.network,
            startedBy="ci/1", **({"clientToken": token} if token else {}),
            overrides={"containerOverrides": [{"name": "job", "environment": [
                {"name": k, "value": v} for k, v in variables.items()]}]})

    def task(self, arn: str) -> dict:
        return self.ecs.describe_tasks(cluster=self.cluster, tasks=[arn])["tasks"][0]

    def reached(self, arn: str, status: str) -> dict:
        """The process lives in real time, the task in simulated time."""
        deadline = time.monotonic() + 30
        while (task := self.task(arn))["lastStatus"] != status:
            self.assertLess(time.monotonic(), deadline, task)
            self.aws.advance(1)
        return task

    def lines(self, arn: str) -> list[str]:
        stream = f"job/job/{arn.rpartition('/')[2]}"
        try:
            return [e["message"] for e in self.aws.client("logs").get_log_events(
                logGroupName="/ci", logStreamName=stream, startFromHead=True)["events"]]
        except botocore.exceptions.ClientError:
            return []  # the stream begins with its first line

    def test_the_command_runs_with_its_overrides_and_its_exit_code_is_the_containers(self):
        arn = self.run_task(CODE="7")["tasks"][0]["taskArn"]
        self.assertEqual(self.task(arn)["lastStatus"], "PROVISIONING")
        stopped = self.reached(arn, "STOPPED")
        self.assertEqual((stopped["stopCode"], stopped["containers"][0]["exitCode"]), ("EssentialContainerExited", 7))
        (line,) = self.lines(arn)
        self.assertRegex(line, "^hello from .*/tasks/")

    def test_a_task_that_is_stopped_is_told_to_end_and_tells_of_it(self):
        arn = self.run_task(STAY="yes")["tasks"][0]["taskArn"]
        self.reached(arn, "RUNNING")
        while not self.lines(arn):  # the trap is set by then
            self.aws.advance(1)
        self.ecs.stop_task(cluster=self.cluster, task=arn, reason="enough")
        stopped = self.reached(arn, "STOPPED")
        self.assertEqual((stopped["stopCode"], stopped["stoppedReason"]), ("UserInitiated", "enough"))
        self.assertEqual(stopped["containers"][0]["exitCode"], 5)
        self.assertEqual(self.lines(arn)[-1], "told to end")

    def test_a_task_is_found_by_who_started_it_and_made_once_by_its_token(self):
        first = self.run_task("once", STAY="yes")["tasks"][0]["taskArn"]
        self.assertEqual(self.run_task("once", STAY="yes")["tasks"][0]["taskArn"], first)
        self.refused("ConflictException", self.run_task, "once", STAY="no")
        self.assertEqual(self.ecs.list_tasks(cluster=self.cluster, startedBy="ci/1")["taskArns"], [first])
        self.assertEqual(self.ecs.list_tasks(cluster=self.cluster, startedBy="ci/2")["taskArns"], [])

    def test_where_there_is_no_room_no_task_is_started(self):
        self.aws.set_behaviours({"image": "ci/", "no_room": "RESOURCE:MEMORY"})
        answer = self.run_task()
        self.assertEqual((answer["tasks"], [f["reason"] for f in answer["failures"]]), ([], ["RESOURCE:MEMORY"]))

    def test_overrides_have_a_longest_length(self):
        self.refused("InvalidParameterException", self.run_task, LONG="x" * 8200)


class Presigned(SimulatorCase):
    expected_problems = ("signature",)

    def setUp(self):
        super().setUp()
        self.s3 = self.aws.client("s3", signature_version="s3v4")
        self.s3.create_bucket(Bucket="jobs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def address(self, method: str, key: str, client=None, seconds: int = 60) -> str:
        return (client or self.s3).generate_presigned_url(method, {"Bucket": "jobs", "Key": key}, seconds)

    @staticmethod
    def ask(url: str, body: bytes | None = None) -> tuple[int, bytes]:
        request = urllib.request.Request(url, data=body, method="GET" if body is None else "PUT",
                                         headers={"Content-Type": "application/octet-stream"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as why:
            return why.code, why.read()

    def test_whoever_has_an_address_can_make_its_one_request(self):
        self.assertEqual(self.ask(self.address("put_object", "a b/c"), b"content")[0], 200)
        self.assertEqual(self.ask(self.address("get_object", "a b/c")), (200, b"content"))
        self.assertEqual(self.s3.get_object(Bucket="jobs", Key="a b/c")["Body"].read(), b"content")
        self.assertEqual(self.ask(self.address("get_object", "none"))[0], 404)
        self.s3.copy_object(Bucket="jobs", Key="copy", CopySource="jobs/a b/c")
        self.s3.delete_object(Bucket="jobs", Key="copy")
        self.s3.list_objects_v2(Bucket="jobs")
        self.assertEqual([r["operation"] for r in self.aws.requests(service="s3")][1:], [
            "PutObject", "GetObject", "GetObject", "GetObject", "CopyObject", "DeleteObject", "ListObjectsV2"])

    def test_an_address_is_for_its_method_its_object_and_its_time(self):
        address = self.address("get_object", "a")
        for wrong in (address.replace("/jobs/a?", "/jobs/b?"), address.replace("Expires=60", "Expires=61")):
            status, body = self.ask(wrong)
            self.assertEqual(status, 403)
            self.assertIn(b"SignatureDoesNotMatch", body)
        self.assertEqual(self.ask(address, b"x")[0], 403)
        short = self.address("get_object", "a", seconds=1)
        deadline = time.monotonic() + 20
        while b"Request has expired" not in self.ask(short)[1]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def test_an_address_of_temporary_keys_ends_with_them(self):
        keys = self.aws.make_keys("somebody", "123456789012", 600)
        address = self.address("get_object", "none", self.aws.client("s3", keys=keys, signature_version="s3v4"))
        self.assertEqual(self.ask(address)[0], 404)
        self.aws.expire_keys(who="somebody")
        status, body = self.ask(address)
        self.assertEqual(status, 403, body)


if __name__ == "__main__":
    main()
