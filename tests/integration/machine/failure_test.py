"""What breaks around sluice: its daemons and containers are killed, ports are taken, disks are full, folders belong to
others. With the real program, podman and HAProxy, under load.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from sluice_machine import LONG_STEPS, SHORT_STEPS, SluiceMachine, wait_until

BUILD = Path(sys.argv.pop(1))
SUCCEEDED, ROLLED_BACK, USAGE, HELD, FAILED_BEFORE_TRAFFIC = range(5)
RATE = 200  # requests a second

machine: SluiceMachine


def setUpModule() -> None:
    global machine
    machine = SluiceMachine(BUILD)
    unittest.addModuleCleanup(machine.__exit__)
    machine.prepare()
    machine.deploy("0")


def session_of(pid: int) -> list[int]:
    """The processes of the session that `pid` leads, which need not live any more."""
    members = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if os.getsid(int(folder.name)) == pid:
                members.append(int(folder.name))
    return members


def daemon_session(name: str, of: SluiceMachine) -> list[int]:
    return session_of(int((of.home / "daemons" / name).read_text().split()[1]))


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def containers(of: SluiceMachine, *filters: str) -> list[str]:
    command = ["podman", "ps", "--quiet", "--filter", f"label=sluice.project={of.project}"]
    for each in filters:
        command += ["--filter", each]
    return subprocess.run(command, text=True, capture_output=True, check=True).stdout.split()


def kill_containers(names: list[str]) -> None:
    subprocess.run(["podman", "kill", "--signal", "KILL", *names], stdout=subprocess.DEVNULL, check=True)


def projects(of: SluiceMachine) -> list[str]:
    return [o["project"] for o in of.objects("status") if o["type"] == "live_service"]


def answer(of: SluiceMachine) -> str:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{of.front_door}/", timeout=5) as response:
        return response.read().decode().strip()
    return ""


class FailureTest(unittest.TestCase):
    def setUp(self) -> None:
        machine.strategy["steps"] = SHORT_STEPS

    def tearDown(self) -> None:
        for deployment in machine.deployments():
            machine.sluice("cancel", deployment["service"], check=False)
        wait_until("no deployment", lambda: not machine.deployments())

    @contextlib.contextmanager
    def load(self) -> Iterator[dict]:
        """Filled with the summary at the end."""
        load, summary = machine.start_load(RATE), {}
        yield summary
        summary |= machine.end_load(load)

    def start_deployment(self, version: str, weight: float):
        """One that bakes at `weight` for longer than the test takes."""
        machine.strategy["steps"] = LONG_STEPS
        machine.configure({"VERSION": version})
        waiting = machine.start_sluice("deploy", "web", "--image", "test")
        self.wait_for_bake(10)
        if weight > 10:
            machine.sluice("promote", "web")
            self.wait_for_bake(weight)
        return waiting

    def wait_for_bake(self, weight: float) -> None:
        wait_until(f"a bake at {weight}%", lambda: any(
            d["stage"] == "bake" and d["green_weight_percent"] == weight for d in machine.deployments()))

    def assert_serves(self, version: str, of: SluiceMachine | None = None) -> None:
        self.assertEqual({answer(of or machine) for _ in range(10)}, {f"version {version}"})


class Killed(FailureTest):
    def test_a_registry_that_is_killed_is_started_again(self) -> None:
        kill(daemon_session(f"registry-{machine.registry}", machine))
        machine.deploy("after-registry")
        self.assert_serves("after-registry")

    def test_an_image_that_is_not_there_is_a_usage_error(self) -> None:
        result = machine.sluice("deploy", "web", "--image", "absent", check=False)
        self.assertEqual(result.returncode, USAGE)
        self.assertRegex(result.stderr, rf"127\.0\.0\.1:{machine.registry}/responder:absent.*manifest unknown")
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def test_haproxy_killed_during_a_shift_is_started_again_and_the_deployment_ends_well(self) -> None:
        with self.load() as summary:
            waiting = self.start_deployment("after-haproxy", 10)
            before = daemon_session("haproxy", machine)
            kill(before)
            wait_until("HAProxy", lambda: answer(machine) != "", 10)
            self.assertFalse(set(before) & set(daemon_session("haproxy", machine)))
            [deployment] = machine.deployments()
            self.assertEqual(deployment["green_weight_percent"], 10)
            machine.sluice("promote", "web", "--full")
            ended = machine.end_of(waiting)
            self.assertEqual(ended.returncode, SUCCEEDED, ended.stdout + ended.stderr)
        self.assert_only_those_in_flight_were_lost("HAProxy killed", summary)
        self.assert_serves("after-haproxy")

    def test_haproxy_and_the_controller_killed_at_once_refuse_nobody(self) -> None:
        machine.deploy("kept")
        with self.load() as summary:
            for _ in range(2):  # the second controller has the sockets from its parent
                controller, haproxy = machine.controller_pid(), daemon_session("haproxy", machine)
                kill([controller, *haproxy])
                wait_until("HAProxy", lambda: answer(machine) != "", 20)
                self.assertFalse(set(haproxy) & set(daemon_session("haproxy", machine)))
                self.assertNotEqual(controller, machine.controller_pid())
                machine.sluice("status")  # by then what had waited in the queue is served
        self.assert_only_those_in_flight_were_lost("HAProxy and controller killed", summary)

    def test_haproxy_killed_after_an_upgrade_of_sluice_refuses_nobody(self) -> None:
        machine.deploy("upgraded")
        with self.load() as summary:
            machine.end_controller()  # its parent too; HAProxy runs on
            haproxy = daemon_session("haproxy", machine)
            machine.sluice("status")
            self.assertEqual(haproxy, daemon_session("haproxy", machine))
            kill(haproxy)
            wait_until("HAProxy", lambda: answer(machine) != "", 20)
        self.assert_only_those_in_flight_were_lost("HAProxy killed after an upgrade", summary)

    def assert_only_those_in_flight_were_lost(self, what: str, summary: dict) -> None:
        print(f"{what}: {summary['lost']} of {summary['lost'] + summary['served']} lost {summary['lost_kinds']}")
        self.assertEqual(summary["refused"], 0)
        self.assertLess(summary["lost"], RATE / 2, "more than HAProxy had in hand")
        self.assertEqual(summary["failed_by_application"], 0)

    def test_replicas_of_green_killed_at_50_percent_cost_the_requests_in_flight_on_them(self) -> None:
        machine.deploy("blue")
        with self.load() as summary:
            waiting = self.start_deployment("green", 50)
            [deployment] = machine.deployments()
            green = containers(machine, f"label=sluice.revision={deployment['revision']}")
            self.assertEqual(len(green), 2)
            kill_containers(green)
            wait_until("the replicas, or the rollback", lambda: not machine.deployments() or len(
                containers(machine, f"label=sluice.revision={deployment['revision']}")) == 2, 30)
            if machine.deployments():
                machine.sluice("promote", "web", "--full")
            outcome = machine.end_of(waiting)
        print(f"GREEN killed at 50%: {summary['lost']} of {summary['lost'] + summary['served']} lost "
              f"{summary['lost_kinds']}; exit {outcome.returncode}")
        self.assertIn(outcome.returncode, (SUCCEEDED, ROLLED_BACK))
        self.assertLess(summary["lost"], 20)
        self.assert_serves("green" if outcome.returncode == SUCCEEDED else "blue")

    def test_recover_brings_everything_back_after_all_of_it_was_killed(self) -> None:
        machine.deploy("kept")
        before = machine.objects("status")[0]
        controller = machine.controller_pid()
        parent = os.getsid(controller)
        kill([parent, controller])
        for daemon in (machine.home / "daemons").iterdir():
            kill(daemon_session(daemon.name, machine))
        kill_containers(containers(machine))
        self.assertEqual(answer(machine), "")
        shutil.rmtree(machine.run_directory)
        self.assertEqual(machine.objects("recover")[0], before)
        self.assert_serves("kept")
        self.assertEqual(len(containers(machine, f"label=sluice.revision={before['revision']}")), 2)
        machine.deploy("after-recover")
        self.assert_serves("after-recover")

    def test_a_deployment_under_way_survives_all_of_it_being_killed(self) -> None:
        machine.deploy("blue")
        waiting = self.start_deployment("carried-on", 50)
        [before] = machine.deployments()
        controller = machine.controller_pid()
        kill([os.getsid(controller), controller])
        for daemon in (machine.home / "daemons").iterdir():
            kill(daemon_session(daemon.name, machine))
        kill_containers(containers(machine))
        shutil.rmtree(machine.run_directory)
        machine.sluice("recover")
        [after] = machine.deployments()
        self.assertEqual((after["deployment"], after["green_weight_percent"], after["stage"]),
                         (before["deployment"], 50, "bake"))
        self.assertEqual({answer(machine) for _ in range(40)}, {"version blue", "version carried-on"})
        machine.sluice("promote", "web", "--full")
        self.assertEqual(machine.end_of(waiting).returncode, SUCCEEDED)
        self.assert_serves("carried-on")


class Taken(FailureTest):
    def test_a_front_door_whose_port_is_in_use_is_named_and_nothing_happens(self) -> None:
        machine.deploy("here")
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            own, machine.front_door = machine.front_door, other.getsockname()[1]
            try:
                machine.configure({"VERSION": "1"}, service="elsewhere")
                result = machine.sluice("deploy", "elsewhere", "--image", "test", check=False)
            finally:
                machine.front_door = own
            self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stderr)
            self.assertIn(f"127.0.0.1:{other.getsockname()[1]}", result.stderr)
            self.assertRegex(result.stderr, "in use")
        self.assertEqual(machine.services(), ["web"])
        self.assertEqual(containers(machine, "label=sluice.service=elsewhere"), [])
        self.assert_serves("here")

    def test_the_folders_of_another_user_are_refused_in_one_line(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        machine.folder.chmod(0o755)  # so that the socket itself is what refuses
        self.addCleanup(machine.folder.chmod, 0o700)
        result = self.as_nobody(machine.home, machine.run_directory)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^sluice: the controller's socket \S+ belongs to another user; .*SLUICE_HOME.*\n$")

    def test_folders_that_cannot_be_made_are_named_in_one_line(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        result = self.as_nobody(Path("/nowhere/home"), Path("/nowhere/run"))
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^sluice: cannot make /nowhere/home/logs: Permission denied\. Set SLUICE_HOME.*\n$")

    def as_nobody(self, home: Path, run: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", BUILD / "sluice", "status"],
            cwd="/", env={"PATH": os.environ["PATH"], "SLUICE_HOME": str(home), "SLUICE_RUN": str(run)}, text=True,
            capture_output=True, timeout=60, check=False)


class TwoOfThem(FailureTest):
    def test_two_sluices_side_by_side_do_not_touch_each_other(self) -> None:
        machine.deploy("first")
        with self.load() as summary:
            with SluiceMachine(BUILD) as other:
                other.deploy("second")
                self.assert_serves("second", other)
                self.assertEqual(projects(other), [other.project])
                self.assertEqual(projects(machine), [machine.project])
                other.end_controller()
                other.sluice("recover")  # a controller's start stops leftovers: its own only
                self.assertEqual(len(containers(machine)), 2)
                self.assertEqual(len(containers(other)), 2)
            self.assertEqual(containers(other), [])
            self.assert_serves("first")
        self.assertEqual(summary["lost"], 0, summary["lost_kinds"])


class FullDisk(unittest.TestCase):
    def test_a_deployment_under_way_is_not_lost_when_the_disk_is_full(self) -> None:
        home = Path(tempfile.mkdtemp(prefix="sluice-disk-"))
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", home], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount a small disk here: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", home], check=True)
        with SluiceMachine(BUILD, home=home) as small:
            small.deploy("blue")
            load = small.start_load(RATE)
            small.strategy["steps"] = [{"weight": "10%", "bake": "3s"}, {"weight": "100%", "bake": "1s"}]
            small.configure({"VERSION": "green"})
            waiting = small.start_sluice("deploy", "web", "--image", "test")
            wait_until("a bake", lambda: any(d["stage"] == "bake" for d in small.deployments()))
            [deployment] = small.deployments()
            records = small.count_records(deployment["deployment"])
            with (home / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(4096))
            wait_until("the end of the bake", lambda: small.deployments()[0]["at"] > deployment["until"])
            self.assertEqual(small.count_records(deployment["deployment"]), records, "nothing can be written")
            (home / "filler").unlink()
            ended = small.end_of(waiting)
            self.assertEqual(ended.returncode, SUCCEEDED, ended.stdout + ended.stderr)
            summary = small.end_load(load)
            self.assertEqual(summary["lost"], 0, summary["lost_kinds"])
            self.assertEqual(answer(small), "version green")
            # A new one on a full disk: refused, and nothing has changed.
            with (home / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(4096))
            small.configure({"VERSION": "refused"})
            refused = small.sluice("deploy", "web", "--image", "test", check=False)
            self.assertNotEqual(refused.returncode, SUCCEEDED)
            self.assertRegex(refused.stderr, "full|space")
            self.assertEqual(answer(small), "version green")
            (home / "filler").unlink()


if __name__ == "__main__":
    unittest.main(verbosity=2)
