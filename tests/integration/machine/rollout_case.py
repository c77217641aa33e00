"""What the tests of rollouts share: one machine a file, under load, with alarms that judge within a second."""

import unittest
import urllib.error
import urllib.request
from pathlib import Path

from sluice_machine import LONG_STEPS, SHORT_STEPS, SluiceMachine, wait_until

ALARMS = {
    "http_5xx": {"metric": "error_rate", "above": "1%", "datapoints": "1 of 1", "every": "1s"},
    "unhealthy": {"metric": "failed_health_checks", "above": 0, "datapoints": "1 of 1", "every": "1s"},
}
SUCCEEDED, ROLLED_BACK, USAGE, HELD, FAILED_BEFORE_TRAFFIC, CANCELLED, CONFLICT = range(7)


def set_up_machine(build: Path) -> None:
    """For setUpModule: the machine serves a first version."""
    RolloutCase.machine = SluiceMachine(build)
    unittest.addModuleCleanup(RolloutCase.machine.__exit__)
    RolloutCase.machine.prepare()
    RolloutCase.machine.deploy("0")


class RolloutCase(unittest.TestCase):
    """No request is lost in any of these tests."""

    machine: SluiceMachine

    def setUp(self) -> None:
        self.machine.alarms = ALARMS
        self.machine.strategy["steps"], self.machine.strategy["hold_for"] = SHORT_STEPS, "10m"
        self.load = self.machine.start_load()

    def tearDown(self) -> None:
        for deployment in self.machine.deployments():
            self.machine.sluice("cancel", deployment["service"], check=False)
        wait_until("no deployment", lambda: not self.machine.deployments())
        summary = self.machine.end_load(self.load)
        self.assertGreater(summary["served"], 0)
        bad = (self.machine.folder / "bad.ndjson").read_text()[:500]
        self.assertEqual(summary["lost"], 0, f"{summary['lost_kinds']}: {bad}")

    def deploy(self, version: str, *arguments: str, exits: int = SUCCEEDED, image: str = "test", service: str = "web",
               env: dict[str, str] | None = None, **keys: object) -> str:
        """What the command wrote; the configuration's keys go over those of the service."""
        self.machine.configure({"VERSION": version} | (env or {}), service, **keys)
        result = self.machine.sluice("deploy", service, "--image", image, *arguments, check=False)
        self.assertEqual(result.returncode, exits, result.stdout + result.stderr + self.machine.controller_log())
        return result.stdout + result.stderr

    def deploy_with_long_bakes(self, version: str, weight: float = 10, **env: str):
        """The deployment bakes at `weight`; its command waits for it."""
        self.machine.strategy["steps"] = LONG_STEPS
        self.machine.configure({"VERSION": version} | env)
        waiting = self.machine.start_sluice("deploy", "web", "--image", "test")
        self.wait_for_bake(weight)
        return waiting

    def wait_for_bake(self, weight: float) -> None:
        wait_until(f"a bake at {weight}%", lambda: any(
            d["stage"] == "bake" and d["green_weight_percent"] == weight for d in self.machine.deployments()))

    def assert_serves(self, version: str) -> None:
        self.assertEqual({self.answer() for _ in range(20)}, {(200, f"version {version}")})

    def serving(self) -> str:
        """The version that all requests get."""
        [(status, text)] = {self.answer() for _ in range(20)}
        self.assertEqual(status, 200, text)
        return text.removeprefix("version ")

    def answer(self, host: str = "load.test") -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.machine.front_door}/", headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read().decode().strip()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
