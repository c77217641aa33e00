"""What people can say to deployments and ask about them, with the real program, podman and HAProxy, under load."""

import json
import sys
import unittest
from pathlib import Path

from rollout_case import CANCELLED, CONFLICT, HELD, ROLLED_BACK, SUCCEEDED, USAGE, RolloutCase, set_up_machine
from sluice_machine import SHORT_STEPS, wait_until

BUILD = Path(sys.argv.pop(1))


def setUpModule() -> None:
    set_up_machine(BUILD)


class PersonsWord(RolloutCase):
    def test_hold_ends_the_waiting_command_and_promote_goes_on(self) -> None:
        waiting = self.deploy_with_long_bakes("held")
        self.machine.sluice("hold", "web")
        ended = self.machine.end_of(waiting)
        self.assertEqual(ended.returncode, HELD, ended.stdout)
        self.assertIn("asked to hold", ended.stdout)
        [deployment] = self.machine.deployments()
        self.assertEqual((deployment["mode"], deployment["green_weight_percent"]), ("held", 10))
        self.assertIsNotNone(deployment["until"])
        watching = self.machine.start_sluice("watch", "web")
        self.machine.sluice("promote", "web")
        self.wait_for_bake(50)
        self.machine.sluice("promote", "web")
        self.assertEqual(self.machine.end_of(watching).returncode, SUCCEEDED)
        self.assertEqual(self.machine.newest()["outcome"], "succeeded")
        self.assert_serves("held")

    def test_promote_full_passes_over_the_bakes_before_100(self) -> None:
        waiting = self.deploy_with_long_bakes("full")
        self.machine.sluice("promote", "web", "--full")
        ended = self.machine.end_of(waiting)
        self.assertEqual(ended.returncode, SUCCEEDED, ended.stderr)
        self.assertNotIn("50%", ended.stdout)
        self.assert_serves("full")

    def test_a_held_deployment_is_still_watched(self) -> None:
        good = self.serving()
        # Long enough to be held in before its errors begin.
        waiting = self.deploy_with_long_bakes("late", FAIL_SHARE="0.5", FAIL_AFTER_MS="8000")
        self.machine.sluice("hold", "web")
        self.assertEqual(self.machine.end_of(waiting).returncode, HELD)
        wait_until("the rollback", lambda: not self.machine.deployments())
        newest = self.machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("rolled_back", "alarm"))
        self.assert_serves(good)

    def test_a_hold_without_a_word_rolls_back_at_its_deadline(self) -> None:
        good = self.serving()
        self.machine.strategy["hold_for"] = "2s"
        waiting = self.deploy_with_long_bakes("forgotten")
        self.machine.sluice("hold", "web")
        self.assertEqual(self.machine.end_of(waiting).returncode, HELD)
        self.assertEqual(self.machine.sluice("watch", "web", check=False).returncode, ROLLED_BACK)
        newest = self.machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("rolled_back", "hold_expired"))
        self.assertIn("held for 2s without a word", newest["cause"])
        self.assert_serves(good)

    def test_rollback_gives_its_reason(self) -> None:
        good = self.serving()
        waiting = self.deploy_with_long_bakes("regretted")
        said = self.machine.sluice("rollback", "web", "--reason", "wrong colour", "--wait", check=False)
        self.assertEqual(said.returncode, ROLLED_BACK)
        self.assertEqual(self.machine.end_of(waiting).returncode, ROLLED_BACK)
        newest = self.machine.newest()
        self.assertEqual((newest["outcome"], newest["cause_kind"]), ("rolled_back", "person"))
        self.assertIn("asked to roll back: wrong colour", newest["cause"])
        self.assert_serves(good)

    def test_cancel_ends_the_waiting_command_with_5(self) -> None:
        good = self.serving()
        waiting = self.deploy_with_long_bakes("cancelled")
        self.machine.sluice("cancel", "web")
        ended = self.machine.end_of(waiting)
        self.assertEqual(ended.returncode, CANCELLED, ended.stderr)
        self.assertEqual(self.machine.newest()["outcome"], "cancelled")
        self.assert_serves(good)
        nothing = self.machine.sluice("cancel", "web", check=False)
        self.assertEqual(nothing.returncode, USAGE)
        self.assertIn("no deployment of", nothing.stderr)

    def test_a_second_deployment_names_the_owner_of_the_first_and_may_supersede_it(self) -> None:
        first = self.deploy_with_long_bakes("first")
        [owner] = self.machine.deployments()
        self.machine.strategy["steps"] = SHORT_STEPS
        said = self.deploy("second", exits=CONFLICT)
        self.assertIn(f"deployment {owner['deployment']} of test by {owner['requested_by']}", said)
        self.assertIn("--supersede", said)
        self.deploy("second", "--supersede")
        self.assertEqual(self.machine.end_of(first).returncode, ROLLED_BACK)
        second, before, *_ = self.machine.objects("history", "--most", "2")
        self.assertEqual((second["outcome"], before["outcome"], before["cause_kind"]),
                         ("succeeded", "rolled_back", "superseded"))
        self.assert_serves("second")

    def test_a_newer_deployment_rolls_a_held_one_back_first(self) -> None:
        waiting = self.deploy_with_long_bakes("stale")
        self.machine.sluice("hold", "web")
        self.assertEqual(self.machine.end_of(waiting).returncode, HELD)
        self.machine.strategy["steps"] = SHORT_STEPS
        self.deploy("fresh")
        self.assertEqual(self.machine.objects("history", "--most", "2")[1]["cause_kind"], "superseded")
        self.assert_serves("fresh")

    def test_rollback_after_the_end_goes_to_an_older_revision(self) -> None:
        for tag in ("one", "two", "three"):
            self.machine.copy_image(f"docker://127.0.0.1:{self.machine.registry}/responder:test", tag)
            self.deploy(tag, image=tag)
        self.machine.sluice("rollback", "web", "--wait")
        self.assert_serves("two")
        self.machine.sluice("rollback", "web", "--to", "one", "--wait")
        self.assert_serves("one")
        three = next(o for o in self.machine.objects("history") if o["label"] == "three")
        self.machine.sluice("rollback", "web", "--to", three["revision"], "--wait")
        self.assert_serves("three")
        unknown = self.machine.sluice("rollback", "web", "--to", "four", check=False)
        self.assertEqual(unknown.returncode, USAGE)
        self.assertIn(three["previous_revision"], unknown.stderr)
        self.assert_serves("three")


class Views(RolloutCase):
    def test_status_watch_plan_logs_smoke_and_history_tell_what_is(self) -> None:
        good = "viewed"
        self.deploy(good)
        [live] = [o for o in self.machine.objects("status", "web") if o["type"] == "live_service"]
        self.assertEqual((live["service"], live["environment"], live["label"], live["replicas"], live["listen"]),
                         ("web", "local", "test", 2, f"127.0.0.1:{self.machine.front_door}"))
        plan = self.machine.objects("plan", "web", "--image", "test")[0]
        self.assertEqual((plan["unchanged"], plan["changes"]), (True, []))
        self.machine.configure({"VERSION": "next", "NEW": "1"}, replicas=1)
        plan = self.machine.objects("plan", "web", "--image", "test")[0]
        self.assertFalse(plan["unchanged"])
        self.assertEqual(plan["changes"],
                         ['env.NEW: (none) → "1"', f'env.VERSION: "{good}" → "next"', "replicas: 2 → 1"])
        self.assertEqual(plan["steps"], [{"weight_percent": 10, "bake_seconds": 1},
                                         {"weight_percent": 100, "bake_seconds": 1}])
        self.assert_serves(good)  # a plan changes nothing
        self.assertEqual(self.machine.deployments(), [])

        waiting = self.deploy_with_long_bakes("seen")
        watching = self.machine.start_sluice("watch", "--json")
        wait_until("figures of both colours", lambda: any(
            o["type"] == "figures" and o["green"]["requests"] > 0 and o["blue"]["requests"] > o["green"]["requests"]
            for o in self.machine.objects("status")))
        [deployment] = self.machine.deployments()
        self.assertEqual((deployment["mode"], deployment["stage"], deployment["label"], deployment["green_weight_percent"]),
                         ("forward", "bake", "test", 10))
        logs = self.machine.objects("logs", "web")
        self.assertIn(("blue", f"responder {good} listens on port 8080"),
                      {(o["colour"], o["line"].split(": ", 1)[1]) for o in logs if o["type"] == "log"})
        self.assertIn(("green", "responder seen listens on port 8080"),
                      {(o["colour"], o["line"].split(": ", 1)[1]) for o in logs if o["type"] == "log"})
        self.machine.sluice("promote", "web", "--full")
        self.assertEqual(self.machine.end_of(waiting).returncode, SUCCEEDED)
        watched = self.machine.end_of(watching)
        self.assertEqual(watched.returncode, SUCCEEDED, watched.stderr)
        seen = [json.loads(line) for line in watched.stdout.splitlines()]
        self.assertEqual({o["deployment"] for o in seen if o["type"] != "end"}, {deployment["deployment"]})
        weights = [o["green_weight_percent"] for o in seen if o["type"] == "deployment"]
        self.assertEqual((weights[0], weights[-1]), (10, 100))

        newest = self.machine.newest()
        self.assertEqual((newest["deployment"], newest["outcome"], newest["cause"]),
                         (deployment["deployment"], "succeeded", None))
        self.assertGreater(newest["duration_seconds"], 1)
        self.assertGreater(newest["full_at"], newest["started_at"])
        smoke = self.machine.sluice("smoke", "web", "--json")
        self.assertEqual([json.loads(line) for line in smoke.stdout.splitlines()][0],
                         {"type": "smoke_test", "name": "root", "passed": True, "message": None})
        self.machine.configure({}, smoke=[{"name": "teapot", "get": "/", "expect": {"status": 418}}])
        failing = self.machine.sluice("smoke", "web", check=False)
        self.assertEqual(failing.returncode, 1)
        self.assertRegex(failing.stdout, "failed teapot: .*418")


if __name__ == "__main__":
    unittest.main(verbosity=2)
