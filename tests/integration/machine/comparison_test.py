"""GREEN compared with BLUE's concurrent traffic, with no alarm at all: with the real program, podman, HAProxy and a load."""

import json
import os
import re
import signal
import sys
import unittest
from datetime import datetime
from pathlib import Path

from rollout_case import HELD, ROLLED_BACK, RolloutCase, set_up_machine
from router_log import RouterLog
from sluice_machine import wait_until

BUILD = Path(sys.argv.pop(1))
BAKES = [{"weight": "10%", "bake": "3m"}, {"weight": "100%", "bake": "1s"}]


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def figures(sentence: str) -> list[int]:
    """Of "(9 of 29 against 0 of 291)"."""
    [found] = re.findall(r"\((\d+) of (\d+) against (\d+) of (\d+)\)", sentence)
    return [int(number) for number in found]


def setUpModule() -> None:
    set_up_machine(BUILD)


class Comparison(RolloutCase):
    def setUp(self) -> None:
        super().setUp()
        self.machine.alarms = {}
        self.machine.analysis = {}
        self.machine.strategy["steps"] = BAKES
        self.addCleanup(setattr, self.machine, "analysis", "off")

    def comparison(self) -> dict:
        """That of the deployment under way; empty where there is none."""
        return next((o["comparison"] or {} for o in self.machine.objects("status") if o["type"] == "figures"), {})

    def test_errors_that_blue_does_not_have_are_rolled_back_with_a_sentence_of_both(self) -> None:
        good = self.serving()
        self.deploy("bad", exits=ROLLED_BACK, env={"FAIL_SHARE": "0.3"}, smoke=[])
        self.assert_serves(good)
        newest = self.machine.newest()
        self.assertEqual(newest["cause_kind"], "analysis")
        self.assertRegex(newest["cause"],
                         r"^GREEN answers 5xx to [\d.]+% of requests, BLUE to 0% \(\d+ of \d+ against 0 of \d+\); were GREEN "
                         r"no worse than allowed, evidence this strong would come in fewer than 1 of \d+ deployments")

    def test_answers_slower_than_blues_are_rolled_back(self) -> None:
        good = self.serving()
        self.deploy("slow", exits=ROLLED_BACK, env={"SLOW_MS": "400"})
        self.assert_serves(good)
        newest = self.machine.newest()
        self.assertEqual(newest["cause_kind"], "analysis")
        self.assertRegex(newest["cause"], r"^GREEN's latencies against BLUE's: p50 4\d\dms against ")

    def test_a_good_version_is_watched_until_enough_was_seen_and_passes(self) -> None:
        self.machine.strategy["steps"] = [{"weight": "10%", "bake": "100ms"}, {"weight": "100%", "bake": "100ms"}]
        waiting = self.start("good")
        wait_until("a bound", lambda: self.comparison().get("at_most_worse_points") is not None)
        result = self.machine.end_of(waiting, 120)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assert_serves("good")

    def test_a_step_without_enough_requests_is_held_at_the_end_of_its_extension(self) -> None:
        self.machine.analysis = {"enough": {"requests": 1_000_000, "extension": "2s"}}
        self.machine.strategy["steps"] = [{"weight": "10%", "bake": "1s"}, {"weight": "100%", "bake": "1s"}]
        said = self.deploy("few", exits=HELD)
        self.assertRegex(said, r"GREEN has answered \d+ of the 1000000 requests that the step wants")
        self.machine.sluice("promote", "web")
        wait_until("the end", lambda: self.machine.newest()["label"] and not self.machine.deployments())
        self.assert_serves("few")

    def test_the_evidence_outlives_the_controller(self) -> None:
        self.machine.analysis = {"enough": {"requests": 1_000_000, "extension": "10m"}}
        waiting = self.start("watched")
        self.wait_for_bake(10)
        wait_until("GREEN's requests", lambda: self.comparison().get("green_requests", 0) >= 40)
        seen = self.comparison()["green_requests"]
        first = self.machine.controller_pid()
        os.kill(first, signal.SIGKILL)
        wait_until("the next controller", lambda: self.machine.controller_pid() != first)
        wait_until("its first word", lambda: bool(self.comparison()))
        # What one second brings (20 requests) may be lost; what was kept is not.
        self.assertGreaterEqual(self.comparison()["green_requests"], seen - 40)
        self.machine.sluice("cancel", "web", check=False)
        self.machine.end_of(waiting)

    def test_a_recorded_rollout_gives_analyze_the_same_decision_in_the_same_second(self) -> None:
        self.serving()
        self.machine.analysis = {"error_log": "off"}  # the router's log knows nothing of it
        with RouterLog(self.machine.home) as recorded:
            wait_until("some of BLUE's traffic", lambda: len(recorded.lines) > 400)
            waiting = self.start("bad", FAIL_SHARE="0.3")
            states = [json.loads(line) for line in self.machine.end_of(waiting).stdout.splitlines()]
        states = [o for o in states if o["type"] == "deployment"]
        self.assertEqual(states[-1]["cause_kind"], "analysis", states[-1]["cause"])
        shifted = next(o["at"] for o in states if o["stage"] == "bake")
        taken_back = next(o["at"] for o in states if o["mode"] == "rolling_back")
        requests = self.machine.folder / "requests.log"
        requests.write_text("".join(line + "\n" for line in recorded.lines))
        ends = [line.split(" ")[1] for line in recorded.lines]  # some lines tell of servers
        began = moment(shifted) - min(int(end) for end in ends if end.isdigit()) / 1000
        [decision, *_] = self.analyze(requests, "--weight", f"{began:.3f}s=10%")
        self.assertEqual((decision["decision"], decision["reason"]), ("rollback", "sequential errors"))
        # Live it speaks when the last answers of a slot are in and it is looked at, which a busy machine does late; the
        # figures are those of the slot. The share changed within a slot of when that was told.
        self.assertLess(abs(moment(taken_back) - decision["t"]), 2, (decision, states[-1]["cause"]))
        for replayed, lived in zip(figures(decision["message"]), figures(states[-1]["cause"]), strict=True):
            self.assertLessEqual(abs(replayed - lived), 0.05 * lived + 2, (decision, states[-1]["cause"]))

    def analyze(self, requests: Path, *arguments: str) -> list[dict]:
        return self.machine.objects("analyze", "--config", "sluice.yaml", "--format", "haproxy", "--input", str(requests),
                                    *arguments)

    def start(self, version: str, **env: str):
        self.machine.configure({"VERSION": version} | env, **({"smoke": []} if env else {}))
        return self.machine.start_sluice("deploy", "web", "--image", "test", *(["--json"] if env else []))


if __name__ == "__main__":
    unittest.main(verbosity=2)
