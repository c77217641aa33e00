"""A release by the production controller and adapters of AWS, in simulated time (in_simulated_time.cc)."""

import json
import subprocess
from collections.abc import Mapping

from aws_simulator import Simulator
from sluice_in_aws import SluiceInAws

MINUTE = 60
# Simulated time of the program begins there.
BEGINNING = 1_800_000_000
NOT_BEGUN = 2  # its exit code


def stand_still(aws: Simulator) -> None:
    """The clock stands from now on, at the same moment in each run."""
    aws.set_scale(0)
    aws.advance(BEGINNING + 60 * MINUTE - aws.now())


def stand_behind_blues_minutes(aws: Simulator) -> None:
    """BLUE has had five minutes, and the clock stands at always the same place of CloudWatch's minute."""
    aws.advance(5 * MINUTE)
    aws.advance(MINUTE - aws.now() % MINUTE + 30)


class NotBegun(Exception):
    """Nothing was changed anywhere; says why."""


class Release:
    """What became of one."""

    def __init__(self, output: str) -> None:
        self.events = [json.loads(line) for line in output.splitlines()]
        self.last = {event["service"]: event for event in self.events}

    def outcomes(self) -> dict[str, str]:
        return {name: event.get("outcome", "none") for name, event in self.last.items()}

    def outcome(self) -> str:
        """Of all of it; a member that was taken back before it had traffic is cancelled. Otherwise what each says."""
        outcomes = set(self.outcomes().values())
        if outcomes == {"rolled_back", "cancelled"}:
            return "rolled_back"
        return outcomes.pop() if len(outcomes) == 1 else str(self.outcomes())

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


def command(world: SluiceInAws, environment: str, revisions: Mapping[str, str], *options: str) -> list[str]:
    """A release of all of the environment, each service as the image or the zip (below the world's folder) that it is given
    here; options as in_simulated_time.cc has them."""
    world.home.mkdir(exist_ok=True)
    told = [f"{name}={world.folder / what if what.endswith('.zip') else what}" for name, what in revisions.items()]
    return [str(world.build / "tests/integration/aws/in_simulated_time"), world.aws.url, str(world.home),
            str(world.folder / "sluice.yaml"), environment, str(60 * MINUTE), *options, *told]


def release_of(done: subprocess.CompletedProcess[str]) -> Release:
    """Of a program that has ended. Raises NotBegun."""
    if done.returncode == NOT_BEGUN:
        raise NotBegun(done.stderr)
    if done.returncode != 0:
        raise AssertionError(done.stdout[-5000:] + done.stderr)
    return Release(done.stdout)


def run(world: SluiceInAws, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """To its end, with the world's variables."""
    return subprocess.run(arguments, env=world.env, capture_output=True, text=True, timeout=240)


def release_in_simulated_time(world: SluiceInAws, environment: str, revisions: Mapping[str, str],
                              variables: Mapping[str, str] | None = None, *options: str) -> Release:
    """With the program's variables (the world's) or others. Raises NotBegun."""
    return release_of(subprocess.run(command(world, environment, revisions, *options), capture_output=True, text=True, timeout=240,
                                     env=world.env if variables is None else variables))
