"""Jobs of a workflow in tasks of Fargate: the real program against the simulated AWS, whose tasks run their command for real, in
folders of their own. What a job has, it has from the bucket.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator  # noqa: E402

from iam_decision import asked_by, is_allowed  # noqa: E402
from sluice_in_aws import SluiceInAws, wait_until  # noqa: E402

PASSED, FAILED = 0, 1
BUCKET, CLUSTER, IMAGE = "shop-ci", "ci", "ci/debian:12"
SECRET = "it's a 'secret' $HOME"
RUNNER = {"kind": "ecs", "region": "eu-west-1", "cluster": CLUSTER, "subnets": ["subnet-01234567"], "image": IMAGE,
          "bucket": BUCKET, "cpu": 256}

WHOLE = """
on: push
jobs:
  build:
    runs-on: fargate
    outputs: {version: "${{ steps.version.outputs.version }}"}
    steps:
      - uses: actions/checkout@v4
      - {id: version, run: 'echo "version=$(cat VERSION)" >> "$GITHUB_OUTPUT"; mkdir dist; cp VERSION dist/app.txt'}
      - run: |
          test ! -e ${{ github.workspace }}/never && echo "building ${{ steps.version.outputs.version }} in $PWD"
          git log --oneline -1 | cut -d" " -f2-
      - uses: actions/upload-artifact@v4
        with: {name: app, path: dist}
  test:
    runs-on: [self-hosted, fargate]
    container: ci/gcc:12
    env: {TOKEN: "${{ secrets.TOKEN }}"}
    steps:
      - run: |
          echo "the token is $TOKEN"
          echo "::add-mask::other-secret"
          echo other-secret >&2
          printf '%s' "$TOKEN" | sha256sum
          echo "KEPT=$TOKEN" >> "$GITHUB_ENV"
      - run: test "$KEPT" = "$TOKEN" && echo same
  report:
    needs: [build, test]
    runs-on: fargate
    steps:
      - uses: actions/download-artifact@v4
        with: {name: app}
      - run: echo "report on ${{ needs.build.outputs.version }} and $(cat app.txt)"
"""
ENDS = """
on: push
jobs:
  fails:
    runs-on: fargate
    steps:
      - run: echo before; exit 3
      - run: echo never
      - {if: failure(), run: echo cleaned up}
"""
LONG = """
on: push
jobs:
  long:
    runs-on: fargate
    steps:
      - run: echo begun; sleep 600; echo never
      - {if: always(), run: echo cleaned up}
"""
SHORT = """
on: push
jobs: {short: {runs-on: fargate, steps: [{run: echo done}]}}
"""


class Machine(SluiceInAws):
    def __init__(self, aws: Simulator) -> None:
        super().__init__(BUILD, aws, None)
        self.git("init", "--quiet", "--initial-branch=main")
        (self.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "services": {"web": {"image": "web"}}, "runners": {"fargate": RUNNER}}))
        (self.folder / "VERSION").write_text("7.1\n")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments], cwd=self.folder, check=True)

    def workflow(self, text: str) -> None:
        path = self.folder / ".github/workflows/w.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.git("add", "sluice.yaml", "VERSION", ".github")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change it")

    def run(self, text: str, *arguments: str) -> tuple[int, list[dict]]:
        self.workflow(text)
        ran = self.sluice("run", "--json", *arguments, check=False)
        return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]

    def begin(self, text: str) -> subprocess.Popen[str]:
        self.workflow(text)
        return subprocess.Popen([BUILD / "sluice", "run", "--json"], cwd=self.folder, env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def tasks(self, status: str = "RUNNING") -> list[dict]:
        ecs = self.aws.client("ecs")
        arns = ecs.list_tasks(cluster=CLUSTER, desiredStatus=status)["taskArns"]
        return ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []

    def objects_in_bucket(self) -> list[str]:
        return [o["Key"] for o in self.aws.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def nothing_is_left(self) -> bool:
        return not self.tasks() and not self.objects_in_bucket()


def said(events: list[dict], job: str) -> list[str]:
    return [e["text"] for e in events if e["type"] == "output" and e["job"] == job]


def wait_for_line(process: subprocess.Popen[str], text: str) -> None:
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"it ended without {text!r}")


AWS: Simulator
MACHINE: Machine
POLICY: dict


def setUpModule() -> None:
    global AWS, MACHINE, POLICY
    AWS = unittest.enterModuleContext(Simulator(scale=60))
    AWS.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    AWS.client("ecs").create_cluster(clusterName=CLUSTER)
    MACHINE = unittest.enterModuleContext(Machine(AWS))
    POLICY = json.loads(MACHINE.sluice("iam-policy", "--runner", "fargate").stdout)


class JobsInFargate(unittest.TestCase):
    def setUp(self) -> None:
        AWS.set_behaviours({"image": "ci/", "runs": True})
        self.since = AWS.newest_request()

    def tearDown(self) -> None:
        AWS.set_faults()
        wait_until("no task and no object is left", MACHINE.nothing_is_left)
        self.assertEqual(AWS.problems(), [])
        asked = [each for r in AWS.requests(since=self.since, who="sluice") for each in asked_by(r)]
        self.assertEqual([each for each in asked if not is_allowed(POLICY, each)], [])

    def calls(self, operation: str) -> list[dict]:
        return [r for r in AWS.requests(since=self.since, who="sluice") if r["operation"] == operation]

    def test_a_workflow_runs_with_its_files_outputs_and_secrets(self):
        code, events = MACHINE.run(WHOLE, "-s", f"TOKEN={SECRET}")
        self.assertEqual(code, PASSED, events)
        self.assertIn("change it", said(events, "build"))
        self.assertTrue(any(line.startswith("building 7.1 in /tmp/sluice-") for line in said(events, "build")), events)
        test = said(events, "test")
        self.assertIn("the token is ***", test)
        self.assertEqual([line for line in test if "other-secret" in line], [])
        self.assertIn(f"{hashlib.sha256(SECRET.encode()).hexdigest()}  -", test)
        self.assertIn("same", test)
        self.assertIn("report on 7.1 and 7.1", said(events, "report"))
        # Two tasks ran at once, and each job had one of its own.
        begins = [(e["type"], e["job"]) for e in events if e["type"] in ("job_begins", "job_ends")]
        self.assertEqual([kind for kind, _ in begins[:2]], ["job_begins"] * 2)
        self.assertEqual(len(self.calls("RunTask")), 3)
        families = AWS.client("ecs").list_task_definition_families()["families"]
        self.assertEqual([name.rpartition("-")[0] for name in families], ["sluice-ci-fargate"] * 2)  # one an image
        # The secret is not in what AWS keeps of a task, nor in what the container wrote.
        wait_until("the tasks' ends", MACHINE.nothing_is_left)
        kept = json.dumps(MACHINE.tasks("STOPPED"), default=str) + "".join(
            path.read_text(errors="replace") for path in (AWS.home / "tasks").glob("*/output"))
        self.assertIn("SLUICE_AGENT", kept)
        self.assertNotIn("secret", kept)

    def test_a_lost_answer_starts_one_task_and_a_step_that_fails_fails_its_job(self):
        AWS.set_faults({"kind": "lost", "service": "ecs", "operation": "RunTask", "times": 1})
        code, events = MACHINE.run(ENDS)
        first, again = self.calls("RunTask")
        self.assertEqual(first["input"], again["input"])
        started = [t for t in MACHINE.tasks() + MACHINE.tasks("STOPPED") if t["startedBy"] == first["input"]["startedBy"]]
        self.assertEqual(len(started), 1)
        self.assertEqual(code, FAILED)
        lines = said(events, "fails")
        self.assertEqual([line for line in lines if line in ("before", "never", "cleaned up")], ["before", "cleaned up"])
        self.assertEqual([(e["outcome"], e["message"]) for e in events if e["type"] == "step_ends"][0], ("failure", "exit code 3"))

    def test_want_of_room_is_told_and_tried_again_and_cancelling_ends_step_and_task(self):
        AWS.set_behaviours({"image": "ci/", "no_room": "RESOURCE:MEMORY"})
        process = MACHINE.begin(LONG)
        wait_for_line(process, "no room yet, it is tried again: RESOURCE:MEMORY")
        AWS.set_behaviours({"image": "ci/", "runs": True})
        wait_for_line(process, '"begun"')
        (task,) = MACHINE.tasks()
        process.kill()
        process.communicate()
        wait_until("the task's end", MACHINE.nothing_is_left)
        stopped = next(t for t in MACHINE.tasks("STOPPED") if t["taskArn"] == task["taskArn"])
        self.assertEqual((stopped["stopCode"], stopped["stoppedReason"]), ("UserInitiated", "the job has ended"))
        wait_until("the run's end", lambda: "cleaned up" in MACHINE.sluice("logs", "run").stdout)
        self.assertNotIn("Z never", MACHINE.sluice("logs", "run").stdout)

    def test_a_task_that_does_not_begin_says_why(self):
        AWS.set_behaviours({"image": "ci/", "start_failure": "CannotPullContainerError: pull access denied"})
        code, events = MACHINE.run(SHORT)
        self.assertEqual(code, FAILED)
        (message,) = [e["message"] for e in events if e["type"] == "step_ends"]
        self.assertEqual(message, "the job's task has stopped before it began: CannotPullContainerError: pull access denied")

    def test_what_a_killed_controller_left_is_ended_by_the_next(self):
        process = MACHINE.begin(LONG)
        wait_for_line(process, '"begun"')
        self.assertEqual(len(MACHINE.tasks()), 1)
        MACHINE.kill_controller()
        process.communicate(timeout=60)
        MACHINE.sluice("status")
        wait_until("the task's end", MACHINE.nothing_is_left)


class Agent(unittest.TestCase):
    def test_one_of_three_tools_of_an_image_is_enough(self):
        agent = (Path(__file__).resolve().parents[3] / "src/adapters/aws/runner/agent.sh").read_text()
        s3 = AWS.client("s3", signature_version="s3v4")
        address = lambda method, key: s3.generate_presigned_url(method, {"Bucket": BUCKET, "Key": key}, 600)
        first = f"in='{address('get_object', 'to-1')}'\nout='{address('put_object', 'from-1')}'\n"
        second = f"in='{address('get_object', 'to-2')}'\nout='{address('put_object', 'from-2')}'\n"
        s3.put_object(Bucket=BUCKET, Key="to-1", Body=(
            second + ": > \"$d/back\"; echo 'echo $$ > \"$1/pid\"; echo hi; exit 4' > \"$d/step\"; start_step\n").encode())
        s3.put_object(Bucket=BUCKET, Key="to-2", Body=b"quit 0\n")
        for tool in ("curl", "python3", "wget"):
            with self.subTest(tool), tempfile.TemporaryDirectory() as folder:
                for name in ("sh", "mktemp", "cat", "wc", "tail", "head", "rm", "mv", "sleep", "setsid", tool):
                    os.symlink(f"/usr/bin/{name}", f"{folder}/{name}")
                self.assertEqual(subprocess.run(["/bin/sh", "-c", first + agent], env={"PATH": folder}, timeout=60,
                                                check=False).returncode, 0)
                self.assertEqual([s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in ("from-1", "from-2")],
                                 [b"hello\n", b"ended 4 3\nhi\n"])
        for key in ("to-1", "to-2", "from-1", "from-2"):
            s3.delete_object(Bucket=BUCKET, Key=key)


if __name__ == "__main__":
    unittest.main()
