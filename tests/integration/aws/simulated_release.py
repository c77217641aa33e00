"""A release by the production controller and adapters of AWS, in simulated time (in_simulated_time.cc)."""

import json
import subprocess
from collections.abc import Mapping

from sluice_in_aws import SluiceInAws

MINUTE = 60
# Simulated time of the program begins there.
BEGINNING = 1_800_000_000
NOT_BEGUN = 2  # its exit code


class NotBegun(Exception):
    """Nothing was changed anywhere; says why."""


class Release:
    """What became of one."""

    def __init__(self, output: str) -> None:
        self.events = [json.loads(line) for line in output.splitlines()]
        self.last = {event["service"]: event for event in self.events}

    def outcomes(self) -> dict[str, str]:
        return {name: event.get("outcome", "none") for name, event in self.last.items()}

    def causes(self) -> list[str]:
        return [event["cause"] for event in self.events if "cause" in event]

    def errors(self) -> list[str]:
        """What failed attempts said."""
        return [event["error"] for event in self.events if "error" in event]

    def first(self, condition) -> float:
        """Seconds from the start to the first event of which it holds."""
        return next(event["seconds"] for event in self.events if condition(event))

    def restored(self, service: str) -> float:
        """Seconds from the start until GREEN had no traffic any more, read back."""
        decided = self.first(lambda e: e["service"] == service and e["mode"] == "rolling_back")
        return self.first(lambda e: e["service"] == service and e["seconds"] >= decided and e["type"] == "effect_succeeded")

    def took_back(self, service: str) -> float:
        """Seconds from its first traffic on GREEN to none, read back."""
        return self.restored(service) - self.first(lambda e: e["service"] == service and e["green_percent"] > 0)


def release_in_simulated_time(world: SluiceInAws, environment: str, revisions: Mapping[str, str],
                              variables: Mapping[str, str] | None = None) -> Release:
    """All of the environment, each service as the image or the zip (below the world's folder) that it is given here, with the
    program's variables (the world's) or others. Raises NotBegun."""
    world.home.mkdir(exist_ok=True)
    told = [f"{name}={world.folder / what if what.endswith('.zip') else what}" for name, what in revisions.items()]
    result = subprocess.run(
        [world.build / "tests/integration/aws/in_simulated_time", world.aws.url, world.home, world.folder / "sluice.yaml",
         environment, str(60 * MINUTE), *told],
        env=world.env if variables is None else variables, capture_output=True, text=True, timeout=240)
    if result.returncode == NOT_BEGUN:
        raise NotBegun(result.stderr)
    if result.returncode != 0:
        raise AssertionError(result.stdout[-5000:] + result.stderr)
    return Release(result.stdout)
