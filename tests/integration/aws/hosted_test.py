"""A journal in S3: what one machine has begun and does not end is finished, or taken back, from another. Both are the real
program with homes of their own, without a program beside it (no podman, no HAProxy), against the simulated AWS.

All tests have one world: each begins with what the one before has left serving.
"""

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from sluice_in_aws import LONG_STEPS, SluiceInAws, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE, HELD, CONFLICT = 0, 1, 2, 3, 6
BUCKET = "journal"
JOURNAL = f"s3://{BUCKET}/shop/staging?region=eu-west-1"
SHORT_STEPS = [{"weight": "10%", "bake": "200ms"}, {"weight": "100%"}]


class Hosted(SluiceInAws):
    """A machine with a journal in S3 and with no program but sluice."""

    def __init__(self, aws: Simulator, shop, lease: str) -> None:
        super().__init__(BUILD, aws, shop)
        self.env |= {"SLUICE_JOURNAL": f"{JOURNAL}&lease={lease}", "PATH": str(self.folder / "no-programs")}

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that is not waited for, as a job's step has it."""
        return subprocess.Popen([BUILD / "sluice", *arguments], cwd=self.folder, env=self.env, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def begin_deploy(self, number: int, *arguments: str) -> subprocess.Popen[str]:
        return self.begin("deploy", "web", "--environment", "staging", "--image", f"shop/web@{digest(number)}", *arguments)

    def processes(self) -> list[int]:
        """The controller and its parent; the command is not among them."""
        child = self.controller_pid()
        parent = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
        return [parent, child]

    def signal_all(self, number: signal.Signals) -> None:
        for pid in self.processes():
            os.kill(pid, number)

    def end_as_a_runner_does(self) -> None:
        """Nothing of it is left, as of a virtual machine that is thrown away."""
        self.signal_all(signal.SIGKILL)
        (self.run_directory / "control.sock").unlink()

    def outcome(self) -> str:
        return self.objects("history", "--most", "1")[0]["outcome"]


def digest(number: int) -> str:
    return "sha256:" + f"{number:064d}"


A: Hosted
B: Hosted
NUMBER = 100


def setUpModule() -> None:
    global A, B
    aws = unittest.enterModuleContext(Simulator(scale=60))
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    shop = make_shop(aws)
    A = unittest.enterModuleContext(Hosted(aws, shop, "3s"))
    B = unittest.enterModuleContext(Hosted(aws, shop, "3s"))


class TwoMachines(unittest.TestCase):
    def setUp(self) -> None:
        global NUMBER
        NUMBER += 1
        self.number, self.aws, self.shop = NUMBER, A.aws, A.shop
        (self.blue,) = A.task_sets()
        self.image = A.image_of(self.blue)
        self.blue_is_first = self.shop.weights(self.aws)[0] == (100, 0)
        self.definitions = A.revisions_of_definition()
        self.mark()

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])

    def mark(self) -> None:
        self.since = max((r["number"] for r in self.aws.requests()), default=0)

    def calls(self, *operations: str) -> list[dict]:
        return [r for r in self.aws.requests(since=self.since, who="sluice") if r["operation"] in operations]

    def share_of_green(self) -> list[int]:
        return [weights[1 if self.blue_is_first else 0] for weights in self.shop.weights(self.aws)]

    def assert_serves(self, image: str, green_weight: int) -> None:
        self.assertEqual(self.share_of_green(), [green_weight] * 2)
        self.assertEqual([sum(w) for w in self.shop.weights(self.aws)], [100, 100])
        self.assertEqual([(s["status"], A.image_of(s)) for s in A.task_sets()], [("PRIMARY", image)])

    def assert_made_once(self) -> None:
        """One task set, one task definition, one deployment."""
        self.assert_serves(f"shop/web@{digest(self.number)}", 100)
        self.assertEqual(A.revisions_of_definition(), self.definitions + 1)
        self.assertEqual(B.outcome(), "succeeded")

    def begin_long(self, machine: Hosted, *arguments: str) -> subprocess.Popen[str]:
        machine.configure(LONG_STEPS)
        command = machine.begin_deploy(self.number, *arguments)
        self.addCleanup(command.stdout.close)
        self.addCleanup(command.stderr.close)
        self.addCleanup(command.kill)
        wait_until("10% on GREEN", lambda: self.share_of_green() == [10, 10])
        wait_until("the bake", lambda: [d["stage"] for d in machine.deployments()] == ["bake"])
        return command


class OneMachine(TwoMachines):
    def test_1_deploys_without_any_program_beside_it_and_keeps_all_in_the_bucket(self) -> None:
        A.configure(SHORT_STEPS)
        self.assertEqual(A.deploy(digest(self.number)).returncode, SUCCEEDED)
        self.assert_serves(f"shop/web@{digest(self.number)}", 100)
        keys = {o["Key"] for o in self.aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]}
        self.assertIn("shop/staging/index.json", keys)
        self.assertEqual(len([k for k in keys if k.startswith("shop/staging/kept/aws-rules/")]), len(self.shop.rules))
        self.assertFalse((A.home / "aws-rules").exists())
        self.assertEqual(B.outcome(), "succeeded")
        policy = json.loads(A.sluice("iam-policy", "--environment", "staging").stdout)
        allowed = {a for s in policy["Statement"] for a in s["Action"]}
        self.assertLessEqual({f"s3:{r['operation']}" for r in self.calls("GetObject", "PutObject")}, allowed)

    def test_2_says_nothing_to_aws_while_nothing_is_under_way(self) -> None:
        wait_until("an end of what follows a deployment", lambda: not A.deployments())
        B.sluice("status")
        self.mark()
        time.sleep(3.5)  # more than a lease, of which each third would have a beat
        self.assertEqual([(r["service"], r["operation"]) for r in self.aws.requests(since=self.since, who="sluice")], [])

    def test_3_refuses_services_of_the_machine_and_another_journal(self) -> None:
        (A.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "environments": {"local": {"target": "machine", "listen": "127.0.0.1:20080"}},
            "services": {"web": {"image": "shop/web", "port": 8080}}}))
        refused = A.sluice("deploy", "web", "--image", f"shop/web@{digest(1)}", check=False)
        self.assertEqual(refused.returncode, USAGE, refused.stderr)
        self.assertIn("which other machines share: that is for 'target: aws' alone", refused.stderr)
        for journal, why in (("s3://other/x", "`sluice shutdown`"), ("s3:/x", "does not begin with s3://")):
            other = subprocess.run([BUILD / "sluice", "status"], env=A.env | {"SLUICE_JOURNAL": journal}, text=True,
                                   capture_output=True)
            self.assertEqual(other.returncode, USAGE, other.stderr)
            self.assertIn(why, other.stderr)


class AMachineThatDies(TwoMachines):
    def test_another_finishes_what_a_machine_that_is_gone_had_begun(self) -> None:
        self.begin_long(A)
        B.configure(LONG_STEPS)
        refused = B.deploy(digest(1), check=False)
        self.assertEqual(refused.returncode, CONFLICT, refused.stderr)
        self.assertIn("`sluice recover` takes it over", refused.stderr)
        A.end_as_a_runner_does()
        recovered = B.sluice("recover")
        self.assertIn("is taken over from", recovered.stdout)
        B.sluice("promote", "web", "--full")
        wait_until("the end", lambda: not B.deployments())
        self.assert_made_once()


class AMachineThatIsSlow(TwoMachines):
    def test_one_that_was_stopped_finds_out_and_does_nothing_more(self) -> None:
        command = self.begin_long(A)
        pids = A.processes()
        A.signal_all(signal.SIGSTOP)
        try:
            recovered = B.sluice("recover")
            self.assertIn("is taken over from", recovered.stdout)
            B.sluice("rollback", "web", "--wait", check=False)
            self.assert_serves(self.image, 0)
            self.mark()
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        output, errors = command.communicate(timeout=60)
        self.assertEqual(command.returncode, CONFLICT, output + errors)
        self.assertIn("goes on elsewhere", errors)
        wait_until("its end", lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
        self.assertEqual(self.calls("ModifyRule", "CreateTaskSet", "DeleteTaskSet", "UpdateServicePrimaryTaskSet",
                                    "RegisterTaskDefinition"), [])
        self.assert_serves(self.image, 0)
        self.assertIn("has taken over what this sluice had under way", A.controller_log())

    def test_one_that_is_at_work_is_left_alone(self) -> None:
        self.begin_long(A)
        recovered = B.sluice("recover")
        self.assertIn("who is at work on it", recovered.stdout)
        self.assertEqual(B.deployments(), [])
        A.sluice("promote", "web", "--full")
        wait_until("the end", lambda: not A.deployments())
        self.assert_made_once()


class AJobThatIsCancelled(TwoMachines):
    def test_a_cancelled_job_takes_back_before_it_is_killed(self) -> None:
        command = self.begin_long(A)
        began = time.monotonic()
        command.send_signal(signal.SIGINT)
        wait_until("the weights", lambda: self.share_of_green() == [0, 0], 7.5)  # before the runner's SIGTERM
        print(f"from SIGINT to 0% on GREEN: {time.monotonic() - began:.2f} s", file=sys.stderr)
        output, errors = command.communicate(timeout=60)
        self.assertEqual(command.returncode, ROLLED_BACK, output + errors)
        self.assert_serves(self.image, 0)

    def test_one_that_is_killed_while_it_takes_back_is_taken_back_by_another(self) -> None:
        command = self.begin_long(A)
        self.aws.set_faults({"kind": "pause_before", "operation": "ModifyRule", "times": 1})
        command.send_signal(signal.SIGINT)
        wait_until("the call", self.aws.paused, 7.5)
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=10)
        self.assertEqual(command.returncode, 130)
        A.end_as_a_runner_does()
        self.aws.release(drop=True)
        self.aws.set_faults()
        self.assertEqual(B.sluice("recover", "--wait", check=False).returncode, ROLLED_BACK)
        self.assert_serves(self.image, 0)

    def test_a_cancelled_job_parks_and_another_goes_on_at_once(self) -> None:
        command = self.begin_long(A, "--on-signal", "park")
        command.send_signal(signal.SIGTERM)
        output, errors = command.communicate(timeout=7.5)
        self.assertEqual(command.returncode, HELD, output + errors)
        self.assertEqual(self.share_of_green(), [10, 10])
        wait_until("its controller's end", lambda: not (A.run_directory / "control.sock").exists())
        (kept,) = A.home.glob("journals/*/journal-holder.json")
        holder = f"shop/staging/holders/{json.loads(kept.read_text())['id']}.json"
        self.mark()
        held = B.sluice("recover", "--wait", check=False)
        self.assertEqual(held.returncode, HELD, held.stdout + held.stderr)
        looks = [r for r in self.calls("GetObject") if r["input"]["Key"] == holder]
        self.assertEqual(len(looks), 2, "one to see that it has left and one to take over: its lease is not waited for")
        B.sluice("promote", "web", "--full")
        wait_until("the end", lambda: not B.deployments())
        self.assert_made_once()

    def test_a_job_that_is_cancelled_before_its_deployment_begins_takes_that_back(self) -> None:
        A.configure(LONG_STEPS)
        A.sluice("status")
        self.aws.set_faults({"kind": "pause_before", "operation": "DescribeTaskSets", "times": 1})
        command = A.begin_deploy(self.number)
        wait_until("the call", self.aws.paused)
        command.send_signal(signal.SIGINT)
        self.aws.release()
        output, errors = command.communicate(timeout=60)
        self.assertNotEqual(command.returncode, SUCCEEDED, output + errors)
        self.assertIn("as soon as it has begun", errors)
        self.assert_serves(self.image, 0)


if __name__ == "__main__":
    unittest.main()
