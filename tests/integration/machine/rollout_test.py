"""How deployments end, and what people can say to them: the real program with podman and HAProxy, under load. No request is
lost in any of these tests.
"""

import http.server
import json
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

from sluice_machine import LONG_STEPS, SHORT_STEPS, SMOKE, SluiceMachine, wait_until

BUILD = Path(sys.argv.pop(1))
ALARMS = {
    "http_5xx": {"metric": "error_rate", "above": "1%", "datapoints": "1 of 1", "every": "1s"},
    "unhealthy": {"metric": "failed_health_checks", "above": 0, "datapoints": "1 of 1", "every": "1s"},
}
SUCCEEDED, ROLLED_BACK, USAGE, HELD, FAILED_BEFORE_TRAFFIC, CANCELLED, CONFLICT = range(7)

machine: SluiceMachine


def setUpModule() -> None:
    global machine
    machine = SluiceMachine(BUILD)
    unittest.addModuleCleanup(machine.__exit__)
    machine.prepare()
    machine.deploy("0")


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def answer(host: str = "load.test") -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{machine.front_door}/", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read().decode().strip()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class RolloutTest(unittest.TestCase):
    def setUp(self) -> None:
        machine.alarms = ALARMS
        machine.strategy["steps"], machine.strategy["hold_for"] = SHORT_STEPS, "10m"
        self.load = machine.start_load()

    def tearDown(self) -> None:
        for deployment in machine.deployments():
            machine.sluice("cancel", deployment["service"], check=False)
        wait_until("no deployment", lambda: not machine.deployments())
        summary = machine.end_load(self.load)
        self.assertGreater(summary["served"], 0)
        self.assertEqual(summary["lost"], 0, f"{summary['lost_kinds']}: {(machine.folder / 'bad.ndjson').read_text()[:500]}")

    def deploy(self, version: str, *arguments: str, exits: int = SUCCEEDED, image: str = "test", service: str = "web",
               env: dict[str, str] | None = None, **keys: object) -> str:
        """What the command wrote; the configuration's keys go over those of the service."""
        machine.configure({"VERSION": version} | (env or {}), service, **keys)
        result = machine.sluice("deploy", service, "--image", image, *arguments, check=False)
        self.assertEqual(result.returncode, exits, result.stdout + result.stderr + machine.controller_log())
        return result.stdout + result.stderr

    def deploy_with_long_bakes(self, version: str, weight: float = 10, **env: str):
        """The deployment bakes at `weight`; its command waits for it."""
        machine.strategy["steps"] = LONG_STEPS
        machine.configure({"VERSION": version} | env)
        waiting = machine.start_sluice("deploy", "web", "--image", "test")
        self.wait_for_bake(weight)
        return waiting

    def wait_for_bake(self, weight: float) -> None:
        wait_until(f"a bake at {weight}%", lambda: any(
            d["stage"] == "bake" and d["green_weight_percent"] == weight for d in machine.deployments()))

    def assert_serves(self, version: str) -> None:
        self.assertEqual({answer() for _ in range(20)}, {(200, f"version {version}")})

    def deploy_good(self) -> str:
        version = f"good-{time.monotonic_ns()}"
        self.deploy(version)
        return version


class BadVersion(RolloutTest):
    def test_one_that_answers_5xx_is_rolled_back_by_its_alarm(self) -> None:
        good = self.deploy_good()
        machine.configure({"VERSION": "bad", "FAIL_SHARE": "0.3"}, smoke=[])
        result = machine.sluice("deploy", "web", "--image", "test", "--json", check=False)
        self.assertEqual(result.returncode, ROLLED_BACK, result.stdout)
        self.assert_serves(good)
        seen = [json.loads(line) for line in result.stdout.splitlines()]
        shifted = next(o for o in seen if o["type"] == "deployment" and o["green_weight_percent"] > 0)
        last = [o for o in seen if o["type"] == "deployment"][-1]
        self.assertEqual(last["outcome"], "rolled_back")
        self.assertEqual(last["cause_kind"], "alarm")
        self.assertRegex(last["cause"], r"GREEN answered 5xx to \d+(\.\d)?% of requests \(\d+ of \d+\) in .*1s; "
                                        r"the alarm http_5xx allows 1%; BLUE 0% \(0 of \d+\)")
        self.assertTrue(any(" GET / 500 id " in line for line in last["evidence"]), last["evidence"])
        self.assertEqual(last["green_weight_percent"], 0)
        self.assertLess(seconds_between(shifted["at"], last["restored_at"]), 5)
        newest = machine.newest()
        self.assertEqual((newest["outcome"], newest["cause"], newest["restored_at"]),
                         ("rolled_back", last["cause"], last["restored_at"]))
        self.assertEqual(seen[-1], {"type": "end", "exit_code": ROLLED_BACK, "message": last["cause"]})

    def test_one_that_is_never_healthy_fails_before_traffic(self) -> None:
        good = self.deploy_good()
        said = self.deploy("sick", exits=FAILED_BEFORE_TRAFFIC, env={"NEVER_HEALTHY": "1"},
                           health={"path": "/health", "every": "500ms", "within": "2s"})
        self.assertRegex(said, "start of GREEN: .*503")
        newest = machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("failed_before_traffic", "start"))
        self.assertIsNone(newest["restored_at"])
        self.assert_serves(good)

    def test_one_that_exits_at_once_fails_before_traffic_with_its_exit_code_and_log(self) -> None:
        good = self.deploy_good()
        said = self.deploy("dead", exits=FAILED_BEFORE_TRAFFIC, env={"EXIT_AFTER_MS": "1", "EXIT_CODE": "7"})
        self.assertRegex(said, r"start of GREEN: .*\b7\b")
        self.assertIn("responder: ending with 7 as told", said)
        self.assertEqual(machine.newest()["outcome"], "failed_before_traffic")
        self.assert_serves(good)

    def test_a_smoke_test_that_fails_on_green_stops_it_before_traffic(self) -> None:
        good = self.deploy_good()
        smoke = [*SMOKE, {"name": "teapot", "get": "/", "expect": {"status": 418}}]
        said = self.deploy("smoky", exits=FAILED_BEFORE_TRAFFIC, smoke=smoke)
        self.assertRegex(said, r"smoke tests on GREEN: .*teapot.*418.*200")
        self.assertEqual(machine.newest()["cause_kind"], "smoke")
        self.assert_serves(good)

    def test_a_release_command_that_fails_stops_it_before_traffic(self) -> None:
        good = self.deploy_good()
        said = self.deploy("unreleased", exits=FAILED_BEFORE_TRAFFIC,
                           release_command=["/responder", "--exit", "3", "no such table"])
        self.assertRegex(said, r"(?s)release command: .*\b3\b.*no such table")
        self.assertEqual(machine.newest()["cause_kind"], "release_command")
        self.assert_serves(good)

    def test_an_alarm_that_fires_before_the_start_stops_it_unless_the_user_says_so(self) -> None:
        machine.alarms = {}
        self.deploy("alarming", env={"FAIL_SHARE": "0.3"}, smoke=[])
        machine.alarms = {"http_5xx": ALARMS["http_5xx"]}
        said = self.deploy("cure", exits=FAILED_BEFORE_TRAFFIC)
        self.assertIn("BLUE answered 5xx to", said)
        self.assertIn("--while-alarming", said)
        self.assertEqual(machine.newest()["cause_kind"], "already_alarming")
        self.deploy("cure", "--while-alarming")
        self.assert_serves("cure")


class FirstDeployment(RolloutTest):
    def test_one_that_fails_after_the_opening_closes_its_route(self) -> None:
        machine.alarms = {}  # nobody asks for it
        keys = {"service": "first", "route": {"host": "first.test"}}
        hooks = {"AfterAllowTraffic": {"command": ["sh", "-c", "echo not what we want >&2; exit 9"]}}
        said = self.deploy("1", exits=ROLLED_BACK, hooks=hooks, **keys)
        self.assertIn("AfterAllowTraffic hook: 'sh' exited 9: not what we want", said)
        self.assertEqual(answer("first.test")[0], 503)
        newest = machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("rolled_back", "hook"))
        self.assertIsNotNone(newest["restored_at"])
        self.assertEqual(machine.services(), ["web"])
        self.deploy("2", **keys)
        self.assertEqual(answer("first.test"), (200, "version 2"))


class PersonsWord(RolloutTest):
    def test_hold_ends_the_waiting_command_and_promote_goes_on(self) -> None:
        waiting = self.deploy_with_long_bakes("held")
        machine.sluice("hold", "web")
        ended = machine.end_of(waiting)
        self.assertEqual(ended.returncode, HELD, ended.stdout)
        self.assertIn("asked to hold", ended.stdout)
        [deployment] = machine.deployments()
        self.assertEqual((deployment["mode"], deployment["green_weight_percent"]), ("held", 10))
        self.assertIsNotNone(deployment["until"])
        watching = machine.start_sluice("watch", "web")
        machine.sluice("promote", "web")
        self.wait_for_bake(50)
        machine.sluice("promote", "web")
        self.assertEqual(machine.end_of(watching).returncode, SUCCEEDED)
        self.assertEqual(machine.newest()["outcome"], "succeeded")
        self.assert_serves("held")

    def test_promote_full_passes_over_the_bakes_before_100(self) -> None:
        waiting = self.deploy_with_long_bakes("full")
        machine.sluice("promote", "web", "--full")
        ended = machine.end_of(waiting)
        self.assertEqual(ended.returncode, SUCCEEDED, ended.stderr)
        self.assertNotIn("50%", ended.stdout)
        self.assert_serves("full")

    def test_a_held_deployment_is_still_watched(self) -> None:
        good = self.deploy_good()
        # Long enough to be held in before its errors begin.
        waiting = self.deploy_with_long_bakes("late", FAIL_SHARE="0.5", FAIL_AFTER_MS="8000")
        machine.sluice("hold", "web")
        self.assertEqual(machine.end_of(waiting).returncode, HELD)
        wait_until("the rollback", lambda: not machine.deployments())
        newest = machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("rolled_back", "alarm"))
        self.assert_serves(good)

    def test_a_hold_without_a_word_rolls_back_at_its_deadline(self) -> None:
        good = self.deploy_good()
        machine.strategy["hold_for"] = "2s"
        waiting = self.deploy_with_long_bakes("forgotten")
        machine.sluice("hold", "web")
        self.assertEqual(machine.end_of(waiting).returncode, HELD)
        self.assertEqual(machine.sluice("watch", "web", check=False).returncode, ROLLED_BACK)
        newest = machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("rolled_back", "hold_expired"))
        self.assertIn("held for 2s without a word", newest["cause"])
        self.assert_serves(good)

    def test_rollback_gives_its_reason(self) -> None:
        good = self.deploy_good()
        waiting = self.deploy_with_long_bakes("regretted")
        self.assertEqual(machine.sluice("rollback", "web", "--reason", "wrong colour", "--wait", check=False).returncode,
                         ROLLED_BACK)
        self.assertEqual(machine.end_of(waiting).returncode, ROLLED_BACK)
        newest = machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("rolled_back", "person"))
        self.assertIn("asked to roll back: wrong colour", newest["cause"])
        self.assert_serves(good)

    def test_cancel_ends_the_waiting_command_with_5(self) -> None:
        good = self.deploy_good()
        waiting = self.deploy_with_long_bakes("cancelled")
        machine.sluice("cancel", "web")
        ended = machine.end_of(waiting)
        self.assertEqual(ended.returncode, CANCELLED, ended.stderr)
        self.assertEqual(machine.newest()["outcome"], "cancelled")
        self.assert_serves(good)
        nothing = machine.sluice("cancel", "web", check=False)
        self.assertEqual(nothing.returncode, USAGE)
        self.assertIn("no deployment of", nothing.stderr)

    def test_a_second_deployment_names_the_owner_of_the_first_and_may_supersede_it(self) -> None:
        first = self.deploy_with_long_bakes("first")
        [owner] = machine.deployments()
        machine.strategy["steps"] = SHORT_STEPS
        said = self.deploy("second", exits=CONFLICT)
        self.assertIn(f"deployment {owner['deployment']} of test by {owner['requested_by']}", said)
        self.assertIn("--supersede", said)
        self.deploy("second", "--supersede")
        self.assertEqual(machine.end_of(first).returncode, ROLLED_BACK)
        second, before, *_ = machine.objects("history", "--most", "2")
        self.assertEqual((second["outcome"], before["outcome"], before["cause_kind"]),
                         ("succeeded", "rolled_back", "superseded"))
        self.assert_serves("second")

    def test_a_newer_deployment_rolls_a_held_one_back_first(self) -> None:
        waiting = self.deploy_with_long_bakes("stale")
        machine.sluice("hold", "web")
        self.assertEqual(machine.end_of(waiting).returncode, HELD)
        machine.strategy["steps"] = SHORT_STEPS
        self.deploy("fresh")
        self.assertEqual(machine.objects("history", "--most", "2")[1]["cause_kind"], "superseded")
        self.assert_serves("fresh")

    def test_rollback_after_the_end_goes_to_an_older_revision(self) -> None:
        for tag in ("one", "two", "three"):
            machine.copy_image(f"docker://127.0.0.1:{machine.registry}/responder:test", tag)
            self.deploy(tag, image=tag)
        machine.sluice("rollback", "web", "--wait")
        self.assert_serves("two")
        machine.sluice("rollback", "web", "--to", "one", "--wait")
        self.assert_serves("one")
        three = next(o for o in machine.objects("history") if o["label"] == "three")
        machine.sluice("rollback", "web", "--to", three["revision"], "--wait")
        self.assert_serves("three")
        unknown = machine.sluice("rollback", "web", "--to", "four", check=False)
        self.assertEqual(unknown.returncode, USAGE)
        self.assertIn(three["previous_revision"], unknown.stderr)
        self.assert_serves("three")


class HookServer(http.server.BaseHTTPRequestHandler):
    status = 200
    asked: list[dict] = []

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"the desk is closed")

    def log_message(self, *_: object) -> None:
        pass


class Hooks(RolloutTest):
    def setUp(self) -> None:
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HookServer)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        HookServer.asked, HookServer.status = [], 200
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        told = machine.folder / "told"
        told.write_text("")
        tell = ["sh", "-c", 'echo "$SLUICE_SERVICE $SLUICE_LABEL $SLUICE_DEPLOYMENT" >> told']  # in sluice.yaml's folder
        self.hooks = {point: {"command": tell} for point in
                      ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "AfterAllowTraffic")}
        self.hooks["BeforeAllowTraffic"] = {"http": f"http://127.0.0.1:{self.server.server_port}/validate"}

    def test_hooks_that_pass_are_called_once_each_with_what_is_deployed(self) -> None:
        self.deploy("hooked", hooks=self.hooks)
        deployment = machine.newest()["deployment"]
        self.assertEqual((machine.folder / "told").read_text(), f"web test {deployment}\n" * 4)
        [asked] = HookServer.asked
        self.assertEqual((asked["deployment"], asked["hook"], asked["service"], asked["label"]),
                         (deployment, "BeforeAllowTraffic", "web", "test"))
        self.assert_serves("hooked")

    def test_an_http_hook_that_refuses_stops_it_before_traffic(self) -> None:
        good = self.deploy_good()
        HookServer.status = 409
        said = self.deploy("refused", exits=FAILED_BEFORE_TRAFFIC, hooks=self.hooks)
        self.assertRegex(said, "BeforeAllowTraffic hook: http://.* answered 409: the desk is closed")
        self.assertEqual(machine.newest()["cause_kind"], "hook")
        self.assert_serves(good)

    def test_a_command_hook_that_refuses_stops_it_before_anything_starts(self) -> None:
        good = self.deploy_good()
        hooks = {"BeforeInstall": {"command": ["sh", "-c", "echo it is friday >&2; exit 4"]}}
        said = self.deploy("friday", exits=FAILED_BEFORE_TRAFFIC, hooks=hooks)
        self.assertIn("BeforeInstall hook: 'sh' exited 4: it is friday", said)
        self.assertNotIn("start of GREEN", said)
        self.assert_serves(good)


class Views(RolloutTest):
    def test_status_watch_plan_logs_smoke_and_history_tell_what_is(self) -> None:
        good = self.deploy_good()
        [live] = [o for o in machine.objects("status", "web") if o["type"] == "live_service"]
        self.assertEqual((live["service"], live["environment"], live["label"], live["replicas"], live["listen"]),
                         ("web", "local", "test", 2, f"127.0.0.1:{machine.front_door}"))
        plan = machine.objects("plan", "web", "--image", "test")[0]
        self.assertEqual((plan["unchanged"], plan["changes"]), (True, []))
        machine.configure({"VERSION": "next", "NEW": "1"}, replicas=1)
        plan = machine.objects("plan", "web", "--image", "test")[0]
        self.assertFalse(plan["unchanged"])
        self.assertEqual(plan["changes"], ['env.NEW: (none) → "1"', f'env.VERSION: "{good}" → "next"', "replicas: 2 → 1"])
        self.assertEqual(plan["steps"], [{"weight_percent": 10, "bake_seconds": 1},
                                         {"weight_percent": 100, "bake_seconds": 1}])
        self.assert_serves(good)  # a plan changes nothing
        self.assertEqual(machine.deployments(), [])

        waiting = self.deploy_with_long_bakes("seen")
        watching = machine.start_sluice("watch", "--json")
        wait_until("figures of both colours", lambda: any(
            o["type"] == "figures" and o["green"]["requests"] > 0 and o["blue"]["requests"] > o["green"]["requests"]
            for o in machine.objects("status")))
        [deployment] = machine.deployments()
        self.assertEqual((deployment["mode"], deployment["stage"], deployment["label"], deployment["green_weight_percent"]),
                         ("forward", "bake", "test", 10))
        logs = machine.objects("logs", "web")
        self.assertIn(("blue", f"responder {good} listens on port 8080"),
                      {(o["colour"], o["line"].split(": ", 1)[1]) for o in logs if o["type"] == "log"})
        self.assertIn(("green", "responder seen listens on port 8080"),
                      {(o["colour"], o["line"].split(": ", 1)[1]) for o in logs if o["type"] == "log"})
        machine.sluice("promote", "web", "--full")
        self.assertEqual(machine.end_of(waiting).returncode, SUCCEEDED)
        watched = machine.end_of(watching)
        self.assertEqual(watched.returncode, SUCCEEDED, watched.stderr)
        seen = [json.loads(line) for line in watched.stdout.splitlines()]
        self.assertEqual({o["deployment"] for o in seen if o["type"] != "end"}, {deployment["deployment"]})
        weights = [o["green_weight_percent"] for o in seen if o["type"] == "deployment"]
        self.assertEqual((weights[0], weights[-1]), (10, 100))

        newest = machine.newest()
        self.assertEqual((newest["deployment"], newest["outcome"], newest["cause"]),
                         (deployment["deployment"], "succeeded", None))
        self.assertGreater(newest["duration_seconds"], 1)
        self.assertGreater(newest["full_at"], newest["started_at"])
        smoke = machine.sluice("smoke", "web", "--json")
        self.assertEqual([json.loads(line) for line in smoke.stdout.splitlines()][0],
                         {"type": "smoke_test", "name": "root", "passed": True, "message": None})
        machine.configure({}, smoke=[{"name": "teapot", "get": "/", "expect": {"status": 418}}])
        failing = machine.sluice("smoke", "web", check=False)
        self.assertEqual(failing.returncode, 1)
        self.assertRegex(failing.stdout, "failed teapot: .*418")


if __name__ == "__main__":
    unittest.main(verbosity=2)
