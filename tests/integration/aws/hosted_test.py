"""A journal in S3: what one machine has begun and does not end is finished, or taken back, from another. Both are the real
program with homes of their own, without a program beside it (no podman, no HAProxy), against the simulated AWS.

All tests have one world: each begins with what the one before has left serving.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from action_steps import ActionSteps  # noqa: E402
from asking_case import AskingCase  # noqa: E402
from sluice_in_aws import LONG_STEPS, SluiceInAws, digest, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, USAGE, HELD, CONFLICT = 0, 1, 2, 3, 6
BUCKET = "journal"
JOURNAL = f"s3://{BUCKET}/shop/staging?region=eu-west-1"
SHORT_STEPS = [{"weight": "10%", "bake": "200ms"}, {"weight": "100%"}]
# Where a machine is killed: the operation, how many of it come before, and whether it arrives. The second write of the journal is
# the beginning. All writes: hosted_kills_test.py.
KILLED_AT = (("PutObject", 1, "pause_after"), ("CreateTaskSet", 0, "pause_after"), ("ModifyRule", 0, "pause_before"))


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


class TwoMachines(AskingCase):
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
        asked = {f"s3:{r['operation']}" for r in self.calls("GetObject", "PutObject")}
        self.assertEqual(asked, {"s3:GetObject", "s3:PutObject"})
        self.assertLessEqual(asked, allowed)

    def test_2_says_nothing_to_aws_while_nothing_is_under_way(self) -> None:
        wait_until("an end of what follows a deployment", lambda: not A.deployments())
        B.sluice("status")
        # Figures are asked for until a minute after the last look at them.
        wait_until("silence for more than a lease, of which each third would have a beat", self.is_silent, seconds=90)

    def is_silent(self) -> bool:
        self.mark()
        time.sleep(3.5)
        return not self.aws.requests(since=self.since, who="sluice")

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

    def test_4_writes_again_what_s3_refuses_because_of_another_write_under_way(self) -> None:
        A.configure(SHORT_STEPS)
        self.aws.set_faults({"kind": "answer", "operation": "PutObject", "code": "ConditionalRequestConflict", "status": 409,
                             "probability": 0.3, "times": 8})
        self.assertEqual(A.deploy(digest(self.number)).returncode, SUCCEEDED)
        self.assertIn("ConditionalRequestConflict", {r["error"] for r in self.calls("PutObject")})
        self.assert_made_once()


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

    def test_ends_the_same_killed_at_a_write(self) -> None:
        for operation, skip, kind in KILLED_AT:
            with self.subTest(operation=operation, skip=skip, kind=kind):
                self.setUp()
                self.is_killed_at(operation, kind, skip)

    def is_killed_at(self, operation: str, kind: str, skip: int) -> None:
        A.configure(SHORT_STEPS)
        A.sluice("status")  # its controller runs
        self.aws.set_faults({"kind": kind, "operation": operation, "skip": skip, "times": 1})
        command = A.begin_deploy(self.number)
        self.addCleanup(command.kill)
        wait_until(f"{operation} {skip}, or the command's end", lambda: self.aws.paused() or command.poll() is not None)
        self.assertTrue(self.aws.paused(), command.communicate() if command.poll() is not None else "")
        A.end_as_a_runner_does()
        command.kill()
        command.communicate()
        self.aws.release(drop=True)
        self.aws.set_faults()
        recovered = B.sluice("recover", "--take-over", "--wait", check=False)
        if self.has_begun():
            self.assertEqual(recovered.returncode, SUCCEEDED, recovered.stdout + recovered.stderr + B.controller_log())
            self.assert_made_once()
        else:  # it died before the journal had it: nothing has happened
            self.assert_serves(self.image, 0)

    def has_begun(self) -> bool:
        return any(h.get("image", "").endswith(digest(self.number)) for h in B.objects("history", "--most", "3"))


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
        self.aws.set_faults({"kind": "pause_before", "operation": "DescribeServices", "times": 1})
        command = A.begin_deploy(self.number)
        wait_until("the call", self.aws.paused)
        command.send_signal(signal.SIGINT)
        self.aws.release()
        output, errors = command.communicate(timeout=60)
        self.assertNotEqual(command.returncode, SUCCEEDED, output + errors)
        self.assertIn("as soon as it has begun", errors)
        self.assert_serves(self.image, 0)


class TheAction(TwoMachines):
    """The steps of action.yml, in a job of its own each time."""

    def setUp(self) -> None:
        super().setUp()
        self.temp = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sluice-job-")))

    def job(self, steps: list[dict], **inputs: str) -> ActionSteps:
        A.configure(steps)
        (self.temp / "sluice.yaml").write_text((A.folder / "sluice.yaml").read_text())
        env = {n: v for n, v in A.env.items() if not n.startswith("SLUICE_")} | {"PATH": os.environ["PATH"]}
        defaults = {"environment": "staging", "image": f"shop/web@{digest(self.number)}", "journal": JOURNAL + "&lease=3s",
                    "binary": str(BUILD / "sluice"), "working_directory": str(self.temp)}
        return ActionSteps(self.temp, env, **(defaults | inputs))

    def begin_job(self) -> tuple[ActionSteps, subprocess.Popen[str]]:
        job = self.job(LONG_STEPS)
        provided = job.begin("Provide sluice")
        self.assertEqual((provided.communicate(timeout=60)[1], provided.returncode), ("", 0))
        step = job.begin("Run sluice")
        wait_until("10% on GREEN", lambda: self.share_of_green() == [10, 10])
        return job, step

    def assert_is_over(self) -> None:
        self.assertFalse((self.temp / "sluice/run/control.sock").exists())

    def test_deploys_and_leaves_nothing_running(self) -> None:
        code, printed = self.job(SHORT_STEPS, services="web").run()
        self.assertEqual(code, 0, printed)
        self.assert_made_once()
        self.assert_is_over()

    def test_the_runners_signal_reaches_sluice(self) -> None:
        job, step = self.begin_job()
        step.send_signal(signal.SIGINT)
        wait_until("the weights", lambda: self.share_of_green() == [0, 0], 7.5)
        output, errors = step.communicate(timeout=60)
        self.assertEqual(step.returncode, ROLLED_BACK, output + errors)
        self.end(job)

    def test_in_a_container_the_last_step_tells_it(self) -> None:
        job, step = self.begin_job()
        last = job.begin("Let it end")
        step.communicate(timeout=60)  # a process of which nobody has heard is still there, as that step sees it
        self.assertEqual(step.returncode, ROLLED_BACK)
        self.has_ended(last)

    def end(self, job: ActionSteps) -> None:
        self.has_ended(job.begin("Let it end"))

    def has_ended(self, last: subprocess.Popen[str]) -> None:
        output, errors = last.communicate(timeout=120)
        self.assertEqual(last.returncode, 0, output + errors)
        self.assert_serves(self.image, 0)
        self.assert_is_over()

    def test_goes_on_with_what_another_job_has_left(self) -> None:
        _, step = self.begin_job()
        pid = int((self.temp / "sluice/run/controller.pid").read_text())
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        for each in (parent, pid, step.pid):
            os.kill(each, signal.SIGKILL)
        step.communicate()
        B.sluice("recover", "--take-over")
        B.sluice("promote", "web", "--full")
        other = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sluice-job-")))
        job = ActionSteps(other, self.job(SHORT_STEPS).env, journal=JOURNAL + "&lease=3s", command="recover",
                          binary=str(BUILD / "sluice"))
        code, printed = job.run()
        self.assertEqual(code, 0, printed)
        wait_until("the end", lambda: not B.deployments())
        self.assert_made_once()

    def test_says_what_is_wrong_with_its_inputs(self) -> None:
        other = {"binary": "/bin/true"}  # where it does not come to sluice
        for inputs, why in ((other | {"sha256": "0" * 64}, "the hash of"), ({"binary": "https://127.0.0.1:1/x"}, "say its hash"),
                            ({"binary": "/none"}, "there is no file"), (other | {"command": "status"}, "is deploy or recover"),
                            (other | {"command": "recover"}, "leave 'staging' out"), ({"on_signal": "stop"}, "--on-signal is"),
                            ({"journal": "bucket"}, "does not begin with s3://")):
            code, printed = self.job(SHORT_STEPS, **inputs).run()
            self.assertNotEqual(code, 0, inputs)
            self.assertIn(why, printed)
        self.assert_serves(self.image, 0)


class TheContract(unittest.TestCase):
    def test_the_journal_keeps_its_contract_in_this_s3(self) -> None:
        """The suite that every journal passes, with moto's conditional writes in place of the fake's."""
        program = BUILD / "src/adapters/aws/s3/sluice_adapter_aws_s3_tests"
        env = {"AWS_ENDPOINT_URL_S3": A.aws.url} | {n: v for n, v in A.aws.environment().items() if "KEY" in n} | {"PATH": ""}
        done = subprocess.run([program, "--gtest_filter=*JournalContract*"], env=env, text=True, capture_output=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-2000:])
        self.assertIn("PASSED", done.stdout)
        self.assertTrue(self.contract_was_asked())
        self.assertEqual(A.aws.problems(), [])

    def contract_was_asked(self) -> bool:
        return any(r["operation"] == "PutObject" and "/deployments/" in r["input"]["Key"] and "shop" not in r["input"]["Key"]
                   for r in A.aws.requests())


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        unittest.main()
