"""Metrics of the user's own and probes, with the real program, podman, HAProxy and Prometheus."""

import json
import subprocess
import sys
import threading
import unittest
from pathlib import Path

from rollout_case import HELD, ROLLED_BACK, SUCCEEDED, RolloutCase, set_up_machine
from sluice_machine import free_port, need, wait_until

BUILD = Path(sys.argv.pop(1))
ONE_STEP = [{"weight": "20%", "bake": "60s"}, {"weight": "100%", "bake": "1s"}]


def setUpModule() -> None:
    set_up_machine(BUILD)


class MetricCase(RolloutCase):
    """A version that answers something serves, and the next one is compared with it by one metric."""

    def setUp(self) -> None:
        super().setUp()
        self.machine.alarms = {}
        self.machine.strategy["steps"] = ONE_STEP

    def tearDown(self) -> None:
        self.machine.analysis = "off"
        super().tearDown()

    def serve_first(self) -> None:
        self.machine.analysis = "off"
        self.machine.strategy["steps"] = [{"weight": "100%", "bake": "1s"}]
        self.deploy("full", env={"EMPTY_SHARE": "0"}, replicas=1)
        self.machine.strategy["steps"] = ONE_STEP


class OwnMetric(MetricCase):
    def test_one_in_the_containers_log_takes_a_version_back_that_answers_nothing(self) -> None:
        self.serve_first()
        self.machine.analysis = {"metrics": {"empty": {"source": "log", "kind": "ratio", "field": "answer_empty"}}}
        said = self.deploy("empty", exits=ROLLED_BACK, env={"EMPTY_SHARE": "0.5"}, replicas=1)
        self.assertRegex(said, r"empty is \d+(\.\d)?% on GREEN, 0% on BLUE \(\d+ of \d+ against 0 of \d+\)")
        self.assert_serves("full")

    def test_one_of_the_router_takes_a_version_back_by_its_statuses(self) -> None:
        self.serve_first()
        self.machine.analysis = {"errors": "off", "metrics": {
            "teapots": {"source": "router", "kind": "ratio", "statuses": ["5xx"], "path": "/"}}}
        said = self.deploy("teapot", exits=ROLLED_BACK, env={"FAIL_SHARE": "0.5"}, replicas=1, smoke=[])
        self.assertRegex(said, r"teapots is \d+(\.\d)?% on GREEN")

    def test_one_that_no_line_tells_of_holds_at_the_end_of_its_step(self) -> None:
        self.serve_first()
        self.machine.strategy["steps"] = [{"weight": "50%", "bake": "3s"}, {"weight": "100%", "bake": "1s"}]
        self.machine.analysis = {"metrics": {"typo": {"source": "log", "kind": "ratio", "field": "answer_emtpy"}},
                                 "enough": {"at_most_worse": "100%"}}
        said = self.deploy("silent", exits=HELD, env={"EMPTY_SHARE": "0"}, replicas=1)
        self.assertIn("the metric typo has no data of GREEN in this traffic step", said)


class PrometheusMetric(MetricCase):
    """Prometheus scrapes every replica that podman has, as its service discovery would."""

    def setUp(self) -> None:
        need("prometheus")
        super().setUp()
        folder = self.machine.folder
        self.targets, self.port, self.ends = folder / "targets.json", free_port(), threading.Event()
        self.targets.write_text("[]")
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
            "scrape_configs": [{"job_name": "web", "file_sd_configs": [{"files": [str(self.targets)]}]}]}))
        self.prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb{self.port}",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"])
        self.discovery = threading.Thread(target=self.discover)
        self.discovery.start()
        self.addCleanup(self.discovery.join)
        self.addCleanup(self.ends.set)
        self.addCleanup(self.end_prometheus)

    def end_prometheus(self) -> None:
        self.prometheus.kill()
        self.prometheus.wait()

    def discover(self) -> None:
        known = None
        while not self.ends.wait(0.3):
            listed = subprocess.run(["podman", "ps", "--quiet", "--filter", f"name={self.machine.project}"],
                                    capture_output=True, text=True, check=False).stdout.split()
            inspected = subprocess.run(
                ["podman", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", *listed],
                capture_output=True, text=True, check=False).stdout.split() if listed else []
            if inspected != known:
                known = inspected
                new = self.targets.with_suffix(".new")
                new.write_text(json.dumps([{"targets": [f"{address}:8080" for address in inspected]}]))
                new.rename(self.targets)

    def metric(self, every: str) -> dict:
        counter = '{revision="$revision"}'
        return {"metrics": {"empty": {
            "source": "prometheus", "kind": "ratio", "url": f"http://127.0.0.1:{self.port}", "every": every,
            "events": f"sum(answers_empty_total{counter})", "requests": f"sum(answers_total{counter})"}}}

    def test_its_counters_take_a_version_back_that_answers_nothing(self) -> None:
        self.serve_first()
        self.machine.analysis = self.metric("2s")
        said = self.deploy("empty", exits=ROLLED_BACK, env={"EMPTY_SHARE": "0.5"}, replicas=1)
        self.assertRegex(said, r"empty is \d+(\.\d)?% on GREEN, 0% on BLUE \(\d+ of \d+ against 0 of \d+\)")

    def test_one_that_is_down_holds_at_the_end_of_the_step(self) -> None:
        self.serve_first()
        self.end_prometheus()
        self.machine.strategy["steps"] = [{"weight": "50%", "bake": "4s"}, {"weight": "100%", "bake": "1s"}]
        self.machine.analysis = self.metric("1s") | {"enough": {"at_most_worse": "100%"}}
        said = self.deploy("unseen", exits=HELD, replicas=1)
        self.assertIn("the metric empty has no data of GREEN in this traffic step: ", said)


class WithoutUsers(unittest.TestCase):
    """Nobody asks: only sluice's own requests tell how GREEN is."""

    def setUp(self) -> None:
        self.machine = RolloutCase.machine
        self.machine.alarms = {}
        self.machine.strategy["steps"] = [{"weight": "10%", "bake": "2s"}, {"weight": "100%", "bake": "1s"}]
        self.machine.analysis = {
            "enough": {"requests": 30, "at_most_worse": "30%", "extension": "50s"},
            "probes": {"rate": 10, "below": 1, "requests": [{"get": "/", "expect": {"status": 200, "within": "1s"}}]}}

    def tearDown(self) -> None:
        self.machine.analysis = "off"
        for deployment in self.machine.deployments():
            self.machine.sluice("cancel", deployment["service"], check=False)
        wait_until("no deployment", lambda: not self.machine.deployments())

    def deploy(self, env: dict[str, str], **keys: object) -> subprocess.CompletedProcess[str]:
        self.machine.configure(env, **keys)
        return self.machine.sluice("deploy", "web", "--image", "test", "--json", check=False)

    def test_a_good_version_passes_by_probes_and_they_are_no_users_requests(self) -> None:
        result = self.deploy({"VERSION": "good"})
        self.assertEqual(result.returncode, SUCCEEDED, result.stdout + result.stderr)
        figures = [o for o in map(json.loads, result.stdout.splitlines()) if o["type"] == "figures"]
        self.assertTrue(figures)
        self.assertEqual({o[colour]["requests"] for o in figures for colour in ("green", "blue")}, {0})

    def test_a_bad_version_is_taken_back_by_probes(self) -> None:
        result = self.deploy({"VERSION": "bad", "FAIL_SHARE": "0.8"}, smoke=[])
        self.assertEqual(result.returncode, ROLLED_BACK, result.stdout + result.stderr)
        self.assertRegex(result.stdout + result.stderr, r"GREEN fails \d+(\.\d)?% of sluice's own requests, BLUE 0%")


if __name__ == "__main__":
    unittest.main(verbosity=2)
