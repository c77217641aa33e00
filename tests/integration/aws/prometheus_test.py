"""Metrics of the user's own from a workspace of Amazon Managed Service for Prometheus in another region: what they decide, in
simulated time, and how the real program asks for them. The simulated AWS checks the signature of every query.
"""

import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from asking_case import AskingCase  # noqa: E402
from simulated_release import BEGINNING, MINUTE, release_in_simulated_time  # noqa: E402
from sluice_in_aws import LONG_STEPS, SluiceInAws, wait_until  # noqa: E402

REGION = "us-east-1"
STEPS = [{"weight": "10%", "bake": "5m"}, {"weight": "100%", "bake": "1m"}]
ROLLED_BACK, USAGE = 1, 2


def image(number: int) -> str:
    """Its label is its first digits."""
    return f"sha256:{number:012d}{0:052d}"


def label_of(digest: str) -> str:
    return digest[:19]


class WithWorkspace(AskingCase):
    """A service whose replicas export counters, and a workspace that has them."""

    def make_world(self, begins: float | None = None) -> None:
        self.aws = self.enterContext(Simulator(scale=60))
        if begins:
            self.aws.advance(begins - self.aws.now())
        self.shop = make_shop(self.aws)
        amp = self.aws.client("amp", region=REGION)
        self.workspace = amp.create_workspace()["workspaceId"]
        self.url = amp.describe_workspace(workspaceId=self.workspace)["workspace"]["prometheusEndpoint"] + "api/v1/query"
        self.machine = self.enterContext(SluiceInAws(BUILD, self.aws, self.shop))

    def metrics(self, **more: object) -> dict:
        counters = {"source": "prometheus", "url": self.url, **more}
        return {"lost": {**counters, "kind": "ratio", "events": 'sum(errors_total{version="$label"})',
                         "requests": 'sum(requests_total{version="$label"})'},
                "slow": {**counters, "kind": "latency", "buckets": 'sum by (le) (request_seconds_bucket{version="$label"})'}}

    def configure(self, steps: list[dict], **more: object) -> None:
        self.machine.configure(steps, environment={"analysis": {"metrics": self.metrics(**more), "enough": {"requests": 50}}})


class InSimulatedTime(WithWorkspace):
    def setUp(self) -> None:
        self.make_world(BEGINNING)
        (self.blue,) = self.machine.task_sets()
        self.aws.set_scale(0)
        for rule in self.shop.rules:
            self.aws.set_traffic(rule, 50)
        self.configure(STEPS)

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])

    def deploy(self, digest: str, **worse: object) -> list[dict]:
        """A version that behaves so, beside one that fails one request in a hundred; the events of the journal."""
        before = self.blue["taskDefinition"].rsplit("/", 1)[-1]
        self.aws.set_behaviours({"image": digest, "error_rate": 0.01, **worse, "exports": {"version": label_of(digest)}},
                                {"error_rate": 0.01, "exports": {"version": before}})
        self.aws.advance(5 * MINUTE)
        return release_in_simulated_time(self.machine, "staging", {"web": f"shop/web@{digest}"}).events

    def test_a_version_that_fails_more_is_taken_back_within_a_few_periods(self) -> None:
        events = self.deploy(image(1), error_rate=0.2)
        self.assertEqual(events[-1]["outcome"], "rolled_back")
        self.assertIn("lost", events[-1]["cause"])
        began = next(e["seconds"] for e in events if e["green_percent"] > 0)
        decided = next(e["seconds"] for e in events if e["mode"] == "rolling_back")
        print(f"20% of failures: decided {decided - began:.0f} s after the first request", file=sys.stderr)
        # Three periods of 15 s and the one that had begun; CloudWatch's own figures take minutes.
        self.assertLess(decided - began, 2 * MINUTE)
        self.assertEqual({r["region"] for r in self.aws.requests(operation="QueryMetrics")}, {REGION})

    def test_a_slower_version_is_taken_back_by_its_histogram(self) -> None:
        events = self.deploy(image(2), latency_ms=400)
        self.assertEqual(events[-1]["outcome"], "rolled_back")
        self.assertIn("slow", events[-1]["cause"])

    def test_a_version_that_is_no_worse_gets_all_of_the_traffic(self) -> None:
        events = self.deploy(image(3))
        self.assertEqual(events[-1]["outcome"], "succeeded", events[-1])
        self.assertFalse([e for e in events if "held" in e])

    def test_keys_that_may_not_ask_hold_it_with_the_permission_that_is_missing(self) -> None:
        self.aws.set_faults({"kind": "denied", "operation": "QueryMetrics"})
        events = self.deploy(image(4))
        held = next(e["held"] for e in events if "held" in e)
        self.assertIn(f"amp QueryMetrics of workspace {self.workspace} in {REGION}: AccessDeniedException", held)
        self.assertIn("allow aps:QueryMetrics to the keys in use (the environment)", held)


class TheRealProgram(WithWorkspace):
    def setUp(self) -> None:
        self.make_world()
        self.mark()

    def test_asks_for_both_colours_and_prints_the_right_that_it_needs(self) -> None:
        self.configure(LONG_STEPS, every="1s")
        self.aws.set_behaviours({"exports": {"version": "any"}})
        self.machine.deploy(image(5), "--detach")
        asked = wait_until("queries for both colours", lambda: self.versions_asked_for() if len(self.versions_asked_for()) == 2
                           else None)
        self.assertIn(label_of(image(5)), asked)
        self.assertEqual({r["region"] for r in self.calls("QueryMetrics")}, {REGION})
        back = self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        self.assertEqual(back.returncode, ROLLED_BACK, back.stdout + back.stderr)
        self.assertEqual(self.denied(self.policy()), [])
        rest = {"Statement": [s for s in self.policy()["Statement"] if s["Sid"] != "OwnMetrics"]}
        self.assertEqual({a.action for a in self.denied(rest)}, {"aps:QueryMetrics"})
        self.assertEqual(self.aws.problems(), [])

    def versions_asked_for(self) -> set[str]:
        return {call["input"]["query"].split('"')[1] for call in self.calls("QueryMetrics") if call["status"] == 200}

    def test_the_doctor_foresees_a_right_that_is_missing(self) -> None:
        self.configure(LONG_STEPS)
        self.aws.set_faults({"kind": "denied", "operation": "QueryMetrics"})
        told = self.machine.sluice("doctor", "--environment", "staging", check=False)
        self.assertIn("aps:QueryMetrics", told.stdout)
        self.assertIn(f"arn:aws:aps:{REGION}:123456789012:workspace/{self.workspace}", told.stdout)
        self.assertEqual(self.calls("QueryMetrics"), [])

    def test_the_address_of_something_else_is_refused_with_its_place(self) -> None:
        self.url = self.url.replace("query", "remote_write")
        self.configure(LONG_STEPS)
        told = self.machine.sluice("deploy", "web", "--environment", "staging", "--image", f"shop/web@{image(6)}", check=False)
        self.assertEqual(told.returncode, USAGE, told.stdout + told.stderr)
        self.assertRegex(told.stdout + told.stderr, r"sluice\.yaml:\d+:\d+: error: .*write its query URL")


if __name__ == "__main__":
    unittest.main()
