"""How soon a release in AWS is taken back, once that is decided, while AWS throttles: in simulated time, by the production controller
and adapters against the simulated AWS.

    python3 bench/rollbacks_in_aws.py build/dev [--seeds 20] [--throttled 0.1]

The example's four services and two functions, half of whose orchestrator's answers are 5xx in the new version. Of the requests a share is
throttled; each takes 20 ms, and what is asked again waits as the client has it wait. Prints a JSON line a figure, over all members and seeds:
from the decision to the first call that moves traffic back, to the first such call that AWS took, and to its being read back.
"""

import argparse
import json
import statistics
import sys
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = sys.argv[1] if len(sys.argv) > 1 else ""
for folder in ("tests", "tests/integration/aws"):
    sys.path.insert(0, str(ROOT / folder))
if not BUILD or BUILD.startswith("-"):
    sys.exit(__doc__)
from aws_simulator import environment  # noqa: E402

environment.enter(BUILD)
from aws_simulator import Simulator  # noqa: E402

from example_in_aws import CONTAINERS, FUNCTIONS, GOOD, ExampleInAws, image  # noqa: E402
from simulated_release import BEGINNING, MINUTE, NotBegun, Release, release_in_simulated_time  # noqa: E402

GOALS = {"first call": 1.0}
MOVED = (*CONTAINERS, *FUNCTIONS)


class Rollbacks:
    """Of one world; seconds from the decision by what was reached."""

    def __init__(self, aws: Simulator, world: ExampleInAws) -> None:
        self.aws, self.world = aws, world
        self.seconds: dict[str, list[float]] = {"first call": [], "first call that AWS took": [], "read back": []}

    def take_back(self, seed: int, throttled: float) -> None:
        packages = self.world.package(seed)
        self.world.write(self.configuration())
        self.aws.set_behaviours({"image": image(seed), "error_rate": 0.5, "answers": GOOD}, {"answers": GOOD})
        since = self.aws.newest_request()
        began = self.aws.now()
        self.aws.set_faults({"kind": "throttle", "probability": throttled}, seed=seed)
        try:
            release = release_in_simulated_time(self.world, "aws", dict.fromkeys(CONTAINERS, image(seed)) | packages)
        except NotBegun:
            return  # a call of the planning was throttled three times in a row: somebody would have to ask again
        finally:
            self.aws.set_faults()
        if set(release.outcomes().values()) - {"rolled_back", "failed_before_traffic"}:
            sys.exit(f"seed {seed} was not taken back: {release.outcomes()}")
        writes = [r for r in self.aws.requests(since=since, who="sluice") if r["operation"] in ("ModifyRule", "UpdateAlias")]
        for member in MOVED:
            self.look_at(member, release, [w for w in writes if self.is_of(member, w["input"])], began)
        self.aws.advance(10 * MINUTE)

    def configuration(self) -> dict:
        """The example's own, judged by the second."""
        made = self.world.configuration()
        for name in MOVED:
            for metric in made["environments"]["aws"]["services"][name]["analysis"]["metrics"].values():
                metric["every"] = "1s"
        return made

    def is_of(self, member: str, asked: dict) -> bool:
        if member in FUNCTIONS:
            return asked.get("FunctionName", "").endswith(f"mangaassist-{member}")
        return asked.get("RuleArn") == self.world.rules[member]

    def look_at(self, member: str, release: Release, writes: list[dict], began: float) -> None:
        """Members that had no traffic when it was decided have nothing to move."""
        events = [e for e in release.events if e["service"] == member]
        decided = next(e["seconds"] for e in events if e["mode"] == "rolling_back")
        if not any(e["green_percent"] > 0 and e["seconds"] <= decided for e in events):
            return
        at = lambda w: datetime.fromisoformat(w["time"]).timestamp() - began - decided
        after = [w for w in writes if at(w) >= 0]
        read_back = next(e["seconds"] for e in events if e["seconds"] >= decided and e["type"] == "effect_succeeded")
        self.seconds["first call"].append(at(after[0]))
        self.seconds["first call that AWS took"].append(next(at(w) for w in after if (w["status"] or 500) < 300))
        self.seconds["read back"].append(read_back - decided)

    def tell(self) -> None:
        for name, values in self.seconds.items():
            ordered = sorted(values)
            line = {"figure": f"{name}, from the decision", "rollbacks": len(ordered), "unit": "s",
                    "p50": round(statistics.median(ordered), 3), "p99": round(ordered[int(0.99 * (len(ordered) - 1))], 3),
                    "most": round(ordered[-1], 3)}
            if name in GOALS:
                line["goal_of_p99"] = GOALS[name]
            print(json.dumps(line), flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("build")
    arguments.add_argument("--seeds", type=int, default=20)
    arguments.add_argument("--throttled", type=float, default=0.1)
    given = arguments.parse_args()
    with Simulator(scale=60) as aws:
        aws.advance(BEGINNING - aws.now())
        with ExampleInAws(Path(given.build).resolve(), aws) as world:
            aws.set_scale(0)
            world.send_requests(dict.fromkeys(CONTAINERS, 50), 20)
            rollbacks = Rollbacks(aws, world)
            aws.set_behaviours({"answers": GOOD})
            world.write(world.configuration())
            # BLUE has a revision to measure by once sluice has deployed it.
            first = dict.fromkeys(CONTAINERS, image(999)) | world.package(999)
            print(json.dumps({"first": sorted(set(release_in_simulated_time(world, "aws", first).outcomes().values()))}), flush=True)
            for seed in range(1, given.seeds + 1):
                rollbacks.take_back(seed, given.throttled)
            rollbacks.tell()


if __name__ == "__main__":
    main()
