"""How deployments end, with the real program, podman and HAProxy, under load."""

import http.server
import json
import sys
import threading
import unittest
from datetime import datetime
from pathlib import Path

from rollout_case import ALARMS, FAILED_BEFORE_TRAFFIC, HELD, ROLLED_BACK, RolloutCase, set_up_machine
from sluice_machine import LONG_STEPS, SMOKE, wait_until

BUILD = Path(sys.argv.pop(1))


def setUpModule() -> None:
    set_up_machine(BUILD)


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


class BadVersion(RolloutCase):
    def test_one_that_answers_5xx_is_rolled_back_by_its_alarm(self) -> None:
        good = self.serving()
        self.machine.configure({"VERSION": "bad", "FAIL_SHARE": "0.3"}, smoke=[])
        result = self.machine.sluice("deploy", "web", "--image", "test", "--json", check=False)
        self.assertEqual(result.returncode, ROLLED_BACK, result.stdout)
        self.assert_serves(good)
        seen = [json.loads(line) for line in result.stdout.splitlines()]
        shifted = next(o for o in seen if o["type"] == "deployment" and o["green_weight_percent"] > 0)
        last = [o for o in seen if o["type"] == "deployment"][-1]
        self.assertEqual(last["outcome"], "rolled_back")
        self.assertEqual(last["cause_kind"], "alarm")
        self.assertRegex(last["cause"], r"GREEN answered 5xx to \d+(\.\d)?% of requests \(\d+ of \d+\) in .*1s; "
                                        r"the alarm http_5xx allows 1%; BLUE 0% \(0 of \d+\)")
        self.assertRegex(last["cause"], r"; worst route: GET / \(\d+ of \d+ on GREEN, 0 of \d+ on BLUE\); first failed requests: [0-9A-F]{20}")
        self.assertEqual(last["particulars"]["worst_route"]["route"], "GET /")
        self.assertTrue(any(" GET / 500 id " in line for line in last["evidence"]), last["evidence"])
        self.assertEqual(last["green_weight_percent"], 0)
        self.assertLess(seconds_between(shifted["at"], last["restored_at"]), 5)
        newest = self.machine.newest()
        self.assertEqual((newest["outcome"], newest["cause"], newest["restored_at"]),
                         ("rolled_back", last["cause"], last["restored_at"]))
        self.assertEqual(seen[-1], {"type": "end", "exit_code": ROLLED_BACK, "message": last["cause"]})

    def test_one_that_is_slow_is_rolled_back_by_its_latency(self) -> None:
        good = self.serving()
        self.machine.alarms = ALARMS | {
            "p95": {"metric": "latency_p95", "above": "200ms", "datapoints": "1 of 1", "every": "1s"}}
        self.deploy("slow", exits=ROLLED_BACK, env={"SLOW_MS": "400"})
        self.assertRegex(self.machine.newest()["cause"],
                         r"GREEN's p95 is 4\d\dms \(\d+ requests?\) in .*1s; the alarm p95 allows 200ms; BLUE [\d.]+ms")
        self.assert_serves(good)

    def test_a_slow_one_is_taken_back_by_what_blue_took_before_the_start(self) -> None:
        good = self.serving()
        self.machine.alarms = ALARMS | {
            "slower": {"metric": "latency_p95", "above": "10x before", "datapoints": "1 of 1", "every": "1s"}}
        self.deploy("slow", exits=ROLLED_BACK, env={"SLOW_MS": "400"})
        self.assertRegex(self.machine.newest()["cause"],
                         r"the alarm slower allows 10 times what BLUE's was before the start; "
                         r"before the start [\d.]+ms \(\d+ requests?\); BLUE [\d.]+ms")
        self.assert_serves(good)

    def test_one_that_logs_more_errors_than_blue_is_held_and_its_first_lines_are_told(self) -> None:
        good = self.serving()
        self.machine.strategy["steps"] = LONG_STEPS
        self.machine.alarms = ALARMS | {
            "error_log": {"metric": "error_log_rate", "above": "5x blue", "every": "2s", "then": "hold"}}
        said = self.deploy("noisy", exits=HELD, env={"LOG_SHARE": "1"})
        self.assertRegex(said, r"GREEN logged \d+ error lines in \d+ requests in .*2s; "
                               r"the alarm error_log allows 5 times BLUE's; BLUE 0 in \d+; "
                               r"GREEN logged: the bug")
        [figures] = [o for o in self.machine.objects("status") if o["type"] == "figures"]
        for colour in ("green", "blue"):
            self.assertGreater(figures[colour]["p95_milliseconds"], 0)
            self.assertEqual(figures[colour]["lost_log_lines"], 0)
        self.machine.sluice("rollback", "web")
        wait_until("the rollback", lambda: self.machine.newest()["outcome"] == "rolled_back")
        self.assert_serves(good)

    def test_one_that_is_never_healthy_fails_before_traffic(self) -> None:
        good = self.serving()
        said = self.deploy("sick", exits=FAILED_BEFORE_TRAFFIC, env={"NEVER_HEALTHY": "1"},
                           health={"path": "/health", "every": "500ms", "within": "2s"})
        self.assertRegex(said, "start of GREEN: .*503")
        newest = self.machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("failed_before_traffic", "start"))
        self.assertIsNone(newest["restored_at"])
        self.assert_serves(good)

    def test_one_that_exits_at_once_fails_before_traffic_with_its_exit_code_and_log(self) -> None:
        good = self.serving()
        said = self.deploy("dead", exits=FAILED_BEFORE_TRAFFIC, env={"EXIT_AFTER_MS": "1", "EXIT_CODE": "7"})
        self.assertRegex(said, r"start of GREEN: .*\b7\b")
        self.assertIn("responder: ending with 7 as told", said)
        self.assertEqual(self.machine.newest()["outcome"], "failed_before_traffic")
        self.assert_serves(good)

    def test_a_smoke_test_that_fails_on_green_stops_it_before_traffic(self) -> None:
        good = self.serving()
        smoke = [*SMOKE, {"name": "teapot", "get": "/", "expect": {"status": 418}}]
        said = self.deploy("smoky", exits=FAILED_BEFORE_TRAFFIC, smoke=smoke)
        self.assertRegex(said, r"smoke tests on GREEN: .*teapot.*418.*200")
        self.assertEqual(self.machine.newest()["cause_kind"], "smoke")
        self.assert_serves(good)

    def test_a_release_command_that_fails_stops_it_before_traffic(self) -> None:
        good = self.serving()
        said = self.deploy("unreleased", exits=FAILED_BEFORE_TRAFFIC,
                           release_command=["/responder", "--exit", "3", "no such table"])
        self.assertRegex(said, r"(?s)release command: .*\b3\b.*no such table")
        self.assertEqual(self.machine.newest()["cause_kind"], "release_command")
        self.assert_serves(good)

    def test_an_alarm_that_fires_before_the_start_stops_it_unless_the_user_says_so(self) -> None:
        self.machine.alarms = {}
        self.deploy("alarming", env={"FAIL_SHARE": "0.3"}, smoke=[])
        self.machine.alarms = {"http_5xx": ALARMS["http_5xx"]}
        said = self.deploy("cure", exits=FAILED_BEFORE_TRAFFIC)
        self.assertIn("BLUE answered 5xx to", said)
        self.assertIn("--while-alarming", said)
        self.assertEqual(self.machine.newest()["cause_kind"], "already_alarming")
        self.deploy("cure", "--while-alarming")
        self.assert_serves("cure")


class FirstDeployment(RolloutCase):
    def test_one_that_fails_after_the_opening_closes_its_route(self) -> None:
        self.machine.alarms = {}  # nobody asks for it
        keys = {"service": "first", "route": {"host": "first.test"}}
        hooks = {"AfterAllowTraffic": {"command": ["sh", "-c", "echo not what we want >&2; exit 9"]}}
        said = self.deploy("1", exits=ROLLED_BACK, hooks=hooks, **keys)
        self.assertIn("AfterAllowTraffic hook: 'sh' exited 9: not what we want", said)
        self.assertEqual(self.answer("first.test")[0], 503)
        newest = self.machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("rolled_back", "hook"))
        self.assertIsNotNone(newest["restored_at"])
        self.assertEqual(self.machine.services(), ["web"])
        self.deploy("2", **keys)
        self.assertEqual(self.answer("first.test"), (200, "version 2"))


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


class Hooks(RolloutCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HookServer)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        HookServer.asked, HookServer.status = [], 200
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        told = self.machine.folder / "told"
        told.write_text("")
        tell = ["sh", "-c", 'echo "$SLUICE_SERVICE $SLUICE_LABEL $SLUICE_DEPLOYMENT" >> told']  # in sluice.yaml's folder
        self.hooks = {point: {"command": tell} for point in
                      ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "AfterAllowTraffic")}
        self.hooks["BeforeAllowTraffic"] = {"http": f"http://127.0.0.1:{self.server.server_port}/validate"}

    def test_hooks_that_pass_are_called_once_each_with_what_is_deployed(self) -> None:
        self.deploy("hooked", hooks=self.hooks)
        deployment = self.machine.newest()["deployment"]
        self.assertEqual((self.machine.folder / "told").read_text(), f"web test {deployment}\n" * 4)
        [asked] = HookServer.asked
        self.assertEqual((asked["deployment"], asked["hook"], asked["service"], asked["label"]),
                         (deployment, "BeforeAllowTraffic", "web", "test"))
        self.assert_serves("hooked")

    def test_an_http_hook_that_refuses_stops_it_before_traffic(self) -> None:
        good = self.serving()
        HookServer.status = 409
        said = self.deploy("refused", exits=FAILED_BEFORE_TRAFFIC, hooks=self.hooks)
        self.assertRegex(said, "BeforeAllowTraffic hook: http://.* answered 409: the desk is closed")
        self.assertEqual(self.machine.newest()["cause_kind"], "hook")
        self.assert_serves(good)

    def test_a_command_hook_that_refuses_stops_it_before_anything_starts(self) -> None:
        good = self.serving()
        hooks = {"BeforeInstall": {"command": ["sh", "-c", "echo it is friday >&2; exit 4"]}}
        said = self.deploy("friday", exits=FAILED_BEFORE_TRAFFIC, hooks=hooks)
        self.assertIn("BeforeInstall hook: 'sh' exited 4: it is friday", said)
        self.assertNotIn("start of GREEN", said)
        self.assert_serves(good)


if __name__ == "__main__":
    unittest.main(verbosity=2)
